"""The nearest symbols of a table."""

import pytest

from tts.text.backoff import nearest, split_stress
from tts.text.inventory import inventory
from tts.text.tokens import PUNCTUATION

KNOWN = {*inventory("en-us"), *PUNCTUATION}


@pytest.mark.parametrize(
    ("symbol", "found"),
    [
        ("ˌaɪɚ", ("ˌaɪɚ",)),
        ("ˌᵻ", ("ᵻ",)),
        ("ˈə", ("ə",)),
        ("ˈoː", ("ˈoʊ",)),
        ("nʲʲ", ("n",)),
        ("ˈiːː", ("ˈiː",)),
        ("y", ("i",)),
        ("ʁ", ("ɹ",)),
        ("ts", ("t", "s")),
        ("ˈææ", ("ˈæ", "æ")),
        ("hɛlˈoʊ", ("h", "ɛ", "l", "ˈoʊ")),
        ("[", ()),
        ("ʘ", ()),
    ],
)
def test_in_the_english_inventory(symbol, found):
    assert (symbol,) == found or nearest(symbol, KNOWN) == found


@pytest.mark.parametrize(
    ("symbol", "found"),
    [("é", ("e",)), ("E", ("e",)), ("ß", ("s", "s")), ("…", (".",)), ("!", (".",)), ("æ", ("a",))],
)
def test_among_letters(symbol, found):
    assert nearest(symbol, {*"abcdefghijklmnopqrstuvwxyz."}) == found


def test_every_british_phone_has_an_american_neighbour():
    assert all(nearest(s, KNOWN) for s in inventory("en-gb") if s not in KNOWN)


def test_split_stress():
    assert split_stress("ˈoʊ") == ("ˈ", "oʊ")
    assert split_stress("t") == ("", "t")
