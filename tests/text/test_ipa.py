"""Phonemes as people write them."""

import pytest

from tts.text.inventory import inventory
from tts.text.ipa import symbols_of

KNOWN = frozenset(inventory("en-us"))


@pytest.mark.parametrize(
    ("written", "symbols"),
    [
        ("h ə l ˈoʊ", "h ə l ˈoʊ"),
        ("həlˈoʊ", "h ə l ˈoʊ"),
        ("həˈloʊ", "h ə l ˈoʊ"),
        ("/ˈnaɪ.ki/", "n ˈaɪ k i"),
        ("ˈ t ɛ s t", "t ˈɛ s t"),
        ("HH AH0 L OW1", "h ə l ˈoʊ"),
        ("B ER1 D ER0", "b ˈɜː d ɚ"),
        ("ʤ ˈɔɪ", "dʒ ˈɔɪ"),
        ("ɡoʊ go", "ɡ oʊ ɡ o"),
        ("wɪn", "w ɪ n"),
        ("ɧ", "ɧ"),
        ("XX YY", "XX YY"),
    ],
)
def test_symbols(written, symbols):
    assert " ".join(symbols_of(written.split(), KNOWN)) == symbols
