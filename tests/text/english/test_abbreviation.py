"""Abbreviations, titles, street names, and letters said apart."""

import pytest

from tts.text.normalise import normalise

TABLE = [
    ("Dr. Smith and Mr. and Mrs. Jones", "Doctor Smith and Mister and Missus Jones"),
    ("Mr Smith", "Mister Smith"),
    ("221 Baker St. near St. Mary's", "two hundred twenty-one Baker Street near Saint Mary's"),
    ("I live on Main St. The dog barked.", "I live on Main Street. The dog barked."),
    ("He saw St. Peter.", "He saw Saint Peter."),
    ("Mt. Everest, Ft. Worth", "Mount Everest, Fort Worth"),
    ("Martin Luther King Jr. spoke.", "Martin Luther King Junior spoke."),
    ("Apple Inc. was big.", "Apple Incorporated was big."),
    ("It is Apple Inc.", "It is Apple Incorporated."),
    ("e.g. this, i.e. that", "for example this, that is that"),
    ("apples, etc. He came, etc.", "apples, et cetera. He came, et cetera."),
    ("cats vs. dogs", "cats versus dogs"),
    ("No. 7 and fig. 5", "Number seven and figure five"),
    ("He ate a fig. Then he said no.", "He ate a fig. Then he said no."),
    ("Max. was apt.", "Max. was apt."),
    ("The U.S. Army of the U.S.A.", "The U S Army of the U S A."),
    ("the BBC, NASA and the FBI's CEO", "the B B C, NASA and the F B I's C E O"),
    ("TVs and CDs", "T V's and C D's"),
    ("GIVE IT TO US NOW", "GIVE IT TO US NOW"),
    ("Hmm. SHH!", "Hmm. SHH!"),
    ("on Mon. and in Sept.", "on Monday and in September."),
    ("on Sun. at noon he saw the Sun.", "on Sunday at noon he saw the Sun."),
]


@pytest.mark.parametrize(("written", "spoken"), TABLE)
def test_reads(written, spoken):
    assert normalise(written).normalised == spoken
