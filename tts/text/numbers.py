"""English number words: cardinals, ordinals, years, digits and decimals.

The style is American: hyphens within the tens and no "and". A number too long to name is read
digit by digit.
"""

from __future__ import annotations

from functools import lru_cache

_SMALL_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
)
_SMALL = tuple(_SMALL_WORDS.split())
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALE_WORDS = (
    "one thousand million billion trillion quadrillion quintillion sextillion septillion "
    "octillion nonillion decillion"
)
_SCALES = tuple(_SCALE_WORDS.split())
_ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth",
    "nine": "ninth", "twelve": "twelfth",
}  # fmt: skip
_MAX_DIGITS = 3 * len(_SCALES)  # the longest number that is named; beyond it, digit by digit


def digits(text: str, zero: str = "zero") -> str:
    """Each digit by name: "1505" is "one five zero five". Other characters are skipped."""
    return " ".join(zero if d == "0" else _SMALL[int(d)] for d in text if d in "0123456789")


@lru_cache(maxsize=4096)
def cardinal(text: str) -> str:
    """A run of digits as a quantity: "1234" is "one thousand two hundred thirty-four"."""
    return cardinal_with_commas(text).replace(",", "")


@lru_cache(maxsize=4096)
def cardinal_with_commas(text: str) -> str:
    """As `cardinal`, with commas between the thousands: "one million, two hundred"."""
    if len(text.lstrip("0")) > _MAX_DIGITS:
        return digits(text)
    return _british(text).replace(" and ", " ")


@lru_cache(maxsize=4096)
def ordinal(text: str) -> str:
    """A run of digits as a rank: "101" is "one hundred first"."""
    return british_ordinal(text).replace(" and ", " ").replace(",", "")


@lru_cache(maxsize=4096)
def british_ordinal(text: str) -> str:
    """A run of digits as a rank, with commas and "and": "101" is "one hundred and first"."""
    if len(text.lstrip("0")) > _MAX_DIGITS:
        return f"{digits(text[:-1])} {_rank(_SMALL[int(text[-1])])}"
    words = _british(text)
    cut = max(words.rfind(" "), words.rfind("-")) + 1
    return words[:cut] + _rank(words[cut:])


def _rank(word: str) -> str:
    if word in _ORDINALS:
        return _ORDINALS[word]
    return f"{word[:-1]}ieth" if word.endswith("y") else f"{word}th"


def _british(text: str) -> str:
    significant = text.lstrip("0") or "0"
    places = range(len(significant), 0, -3)
    groups = [int(significant[max(0, end - 3) : end]) for end in places]
    parts = [
        f"{_below_thousand(value)} {_SCALES[i]}" if i else _below_thousand(value)
        for i, value in enumerate(groups)
        if value
    ][::-1]
    if len(parts) > 1 and 0 < groups[0] < 100:
        return f"{', '.join(parts[:-1])} and {parts[-1]}"
    return ", ".join(parts) or _SMALL[0]


def _below_thousand(value: int) -> str:
    hundreds, rest = divmod(value, 100)
    tens, ones = divmod(rest, 10)
    words = _SMALL[rest] if rest < 20 else _TENS[tens] + (f"-{_SMALL[ones]}" if ones else "")
    if not hundreds:
        return words
    return f"{_SMALL[hundreds]} hundred" + (f" and {words}" if rest else "")


def year(text: str) -> str:
    """Three or four digits as a year: "1905" is "nineteen oh five", "2000" is "two thousand"."""
    if len(text) < 3:
        return cardinal(text)
    century, rest = text[:-2], text[-2:]
    if text[-3:-1] == "00" and len(text) == 4:  # 2000 to 2009, 1000 to 1009
        return cardinal(text)
    if rest == "00":
        return f"{cardinal(century)} hundred"
    return f"{cardinal(century)} {two_digits(rest)}"


def two_digits(text: str) -> str:
    """The end of a year: "05" is "oh five", "15" is "fifteen"."""
    return f"{'oh ' if text[0] == '0' else ''}{cardinal(text)}"


def paired(text: str) -> str:
    """A number as a label is read, house 2788 or room 204: by twos from the end, zeros as "oh"."""
    if text[0] == "0" or len(text) > 5:
        return digits(text, zero="oh")
    if len(text) < 3 or text.endswith("000"):
        return cardinal(text)
    if text.endswith("00"):
        return cardinal(text) if len(text) == 5 else f"{cardinal(text[:-2])} hundred"
    if len(text) == 5:
        return f"{cardinal(text[:2])} {paired(text[2:])}"
    return f"{cardinal(text[:-2])} {two_digits(text[-2:])}"


def decimal(whole: str, fraction: str) -> str:
    """A decimal number: ("3", "14") is "three point one four", ("", "5") is "point five"."""
    return f"{cardinal(whole)} point {digits(fraction)}" if whole else f"point {digits(fraction)}"


def plural(words: str) -> str:
    """The plural of number words: "twenty" is "twenties", "six" is "sixes"."""
    if words.endswith("y"):
        return words[:-1] + "ies"
    return words + ("es" if words.endswith(("x", "s")) else "s")
