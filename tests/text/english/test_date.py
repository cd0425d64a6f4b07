"""Dates, years, decades, eras."""

import pytest

from tts.text.normalise import normalise

TABLE = [
    ("Jan. 5, 2020", "January fifth, twenty twenty"),
    ("January 5", "January fifth"),
    ("July 4th", "July fourth"),
    ("5 January 2020", "the fifth of January twenty twenty"),
    ("on the 4th of July", "on the fourth of July"),
    ("2020-01-05", "January fifth twenty twenty"),
    ("1/5/2020", "January fifth twenty twenty"),
    ("in May 1905", "in May nineteen oh five"),
    ("the 1990s and the '80s", "the nineteen nineties and the eighties"),
    ("the 1900s, the 2000s", "the nineteen hundreds, the two thousands"),
    (
        "in 1905, since 2005, the year 2000",
        "in nineteen oh five, since two thousand five, the year two thousand",
    ),
    ("1984 was a book", "nineteen eighty-four was a book"),
    (
        "1500 people and 1200 houses",
        "one thousand five hundred people and one thousand two hundred houses",
    ),
    ("1939-45", "nineteen thirty-nine to forty-five"),
    ("1914–1918", "nineteen fourteen to nineteen eighteen"),
    ("300 BC, AD 79", "three hundred B C, A D seventy-nine"),
    ("He died in 44 B.C.", "He died in forty-four B C."),
]


@pytest.mark.parametrize(("written", "spoken"), TABLE)
def test_reads(written, spoken):
    assert normalise(written).normalised == spoken
