"""English number words: cardinals, ordinals, years, digits and decimals.

The words themselves come from num2words; this module fixes the style (American, without "and"),
the ranges, and what happens beyond them: a number too long to name is read digit by digit.
"""

from __future__ import annotations

from functools import lru_cache

from num2words import num2words

_MAX_DIGITS = 36  # the longest number that is named (nonillions); beyond it, digit by digit
_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def digits(text: str, zero: str = "zero") -> str:
    """Each digit by name: "1505" is "one five zero five". Other characters are skipped."""
    return " ".join(zero if d == "0" else _DIGITS[int(d)] for d in text if d in "0123456789")


@lru_cache(maxsize=4096)
def cardinal(text: str) -> str:
    """A run of digits as a quantity: "1234" is "one thousand two hundred thirty-four"."""
    return cardinal_with_commas(text).replace(",", "")


@lru_cache(maxsize=4096)
def cardinal_with_commas(text: str) -> str:
    """As `cardinal`, with commas between the thousands: "one million, two hundred"."""
    significant = text.lstrip("0") or "0"
    if len(significant) > _MAX_DIGITS:
        return digits(text)
    return str(num2words(int(significant))).replace(" and ", " ")


@lru_cache(maxsize=4096)
def ordinal(text: str) -> str:
    """A run of digits as a rank: "101" is "one hundred first"."""
    return british_ordinal(text).replace(" and ", " ").replace(",", "")


@lru_cache(maxsize=4096)
def british_ordinal(text: str) -> str:
    """A run of digits as a rank, with commas and "and": "101" is "one hundred and first"."""
    significant = text.lstrip("0") or "0"
    if len(significant) > _MAX_DIGITS:
        return f"{digits(text[:-1])} {num2words(int(text[-1]), to='ordinal')}"
    return str(num2words(int(significant), to="ordinal"))


def year(text: str) -> str:
    """Four digits as a year: "1905" is "nineteen oh five", "2000" is "two thousand"."""
    century, rest = text[:2], text[2:]
    if text[1:3] == "00":  # 2000 to 2009, 1000 to 1009
        return cardinal(text)
    if rest == "00":
        return f"{cardinal(century)} hundred"
    return f"{cardinal(century)} {'oh ' if rest[0] == '0' else ''}{cardinal(rest)}"


def decimal(whole: str, fraction: str) -> str:
    """A decimal number: ("3", "14") is "three point one four"; an empty whole part is zero."""
    return f"{cardinal(whole or '0')} point {digits(fraction)}"


def plural(words: str) -> str:
    """The plural of number words: "twenty" is "twenties", "six" is "sixes"."""
    if words.endswith("y"):
        return words[:-1] + "ies"
    return words + ("es" if words.endswith(("x", "s")) else "s")
