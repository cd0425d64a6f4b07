"""Number words."""

import pytest

from tts.text import numbers


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0", "zero"),
        ("007", "seven"),
        ("21", "twenty-one"),
        ("101", "one hundred one"),
        ("1234567", "one million two hundred thirty-four thousand five hundred sixty-seven"),
        ("1" + "0" * 36, "one" + " zero" * 36),
    ],
)
def test_cardinal(text, words):
    assert numbers.cardinal(text) == words


def test_cardinal_with_commas():
    assert numbers.cardinal_with_commas("1234001") == (
        "one million, two hundred thirty-four thousand one"
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [("1", "first"), ("12", "twelfth"), ("20", "twentieth"), ("101", "one hundred first")],
)
def test_ordinal(text, words):
    assert numbers.ordinal(text) == words


def test_a_rank_too_long_to_name_still_ends_in_a_rank():
    assert numbers.ordinal("1" * 40).endswith("one first")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1066", "ten sixty-six"),
        ("1100", "eleven hundred"),
        ("1905", "nineteen oh five"),
        ("1999", "nineteen ninety-nine"),
        ("2000", "two thousand"),
        ("2005", "two thousand five"),
        ("2010", "twenty ten"),
    ],
)
def test_year(text, words):
    assert numbers.year(text) == words


def test_decimal_digits_and_plural():
    assert numbers.decimal("", "05") == "point zero five"
    assert numbers.digits("1-505", zero="oh") == "one five oh five"
    assert [numbers.plural(w) for w in ("twenty", "six", "nine")] == ["twenties", "sixes", "nines"]
