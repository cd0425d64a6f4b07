"""Verdicts from answers made up so that their meaning is known."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tts.errors import DataError
from tts.report.listening import REFERENCE
from tts.report.scores import judge

SYSTEMS = (REFERENCE, "good", "alike", "bad")
N_SCREENS = 10


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """The key of a test of ten screens; sound `u3-good` is what it says."""
    sounds = {
        f"u{i}-{name}": {"utterance": f"u{i}", "system": name}
        for i in range(N_SCREENS)
        for name in SYSTEMS
    }
    tree = {"test": "t1", "kind": "mushra", "systems": list(SYSTEMS), "sounds": sounds}
    (tmp_path / "listening_key.json").write_text(json.dumps(tree))
    return tmp_path


def answer(key: Path, listener: str, answers: list, **changes: object) -> Path:
    path = key / f"answers-{listener}.json"
    tree = {"test": "t1", "kind": "mushra", "listener": listener, "answers": answers, **changes}
    path.write_text(json.dumps(tree))
    return path


def rated(seed: int, reference: float = 99) -> list[dict]:
    rng, screens = np.random.default_rng(seed), []
    for i in range(N_SCREENS):
        level = {REFERENCE: reference, "good": 75, "alike": 75, "bad": 30}
        ratings = {f"u{i}-{n}": float(v + rng.uniform(-5, 1)) for n, v in level.items()}
        ratings[f"u{i}-{REFERENCE}"] = reference
        screens.append({"trial": i, "ratings": ratings})
    return screens


def test_ratings(key: Path) -> None:
    files = [answer(key, name, rated(seed)) for seed, name in enumerate(("ann", "bob"))]
    found = judge(files, key)
    assert found.listeners == ("ann", "bob") and found.left_out == ()
    assert found.systems[REFERENCE].mean == 99
    assert found.systems["good"].low <= found.systems["good"].mean <= found.systems["good"].high
    assert found.systems["bad"].mean == pytest.approx(28, abs=1.5)
    p_values = {(c.first, c.second): c.p_value for c in found.comparisons}
    assert p_values["good", "bad"] < 0.001 and p_values["good", "alike"] > 0.05
    assert len(p_values) == 6 and all(c.n == 20 for c in found.comparisons)
    assert "good - bad: +45" in found.as_text() or "differ" in found.as_text()
    json.dumps(found.as_dict(), allow_nan=False)


def test_who_does_not_know_the_recording_is_left_out(key: Path) -> None:
    files = [answer(key, "ann", rated(0)), answer(key, "deaf", rated(1, reference=60))]
    found = judge(files, key)
    assert found.left_out == ("deaf",) and found.systems[REFERENCE].n == N_SCREENS
    assert "left out, for not knowing the recording: deaf" in found.as_text()
    assert judge(files[1:], key).systems == {}


def test_preferences(key: Path) -> None:
    tree = json.loads((key / "listening_key.json").read_text())
    (key / "listening_key.json").write_text(json.dumps({**tree, "kind": "pairs"}))
    answers = []
    for i in range(N_SCREENS):
        sides = [f"u{i}-good", f"u{i}-bad"] if i % 2 else [f"u{i}-bad", f"u{i}-good"]
        preferred = f"u{i}-good" if i < 8 else (None if i == 8 else f"u{i}-bad")
        answers.append({"trial": i, "first": sides[0], "second": sides[1], "preferred": preferred})
    found = judge([answer(key, "ann", answers, kind="pairs")], key)
    assert found.systems["good"].mean == pytest.approx(0.85)  # eight wins and half a tie
    (pair,) = found.comparisons
    assert (pair.first, pair.second, pair.n) == ("bad", "good", 10)
    assert pair.difference == pytest.approx(-0.7)
    assert pair.p_value == pytest.approx(2 * 10 / 2**9)  # 8 of 9, two-sided


def test_what_cannot_be_judged(key: Path) -> None:
    with pytest.raises(DataError, match="answers the test t2"):
        judge([answer(key, "ann", rated(0), test="t2")], key)
    ann = answer(key, "ann", rated(0))
    with pytest.raises(DataError, match="ann has answered in"):
        judge([ann, ann], key)
    with pytest.raises(DataError, match="no answers were given"):
        judge([], key)
    with pytest.raises(DataError, match="not within 0 and 100"):
        judge([answer(key, "bob", [{"trial": 0, "ratings": {"u0-good": 120}}])], key)
    with pytest.raises(DataError, match="knows no sound u99"):
        judge([answer(key, "bob", [{"trial": 0, "ratings": {"u99": 20}}])], key)
    with pytest.raises(DataError, match="not of a listening test"):
        judge([key / "none.json"], key)
