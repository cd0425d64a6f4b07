"""Texts as recognisers write them, and errors counted by hand."""

from __future__ import annotations

import sys

import pytest

from tts.metrics.packages import MissingPackage
from tts.metrics.recognition import plain_words, text_errors


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("It's Dr. Smith’s 3 dogs -- 'twas good!", "it's doctor smith's three dogs twas good"),
        ("  ", ""),
        ("well-known, (really)", "well known really"),
    ],
)
def test_plain_words(written: str, plain: str) -> None:
    assert plain_words(written) == plain


def test_errors_by_hand() -> None:
    pytest.importorskip("jiwer", reason="the extra [eval] is not installed")
    found = text_errors("the cat sat down", "the hat sat")
    assert found is not None and (found.n_word_errors, found.n_words) == (2, 4)
    assert (found.n_character_errors, found.n_characters) == (1 + 5, 16)
    assert found.wer == 0.5 and found.cer == 6 / 16
    same = text_errors("a b", "a b")
    assert same is not None and same.wer == same.cer == 0
    nothing = text_errors("a b", "")
    assert nothing is not None and nothing.wer == nothing.cer == 1
    assert text_errors("", "a") is None


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jiwer", None)
    with pytest.raises(MissingPackage):
        text_errors("a", "a")
