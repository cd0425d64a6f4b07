"""Batches: old speech among the new in a fixed share, a function of the step alone."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest

from tests.train.test_loop import experiment
from tts.train.data import Batches, Mixed, TextSide, open_data


@pytest.fixture
def mixed(dump: Path) -> Mixed:
    return mix(dump, 0.3)


def mix(dump: Path, share: float) -> Mixed:
    plan = experiment(dump, "acoustic")
    text = TextSide.of(plan.data)
    new, old = (
        Batches(open_data(plan, text, folder, 2), plan, 0, 1)
        for folder in (plan.data.dev, plan.data.train)
    )
    return Mixed(new, old, share)


def is_old(keys: list[tuple[int, int]]) -> bool:
    """Of the two dev utterances, which are the new ones here, none is behind place 1."""
    places = {i >= 2 for i, _ in keys}
    assert len(places) == 1, "a batch is of one kind"
    return places.pop()


@pytest.mark.parametrize("share", [0.1, 0.25, 0.5, 0.9])
def test_the_share_is_kept_evenly(dump: Path, share: float) -> None:
    kinds = [is_old(keys) for keys in islice(mix(dump, share).keys(0), 200)]
    for n in (20, 100, 200):
        assert abs(sum(kinds[:n]) - share * n) <= 1


def test_from_any_step_the_same_batches_follow(mixed: Mixed) -> None:
    everything = list(islice(mixed.keys(0), 60))
    for first in (1, 7, 31):
        assert list(islice(mixed.keys(first), 29)) == everything[first : first + 29]


def test_each_kind_comes_in_its_own_order(mixed: Mixed) -> None:
    keys = list(islice(mixed.keys(0), 60))
    new = [batch for batch in keys if not is_old(batch)]
    old = [[(i - 2, drawn) for i, drawn in batch] for batch in keys if is_old(batch)]
    assert new == list(islice(mixed.new.keys(0), len(new)))
    assert old == list(islice(mixed.old.keys(0), len(old)))


def test_batches_hold_the_utterances_of_their_kind(mixed: Mixed) -> None:
    keys = list(islice(mixed.keys(0), 12))
    names = {0: mixed.new.dataset.names, 1: mixed.old.dataset.names}
    for expected, batch in zip(keys, mixed.from_step(0)):
        kind = is_old(expected)
        wanted = [names[kind][i - 2 * kind] for i, _ in expected]
        assert list(batch.utterances) == wanted


def test_text_of_another_folder(dump: Path, tmp_path: Path) -> None:
    plan = experiment(dump, "acoustic")
    TextSide.of(plan.data).frontend.save(tmp_path)
    (tmp_path / "speakers.txt").write_text("zoe\n")
    there = plan.data.model_copy(update={"text": str(tmp_path)})
    assert TextSide.of(there).speakers == ("zoe",)
