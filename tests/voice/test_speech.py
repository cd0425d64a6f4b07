"""Times of tokens and words."""

from __future__ import annotations

import pytest

from tts.text.frontend import TokenSequence
from tts.text.words import Word
from tts.voice.speech import token_spans, word_spans


def sequence(n_ids: int) -> TokenSequence:
    words = (Word("ab", 0, 2), Word("c", 3, 4))
    return TokenSequence("ab c", "ab c", ("a", "b", " ", "c"), tuple(range(n_ids)), words, ())


def test_without_blanks() -> None:
    spans = token_spans(sequence(4), [1, 2, 0, 3], frame_s=0.5, start_s=10.0)
    assert [(s.text, s.start_s, s.end_s) for s in spans] == [
        ("a", 10.0, 10.5),
        ("b", 10.5, 11.5),
        (" ", 11.5, 11.5),
        ("c", 11.5, 13.0),
    ]
    words = word_spans(sequence(4), spans)
    assert [(w.text, w.start_s, w.end_s) for w in words] == [("ab", 10, 11.5), ("c", 11.5, 13)]


def test_a_blank_counts_towards_the_token_before_it() -> None:
    spans = token_spans(sequence(9), [5, 1, 1, 1, 0, 2, 2, 3, 4], frame_s=1.0)
    assert [s.start_s for s in spans] == [0, 7, 8, 12]
    assert spans[-1].end_s == pytest.approx(19)


def test_blanks_at_the_edges_are_silence() -> None:
    spans = token_spans(sequence(6), [3, 1, 2, 0, 3, 4], frame_s=0.5, start_s=10.0)
    assert [(s.start_s, s.end_s) for s in spans] == [(11.5, 12), (12, 13), (13, 13), (13, 14.5)]
