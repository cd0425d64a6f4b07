"""Spans: in order, apart, at the right place, and all that was changed."""

import random
import re
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tts.text.normalise import normalise

WRITTEN = [
    line.split("\t")[0]
    for path in sorted(Path(__file__).parent.glob("*.tsv"))
    for line in path.read_text(encoding="utf-8").splitlines()
]


def squeezed(text):
    return "".join(text.split())


def check(text):
    result = normalise(text)
    position, rebuilt = 0, []
    for span in result.spans:
        assert position <= span.start <= span.end <= len(text), (text, span)
        assert span.written == text[span.start : span.end]
        assert span.kind
        rebuilt += [text[position : span.start], span.spoken]
        position = span.end
    rebuilt.append(text[position:])
    assert squeezed("".join(rebuilt)) == squeezed(result.normalised), text
    assert all(c.isalpha() or c in " ,.!?;:—…\"'()-" for c in result.normalised), result.normalised
    assert result.normalised == " ".join(result.normalised.split())
    return result


@pytest.mark.parametrize("start", range(0, len(WRITTEN), 100))
def test_spans_and_what_lies_between_make_the_normalised_text(start):
    for text in WRITTEN[start : start + 100]:
        check(text)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_text(text):
    check(text)


ALPHABET = [
    *"0123456789$€£%.,:/-—–+*x°'\"#@&() \u00a0",
    "Dr. ", "St. ", "Jan ", " pm", "km", "th", "½", "II", " p.m.", "é", "привет", "😀", "\u200b",
    "&amp;", "a", "B", "1990", "www.", ".com", "to ", "St", "the ", "²", "_",
]  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(ALPHABET), max_size=25).map("".join))
def test_any_mixture_of_what_has_rules(text):
    check(text)


def test_no_letter_or_digit_is_lost_in_silence():
    """Letters stay, are in a span that says something, or are named in a warning."""
    generator = random.Random(0)
    for _ in range(300):
        code = generator.randrange(0x20, 0x20000)
        char = chr(code)
        if unicodedata.category(char) in ("Cs", "Cf", "Cc", "Zs", "Zl", "Zp", "Mn", "Me", "Mc"):
            continue
        result = normalise(f"so {char} on")
        said = re.sub("^so|on$", "", result.normalised).strip()
        assert said or result.warnings or char in "¡¿*_~", repr(char)


def test_warnings_name_what_is_read_otherwise_or_left_out():
    result = check("привет you \ue000")
    assert result.normalised == "privet you"
    assert result.warnings == (
        "'привет' is not in Latin letters; read as 'privet'",
        "cannot speak '\\ue000' (u+e000); left out",
    )


PIECES = "1 1, 1,111 a. $1. ( 1- 1/ 1: x@ www. é 😀 - ' a _ *a a.com/ 你 { . & &a; < <a - A& \" 1x"


@pytest.mark.parametrize(
    "piece",
    [
        *PIECES.split(),
        " ",
        "AB ",
        "St. ",
        "Jan ",
        "U.S. ",
        "1 km ",
        "1 ",
        "A ",
        "12 Oak ",
        "1 000 ",
    ],
)
def test_time_grows_with_the_text_and_not_with_its_square(piece):
    text = piece * (20_000 // len(piece))
    start = time.process_time()
    normalise(text)
    assert time.process_time() - start < 20.0  # backtracking takes minutes
