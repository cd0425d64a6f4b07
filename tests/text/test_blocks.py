"""Pieces of an utterance."""

import pytest

from tts.text.blocks import Inline


@pytest.mark.parametrize(
    ("word", "stand_in"), [("cat", "cat"), ("New York", "York"), ("C++", "dune"), ("", "dune")]
)
def test_what_stands_in_for_a_word(word, stand_in):
    assert Inline(("k",), word).stand_in == stand_in
