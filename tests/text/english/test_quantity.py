"""Numbers that stand alone."""

import pytest

from tts.text.normalise import normalise

TABLE = [
    ("2 of 1,000,000", "two of one million"),
    ("3.14159 and .5", "three point one four one five nine and zero point five"),
    ("-5 or (-6)", "minus five or (minus six)"),
    ("007", "zero zero seven"),
    ("the 21st, 101st and 1,000th", "the twenty-first, one hundred first and one thousandth"),
    ("1/2, 2/3, 3 1/2, ¾", "one half, two thirds, three and a half, three quarters"),
    ("50/50, 24/7, 9/11", "fifty fifty, twenty-four seven, nine eleven"),
    ("16:9", "sixteen to nine"),
    ("pages 10-15", "pages ten to fifteen"),
    ("1,000-2,000", "one thousand to two thousand"),
    ("#1", "number one"),
    ("555-1234", "five five five, one two three four"),
    ("(212) 555-0199", "two one two, five five five, oh one nine nine"),
    ("192.168.1.1", "one nine two dot one six eight dot one dot one"),
    ("v1.2.3", "version one point two point three"),
    ("10x faster", "ten times faster"),
    ("H2O, B2B, MP3", "H two O, B two B, M P three"),
    ("COVID-19", "COVID nineteen"),
    ("20-year-old", "twenty-year-old"),
    ("Henry VIII and World War II", "Henry the eighth and World War two"),
    ("Chapter IV", "Chapter four"),
    ("when George I came", "when George I came"),
    ("George and I", "George and I"),
    ("٣ apples", "three apples"),
]


@pytest.mark.parametrize(("written", "spoken"), TABLE)
def test_reads(written, spoken):
    assert normalise(written).normalised == spoken
