"""Characters: one form of each, and warnings for what cannot be spoken."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tts.text.english.clean import canonical, plain_letters
from tts.text.normalise import normalise


def test_one_form_of_quotes_dashes_and_spaces():
    assert canonical("‘a’ “b”\u00a0–\tc--d") == "'a' \"b\" — c — d"
    assert canonical("10–20 − 5") == "10-20 — 5"
    assert canonical("2½ ﬁns") == "2 1/2 fins"
    assert canonical("zero\u200bwidth") == "zerowidth"


def test_western_accents_stay_and_others_fall_off():
    assert plain_letters("résumé Zoë Dvořák") == ("résumé Zoë Dvořák", ())
    assert plain_letters("Nguyễn Việt") == ("Nguyen Viet", ())


def test_other_scripts_are_spelled_with_a_warning():
    text, warnings = plain_letters("привет you")
    assert text == "privet you"
    assert warnings == ("'привет' is not in Latin letters; read as 'privet'",)


def test_what_cannot_be_spoken_is_named():
    text, warnings = plain_letters("hi 😀☂ there")
    assert text == "hi there"
    assert warnings == (
        "cannot speak '😀' (grinning face); left out",
        "cannot speak '☂' (umbrella); left out",
    )


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60))
def test_any_text_becomes_letters_and_punctuation(text):
    spoken = normalise(text).normalised
    assert all(c.isalpha() or c in " ,.!?;:—…\"'()-" for c in spoken)
    assert spoken == spoken.strip()
    assert "  " not in spoken


PIECES = "1 1, 1,111 a. $1. ( 1- 1/ 1: x@ www. é 😀 - ' a _ *a a.com/ 你 { ."


@pytest.mark.parametrize(
    "piece", [*PIECES.split(), " ", "AB ", "St. ", "Jan ", "U.S. ", "1 km ", "1 "]
)
def test_time_grows_with_the_text_and_not_with_its_square(piece):
    text = piece * (30_000 // len(piece))
    start = time.perf_counter()
    normalise(text)
    assert time.perf_counter() - start < 2.0
