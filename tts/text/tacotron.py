"""The cleaners of the first open Tacotron, which released English models were trained with.

They are reproduced with their quirks, because a model only pronounces well what it was trained on:
"$1.50" is "one dollar, fifty cents", but the sign of the pound is folded to letters before the
currency rule sees it, decimals are read as whole numbers ("3.14" is "three point fourteen"), and
long numbers carry commas.

Deviation: a number of more than 36 digits is read digit by digit, and a stray comma inside an
amount ("$,5") is ignored; the original stops with an exception on both.
"""

from __future__ import annotations

import re

from unidecode import unidecode

from tts.text.numbers import british_ordinal, cardinal, cardinal_with_commas

_SPACE = re.compile(r"\s+")
# The look-behinds keep a long run of digits from being tried at each of its digits.
_COMMAS = re.compile(r"[0-9][0-9,]+[0-9]")
_DOLLARS = re.compile(r"\$([0-9.,]*[0-9])")
_DECIMAL = re.compile(r"(?<![0-9])([0-9]+)\.([0-9]+)")
_ORDINAL = re.compile(r"(?<![0-9])([0-9]+)(?:st|nd|rd|th)")
_NUMBER = re.compile(r"[0-9]+")

# Read in this order, one after the other: "jr.rev." becomes "juniorrev.", which holds no title.
_TITLES = {
    "mrs": "misess", "mr": "mister", "dr": "doctor", "st": "saint", "co": "company",
    "jr": "junior", "maj": "major", "gen": "general", "drs": "doctors", "rev": "reverend",
    "lt": "lieutenant", "hon": "honorable", "sgt": "sergeant", "capt": "captain",
    "esq": "esquire", "ltd": "limited", "col": "colonel", "ft": "fort",
}  # fmt: skip
_TITLE_RULES = tuple(
    (re.compile(rf"\b{short}\.", re.IGNORECASE), long) for short, long in _TITLES.items()
)


def tacotron(text: str) -> str:
    """ASCII, lower case, numbers and titles written out, each run of white space one space."""
    return _squeeze(_expand_titles(_expand_numbers(unidecode(text).lower())))


def transliteration(text: str) -> str:
    """ASCII, lower case, each run of white space one space."""
    return _squeeze(unidecode(text).lower())


def basic(text: str) -> str:
    """Lower case, each run of white space one space."""
    return _squeeze(text.lower())


def _squeeze(text: str) -> str:
    return _SPACE.sub(" ", text)


def _expand_titles(text: str) -> str:
    for title, words in _TITLE_RULES:
        text = title.sub(words, text)
    return text


def _expand_numbers(text: str) -> str:
    text = _COMMAS.sub(lambda m: m[0].replace(",", ""), text)
    text = _DOLLARS.sub(_dollars, text)
    text = _DECIMAL.sub(r"\1 point \2", text)
    text = _ORDINAL.sub(lambda m: british_ordinal(m[1]), text)
    return _NUMBER.sub(lambda m: _number(m[0]), text)


def _dollars(match: re.Match[str]) -> str:
    parts = match[1].replace(",", "").split(".")
    if len(parts) > 2:
        return f"{match[1]} dollars"
    dollars = parts[0].lstrip("0")
    cents = parts[1].lstrip("0") if len(parts) == 2 else ""
    amounts = [
        f"{amount} {unit}{'' if amount == '1' else 's'}"
        for amount, unit in ((dollars, "dollar"), (cents, "cent"))
        if amount
    ]
    return ", ".join(amounts) or "zero dollars"


def _number(text: str) -> str:
    significant = text.lstrip("0")
    if len(significant) != 4 or not "1000" < significant < "3000":
        return cardinal_with_commas(text)
    if significant.startswith("200"):
        return cardinal(significant)
    century, rest = cardinal(significant[:2]), significant[2:]
    if rest == "00":
        return f"{century} hundred"
    if rest[0] == "0":
        return f"{century} oh {cardinal(rest)}"
    return f"{century} {cardinal(rest)}"
