"""Times of the day: "3:30 pm", "15:45", "7 a.m.", "10:05:30"."""

from __future__ import annotations

import re

from tts.text.english.rule import Rule, ends_sentence, rule
from tts.text.numbers import cardinal

_HALF = r"(?: ?(?P<half>[AaPp])(?:\.[Mm]\.?|[Mm])(?![A-Za-z]))"
_ZONE = r"(?: (?P<zone>[ECMP][SD]?T|GMT|UTC|BST|CET)\b)?"


def _say(match: re.Match[str]) -> str:
    hour, minute, second = match["hour"], match["minute"], match["second"]
    words = [cardinal(hour)]
    if minute is None or minute == "00":
        if not match["half"] and not second:
            words.append("hundred" if len(hour) == 2 and int(hour) > 12 else "o'clock")
    else:
        words.append(f"oh {cardinal(minute)}" if minute[0] == "0" else cardinal(minute))
    if second:
        words.append(f"and {cardinal(second)} second{'' if int(second) == 1 else 's'}")
    return " ".join(words) + _half_of_day(match) + _zone(match)


def _half_of_day(match: re.Match[str]) -> str:
    if not match["half"]:
        return ""
    letters = f" {match['half'].upper()} M"
    # A stop that ends the sentence too was swallowed with "p.m.".
    return letters + ("." if match[0].endswith(".") and ends_sentence(match) else "")


def _zone(match: re.Match[str]) -> str:
    return " " + " ".join(match["zone"]) if match["zone"] else ""


_HOUR = r"(?<![0-9:.,$])(?P<hour>[01]?[0-9]|2[0-4])"
RULES: tuple[Rule, ...] = (
    rule(  # "3-4 pm"
        rf"{_HOUR}-(?=(?:1?[0-9]|2[0-4])(?::[0-5][0-9])?{_HALF.replace('?P<half>', '')})",
        lambda m: f"{cardinal(m['hour'])} to ", "mM",
    ),
    rule(
        rf"{_HOUR}:(?P<minute>[0-5][0-9])(?::(?P<second>[0-5][0-9]))?(?![0-9:]){_HALF}?{_ZONE}",
        _say, ":",
    ),
    rule(
        rf"{_HOUR}(?:\.(?P<minute>[0-5][0-9]))?(?P<second>(?!))?{_HALF}{_ZONE}", _say, "mM",
    ),
)  # fmt: skip
