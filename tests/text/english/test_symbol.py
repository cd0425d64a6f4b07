"""Signs that are said as words."""

import pytest

from tts.text.normalise import normalise

TABLE = [
    ("AT&T, R&D, rock & roll", "AT and T, R and D, rock and roll"),
    ("2+2=4", "two plus two equals four"),
    ("3x4, 10 x 20", "three by four, ten by twenty"),
    ("2^10", "two to the power of ten"),
    ("and/or, he/she", "and or, he slash she"),
    ("**bold** and _it_", "bold and it"),
    ("[note] {x}", "(note) (x)"),
    ("5 > 3", "five greater than three"),
    ("π r²", "pi r squared"),
]


@pytest.mark.parametrize(("written", "spoken"), TABLE)
def test_reads(written, spoken):
    assert normalise(written).normalised == spoken
