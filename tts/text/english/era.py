"""Spans of years and how they are counted: "the 1990s", "'80s", "300 BC", "AD 70", "100s of"."""

from __future__ import annotations

import re

from tts.text.english.rule import DASH, Rule, ends_sentence, rule
from tts.text.numbers import cardinal, plural, year


def _decade(match: re.Match[str]) -> str:
    century, decade = match["century"], match["decade"]
    if century == "10" and decade == "00":
        return "thousands"
    if century and decade == "00":
        return "two thousands" if century == "20" else f"{cardinal(century)} hundreds"
    tens = plural(cardinal(decade)) if decade != "00" else "hundreds"
    return f"{cardinal(century)} {tens}" if century else tens


def _decades(match: re.Match[str]) -> str:
    last = match["last"]
    end = plural(cardinal(last)) if len(last) == 2 else (
        f"{cardinal(last[:2])} {plural(cardinal(last[2:]))}" if last[2:] != "00" else
        "two thousands")  # fmt: skip
    return f"{cardinal(match['century'])} {plural(cardinal(match['decade']))} to {end}"


def _years(match: re.Match[str]) -> str:
    low, digits = match["low"], match["digits"]
    return f"{year(low)} to {year(digits)}" if low else year(digits)


def _era(match: re.Match[str]) -> str:
    era = match["era"]
    stop = "." if era.endswith(".") and ends_sentence(match) else ""
    return f"{_years(match)} {' '.join(era.replace('.', '').replace(' ', '').upper())}{stop}"


def _anno_domini(match: re.Match[str]) -> str:
    return f"A D {_years(match)}"


def _many(match: re.Match[str]) -> str:
    return plural(cardinal(match["number"].replace(",", "")).removeprefix("one "))


DECADES: tuple[Rule, ...] = (
    rule(
        "cardinal",
        r"(?<![0-9.,$])(?P<number>10,?000|100,?000|100|1,?000(?=s of\b)|(?<=of )1,?000)s\b",
        _many,
        "s",
    ),  # "100s of people", "1000s of years"
    rule(
        "decade",
        r"(?<![0-9,.$€£])(?P<century>1[0-9]|20)(?P<decade>[0-9]0)s(?:-|—| to )'?"
        r"(?P<last>(?:1[0-9]|20)?[0-9]0)s\b",
        _decades,
        "s",
    ),
    rule(
        "decade",
        r"(?<![0-9,.$€£])'?(?P<century>1[0-9]|20)(?P<decade>[0-9]0)(?:'?s| s)\b",
        _decade,
        "s",
    ),
    rule("decade", r"(?<![0-9,.$€£])'?(?P<century>(?!))?(?P<decade>[2-9]0)'?s\b", _decade, "s"),
)
ERAS: tuple[Rule, ...] = (
    rule(
        "year",
        rf"(?<![0-9.,])(?:(?P<low>[0-9]{{1,4}}){DASH})?(?P<digits>[0-9]{{1,4}}) ?"
        r"(?P<era>B\. ?C\. ?E\.?|B\. ?C\.?|A\. ?D\.?|C\. ?E\.|BCE|BC|AD|CE)(?![A-Za-z])",
        _era,
        "BAC",
    ),
    rule(
        "year",
        rf"\bA\.? ?D\.? (?:(?P<low>[0-9]{{1,4}}){DASH})?(?P<digits>[0-9]{{1,4}})(?![0-9])",
        _anno_domini,
        "A",
    ),
    rule(  # the 2nd c. BC
        "abbreviation", r"(?<=[0-9](?:st|nd|rd|th) )c\.(?= ?(?:[BA]|CE))", "century", "c"
    ),
)
