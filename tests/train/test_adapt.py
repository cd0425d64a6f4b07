"""Weights for other symbols and speakers: which tables there are, and where rows come from."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests import tiny
from tts.train.adapt import Mapped, map_speakers, map_symbols, tables, transplant
from tts.train.base import Base


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    folder = tmp_path_factory.mktemp("base") / "exp"
    return Base.read(tiny.save_acoustic(folder, speakers=["anna", "bert", "cleo"]))


def test_tables_are_found_by_what_grows(base: Base) -> None:
    assert tables(base, "n_tokens") == ["encoder.embedding.weight"]
    assert tables(base, "n_speakers") == ["speakers.weight"]
    assert tables(base, "speaker_vector") == []


def test_symbols_go_by_name_and_nearness() -> None:
    mapped = map_symbols(("b", "ˈa", "aː", "☃"), ("a", "b"))
    assert mapped.copied == ("b",)
    assert mapped.new == {"ˈa": ("a",), "aː": ("a",), "☃": ()}


def test_speakers_go_by_name_and_score() -> None:
    scores = {"zoe": {"anna": -2.0, "bert": -1.0}}
    mapped = map_speakers(("bert", "anna", "zoe"), ("anna", "bert"), scores)
    assert mapped == Mapped(("bert", "anna"), {"zoe": ("bert",)}, scores)
    (head, line) = mapped.lines("speakers")
    assert head == "speakers: 2 copied, 1 new"
    assert line.startswith("  zoe <- bert") and "bert -1.000, anna -2.000" in line


def test_rows_in_another_order(base: Base) -> None:
    old, new = ("anna", "bert", "cleo"), ("cleo", "dora", "anna")
    mapped = Mapped(("cleo", "anna"), {"dora": ("anna", "bert")})
    made = transplant(base, base.sizes, {"speakers.weight": (new, old, mapped)})
    rows = base.weights["speakers.weight"]
    expected = torch.stack([rows[2], (rows[0] + rows[1]) / 2, rows[0]])
    assert torch.equal(made["speakers.weight"], expected)
    others = {n: t for n, t in base.weights.items() if n != "speakers.weight"}
    assert all(torch.equal(made[n], t) for n, t in others.items()) and len(made) == len(others) + 1


def test_a_vocoder_has_no_tables(tmp_path: Path) -> None:
    found = Base.read(tiny.save_vocoder(tmp_path / "exp"))
    assert tables(found, "n_speakers") == []
    made = transplant(found, found.sizes, {})
    assert all(torch.equal(made[n], t) for n, t in found.weights.items())
