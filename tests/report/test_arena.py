"""Which contenders nothing beats, and the table of all."""

from __future__ import annotations

from pathlib import Path

import pytest

from tts.metrics.intervals import Interval
from tts.report.arena import Arena, Contender, pareto_front, points, table, turned


def contender(name: str, rtf: float, pesq: float) -> Contender:
    copy = {"pesq": Interval(pesq, None, None, 1)}
    return Contender(name, name, "m", 1_500_000, 10, {"cpu": rtf}, {"cpu": None}, copy, {})


def test_the_front() -> None:
    points = {"a": (1.0, 5.0), "b": (2.0, 4.0), "c": (3.0, 4.5), "d": (1.0, 6.0)}
    assert pareto_front(points, "low") == ["a", "b"]
    assert pareto_front(points, "high") == ["d"]
    assert pareto_front({"x": (1.0, 1.0), "y": (1.0, 1.0)}, "low") == ["x", "y"]


def test_a_column_for_each_vocoder_and_one_for_the_recordings() -> None:
    both = (contender("a", 0.5, 3.0), contender("b", 2.0, 4.0))
    heard = {"wer": Interval(0.1, None, None, 1)}
    arena = Arena(both, heard, "pesq", ("a", "b"), 1, ("so",), str(Path()), None)
    head, rows = table(arena)
    assert head[-1] == "PESQ (wide band) (copy)" and [row[0] for row in rows][2] == "recording"
    assert rows[0] == ["a", "m", "1.50 M", "10", "0.5", "-", "3"]
    assert turned(arena)[0] == ("vocoder", "a", "b", "recording")
    assert "note: so" in arena.as_text() and "speed: a, b" in arena.as_text()


def test_a_metric_that_was_not_measured() -> None:
    assert points([contender("a", 0.5, 3.0)], "pesq") == {"a": (0.5, 3.0)}
    with pytest.raises(AssertionError, match="mcd_db was not measured"):
        points([contender("a", 0.5, 3.0)], "mcd_db")
