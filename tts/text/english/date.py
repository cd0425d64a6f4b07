"""Dates: "Jan. 5, 2020", "5 January", "2020-01-05", "the 1990s", "in 1066", "300 BC"."""

from __future__ import annotations

import re

from tts.text.english.rule import Rule, ends_sentence, rule
from tts.text.numbers import cardinal, ordinal, plural, year

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_BY_PREFIX = {month[:3].lower(): month for month in MONTHS}
_MONTH = r"(?:" + "|".join(rf"{m}|{m[:3]}\.?" for m in MONTHS) + r"|Sept\.?)"
_DAY = r"(?P<day>0?[1-9]|[12][0-9]|3[01])(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>1[0-9]{3}|20[0-9]{2})(?![0-9,]*[0-9])"

# A four-digit number after one of these is a year; elsewhere it is one unless it counts something.
_CUE = (
    r"\b(?:[Ii]n|[Ss]ince|[Uu]ntil|[Tt]ill|[Bb]efore|[Aa]fter|[Dd]uring|[Cc]irca|[Yy]ear|[Ff]rom|"
    r"[Ee]arly|[Mm]id|[Ll]ate|[Ss]pring|[Ss]ummer|[Aa]utumn|[Ff]all|[Ww]inter|"
    rf"(?:{'|'.join(MONTHS)}),?)[ -]"
)  # fmt: skip
_NOT_COUNTED = (
    r"(?! (?:people|men|women|children|of|percent|hundred|[a-z]{3,}s)\b"
    r"(?<! was)(?<! has)(?<! his)(?<! its)(?<! this)(?<! does)(?<! always)(?<! plus)(?<! perhaps))"
)


def _month(text: str) -> str:
    return _BY_PREFIX[text[:3].lower()]


def _in_words(month: str, day: str | None, year_digits: str | None, comma: str = "") -> str:
    words = f"{month} {ordinal(day)}" if day else month
    return f"{words}{comma} {year(year_digits)}" if year_digits else words


def _month_first(match: re.Match[str]) -> str:
    return _in_words(_month(match["month"]), match["day"], match["year"], match["comma"] or "")


def _day_first(match: re.Match[str]) -> str:
    the = "" if match["the"] else "the "
    month = f"{match['the'] or the}{ordinal(match['day'])} of {_month(match['month'])}"
    return f"{month} {year(match['year'])}" if match["year"] else month


def _iso(match: re.Match[str]) -> str:
    return _in_words(MONTHS[int(match["month"]) - 1], match["day"], match["year"])


def _month_year(match: re.Match[str]) -> str:
    return f"{_month(match['month'])} {year(match['year'])}"


def _decade(match: re.Match[str]) -> str:
    century, decade = match["century"], match["decade"]
    if century and decade == "00":
        return f"{year(century + decade)}s" if century != "20" else "two thousands"
    tens = plural(cardinal(decade)) if decade != "00" else "hundreds"
    return f"{cardinal(century)} {tens}" if century else tens


def _span(match: re.Match[str]) -> str:
    last = match["last"]
    end = (
        year(last)
        if len(last) == 4
        else cardinal(last)
        if last[0] != "0"
        else f"oh {cardinal(last)}"
    )
    return f"{year(match['first'])} to {end}"


def _year(match: re.Match[str]) -> str:
    return year(match["year"])


def _era(match: re.Match[str]) -> str:
    named = _era_number(match["digits"])
    stop = "." if match["era"].endswith(".") and ends_sentence(match) else ""
    return f"{named} {' '.join(match['era'].replace('.', ''))}{stop}"


def _anno_domini(match: re.Match[str]) -> str:
    return f"A D {_era_number(match['digits'])}"


def _era_number(digits: str) -> str:
    return year(digits) if len(digits) == 4 and digits[1:3] != "00" else cardinal(digits)


_FULL_YEAR = r"1[0-9]{3}|20[0-9]{2}"
_MONTH_DIGITS, _DAY_DIGITS = r"0?[1-9]|1[0-2]", r"0?[1-9]|[12][0-9]|3[01]"

RULES: tuple[Rule, ...] = (
    rule(
        rf"(?<![0-9/-])(?P<year>{_FULL_YEAR})-(?P<month>{_MONTH_DIGITS})-(?P<day>{_DAY_DIGITS})"
        r"(?![0-9-])",
        _iso, "-",
    ),
    rule(  # as Americans write it
        rf"(?<![0-9/])(?P<month>{_MONTH_DIGITS})/(?P<day>{_DAY_DIGITS})/(?P<year>{_FULL_YEAR})"
        r"(?![0-9/])",
        _iso, "/",
    ),
    rule(
        rf"\b(?P<month>{_MONTH}) {_DAY}(?![0-9:]|,[0-9])(?:(?P<comma>,)? {_YEAR})?", _month_first
    ),
    rule(
        rf"(?P<the>\b[Tt]he )?(?<![0-9.,:$])\b{_DAY}(?: of)? (?P<month>{_MONTH})(?![a-z])"
        rf"(?:,? {_YEAR})?",
        _day_first,
    ),
    rule(rf"\b(?P<month>{_MONTH}),? {_YEAR}", _month_year),
    rule(
        r"(?<![0-9,.$€£])'?(?P<century>1[0-9]|20)?(?P<decade>[0-9]0)'?s\b", _decade, "s"
    ),
    rule(
        r"(?<![0-9])(?P<digits>[0-9]{1,4}) ?"
        r"(?P<era>B\.C\.E\.|B\.C\.|A\.D\.|C\.E\.|BCE|BC|AD|CE)(?![A-Za-z])",
        _era, "BAC",
    ),
    rule(r"\bA\.?D\.? (?P<digits>[0-9]{1,4})(?![0-9])", _anno_domini, "A"),
    rule(
        rf"(?<![0-9,.$-])(?P<first>{_FULL_YEAR}) ?- ?(?P<last>{_FULL_YEAR}|[0-9]{{2}})"
        r"(?![0-9-]|,[0-9])",
        _span, "-",
    ),
    rule(rf"(?P<cue>{_CUE}){_YEAR}{_NOT_COUNTED}", lambda m: m["cue"] + year(m["year"])),
    rule(
        r"(?<![0-9,.$€£#:/-])(?P<year>1[1-9][0-9]{2}|20[0-9]{2})"
        rf"(?![0-9A-Za-z%°]|[,.:/-][0-9]){_NOT_COUNTED}",
        _year,
    ),
)  # fmt: skip
