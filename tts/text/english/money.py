"""Money: "$3.50", "£20", "€1.5 million", "50¢", "20 USD", "a $5 bill"."""

from __future__ import annotations

import re

from tts.text.english.rule import NUMBER, SCALE, START, Rule, rule
from tts.text.numbers import cardinal, decimal

# Sign: one, many, one hundredth, hundredths (none where nobody says them).
_DOLLAR = ("dollar", "dollars", "cent", "cents")
_EURO = ("euro", "euros", "cent", "cents")
_POUND = ("pound", "pounds", "penny", "pence")
_YEN = ("yen", "yen", "", "")
_WON = ("won", "won", "", "")
_RUPEE = ("rupee", "rupees", "paisa", "paise")


def _kind(adjective: str) -> tuple[str, str, str, str]:
    one, many, cent, cents = _DOLLAR
    return (f"{adjective} {one}", f"{adjective} {many}", cent, cents)


_UNITS = {
    "$": _DOLLAR, "€": _EURO, "£": _POUND, "¥": _YEN, "₩": _WON, "₹": _RUPEE,
    "US$": _kind("U S"), "C$": _kind("Canadian"), "CA$": _kind("Canadian"),
    "A$": _kind("Australian"), "AU$": _kind("Australian"), "NZ$": _kind("New Zealand"),
    "HK$": _kind("Hong Kong"), "S$": _kind("Singapore"),
    "USD": _kind("U S"), "EUR": _EURO, "GBP": _POUND, "JPY": _YEN, "CNY": ("yuan", "yuan", "", ""),
    "CHF": ("Swiss franc", "Swiss francs", "centime", "centimes"),
    "CAD": _kind("Canadian"), "AUD": _kind("Australian"), "INR": _RUPEE,
}  # fmt: skip
_SHORT_SCALES = {
    "k": "thousand", "m": "million", "mn": "million", "mm": "million",
    "b": "billion", "bn": "billion", "t": "trillion", "tn": "trillion",
}  # fmt: skip

_PERIODS = {"hr": "hour", "h": "hour", "mo": "month", "yr": "year", "wk": "week", "lb": "pound"}

_SIGNS = "$€£¥₹₩"
_SIGN = "|".join(re.escape(sign) for sign in sorted(_UNITS, key=len, reverse=True))
_SHORT = "|".join(sorted(_SHORT_SCALES, key=len, reverse=True))
_SCALED = rf"(?:[ -]?(?P<scale>{SCALE})\b|(?P<short>{_SHORT})\b)?"
_PER = r"(?:/(?P<per>[a-z]+))?"


def _amount(amount: str, scale: str, units: tuple[str, str, str, str], noun: bool = True) -> str:
    """An amount with its unit: ("3.50", "", dollars) is "three dollars and fifty cents".

    Args:
        scale: "million" and the like, or nothing.
        noun: False before a noun: "five dollar bill".
    """
    one, many, cent, cents = units
    whole, _, fraction = amount.replace(",", "").partition(".")
    if scale or (fraction and (len(fraction) != 2 or not cent)):
        number = decimal(whole, fraction) if fraction else cardinal(whole)
        return " ".join(filter(None, (number, scale, many if noun else one)))
    n_whole, n_cents = whole.lstrip("0"), fraction.lstrip("0")
    parts = []
    if n_whole or not n_cents:
        parts.append(f"{cardinal(whole or '0')} {one if n_whole == '1' or not noun else many}")
    if n_cents:
        parts.append(f"{cardinal(n_cents)} {cent if n_cents == '1' else cents}")
    return " and ".join(parts)


def _say(match: re.Match[str]) -> str:
    short = (match["short"] or "").lower()
    scale = match["scale"] or _SHORT_SCALES.get(short, "")
    units = _UNITS[match["sign"]]
    there = match.groupdict()
    article = there.get("article") or ""
    minus = "minus " if there.get("minus") else ""
    per = f" per {_PERIODS.get(there['per'], there['per'])}" if there.get("per") else ""
    return article + minus + _amount(match["amount"], scale.lower(), units, not article) + per


def _say_cents(match: re.Match[str]) -> str:
    return f"{cardinal(match[1])} {'cent' if match[1] == '1' else 'cents'}"


def _say_range(match: re.Match[str]) -> str:
    low = cardinal(match["low"].replace(",", ""))
    return f"{low} to {match['sign']}{match['rest']}"


RULES: tuple[Rule, ...] = (
    rule(
        rf"(?P<sign>{_SIGN})(?P<low>[0-9]{{1,3}})-(?:{_SIGN})?(?P<rest>[0-9])",
        _say_range, _SIGNS,
    ),
    # "a $5 bill", "the $2 million house": the unit stays singular before a noun.
    rule(
        rf"\b(?P<article>[Aa]n? )(?P<sign>{_SIGN}) ?(?P<amount>{NUMBER}){_SCALED}"
        r"(?=[ -][a-z]{3})",
        _say, _SIGNS,
    ),
    rule(
        rf"(?P<minus>(?<!\S)-)?(?<![A-Za-z])(?P<sign>{_SIGN}) ?(?P<amount>{NUMBER}){_SCALED}"
        rf"{_PER}",
        _say, "0123456789",
    ),
    rule(
        rf"{START}(?P<amount>{NUMBER}){_SCALED} ?(?P<sign>{_SIGN})(?![A-Za-z0-9])",
        _say, "0123456789",
    ),
    rule(rf"{START}([0-9]+) ?¢", _say_cents, "¢"),
)  # fmt: skip
