"""Normalisers by name."""

import pytest

from tts.errors import TextError
from tts.text.normalise import normalise


@pytest.mark.parametrize(
    ("name", "spoken"),
    [
        ("english", "Doctor Who, nineteen sixty-three: five pounds"),
        ("tacotron", "doctor who, nineteen sixty-three: psfive"),
        ("basic", "dr. who, 1963: £5"),
        ("transliteration", "dr. who, 1963: ps5"),
        ("none", "Dr. Who, 1963: £5"),
    ],
)
def test_by_name(name, spoken):
    assert normalise("Dr. Who, 1963: £5", name).normalised == spoken


def test_unknown_name_lists_the_known():
    with pytest.raises(TextError, match="no normaliser 'klingon'; there are english, numbers"):
        normalise("x", "klingon")


def test_plain_text_is_not_touched():
    text = 'Well, he said "don\'t" - and (really) meant it; so what?'
    assert normalise(text).normalised == text.replace(" - ", " — ")
