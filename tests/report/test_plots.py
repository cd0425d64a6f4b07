"""What the report's figures hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.sounds import RATE_HZ, speech
from tts.report import plots
from tts.report.measures import Sounds
from tts.voice.speech import Span, Speech


def test_curves_by_name_with_a_line_for_each_player() -> None:
    lines = [
        {"step": s, "split": "train", "a/total": 1.0 / s, "b/total": 2.0, "a/lr": 0.1, "a/mel": 3}
        for s in range(1, 2000)
    ]
    figure = plots.curves([*lines, {"step": 1999, "split": "dev", "total": 0.5}])
    shown = {axes.get_title(): axes for axes in figure.axes if axes.get_visible()}
    assert set(shown) == {"total", "mel"}
    labels = [line.get_label() for line in shown["total"].lines]
    assert labels == ["train a", "train b", "dev"]
    assert len(shown["total"].lines[0].get_xdata()) == plots.N_POINTS
    assert plots.curves([]) is None


def test_an_utterance_shows_both_sides_and_its_tokens() -> None:
    sounds = Sounds(speech(1), RATE_HZ, speech(1, tempo=0.8), RATE_HZ)
    figure = plots.utterance(sounds, [("a", 0.0, 0.4), ("<space>", 0.4, 0.5), ("b", 0.5, 1.0)])
    ref, syn, pitch = figure.axes
    assert [text.get_text() for text in syn.texts] == ["a", "b"]
    assert [line.get_label() for line in pitch.lines] == ["recording", "speech"]
    assert ref.images[0].get_array().shape == sounds.mels[0].shape
    assert np.isclose(pitch.get_xlim()[1], 1.25, atol=0.02)


def test_what_was_said_shows_tokens_and_words() -> None:
    tokens = (Span("a", 0.0, 0.4), Span("<space>", 0.4, 0.5), Span("b", 0.5, 1.0))
    words = (Span("A", 0.0, 0.4), Span("B", 0.5, 1.0))
    made = Speech(speech(1), RATE_HZ, "A B", "A B", tokens, words, (), (), (), 0.1)
    top, bottom = plots.spoken(made).axes
    assert [text.get_text() for text in top.texts] == ["a", "b"]
    assert [text.get_text() for text in bottom.texts] == ["A", "B"]
    assert top.images[0].get_extent()[1] == bottom.get_xlim()[1] == made.audio_s


def test_quality_against_speed(tmp_path: Path) -> None:
    points = {"slow": (2.0, 4.0), "fast": (0.1, 3.0), "bad": (1.0, 2.0)}
    figure = plots.against_speed(points, ["slow", "fast"], "PESQ", "high")
    (axes,) = figure.axes
    np.testing.assert_array_equal(axes.lines[0].get_xdata(), [0.1, 2.0])
    assert {text.get_text() for text in axes.texts} == set(points)
    plots.save(figure, tmp_path / "p.png")
    assert (tmp_path / "p.png").read_bytes()[:4] == b"\x89PNG"
