"""Times of the day and lengths of time: "3:30 pm", "15:45", "9am-5pm", "10:05:30", "2h 15m"."""

from __future__ import annotations

import re

from tts.text.english.rule import DASH, Rule, ends_sentence, rule
from tts.text.numbers import cardinal, decimal, digits, two_digits

_HALF = r"(?: ?(?P<half>[AaPp])(?:\. ?[Mm]\b\.?|[Mm])(?![A-Za-z]))"
_ZONES = r"[ECMPecmp][SDsd]?[Tt]|GMT|UTC|BST|CEST|CET|IST|JST|AEST|HST|AKST|gmt|utc|Z(?= |$)"
_ZONE = (
    rf"(?: ?\(?(?P<zone>{_ZONES}|[Ee]\.[SsDd]\.[Tt]\.?)(?![A-Za-z])"
    r"(?:(?<=\([A-Z]{2})\)|(?<=\([A-Z]{3})\))?)?"
)


def _say(match: re.Match[str]) -> str | None:
    there = match.groupdict()
    hour, minute, second = match["hour"], there.get("minute"), there.get("second")
    half = there.get("half")
    fraction = (there.get("fraction") or "").rstrip("0")
    if second and (fraction or match.string[match.start() - 1 : match.start()] != "T"):
        length = _length(hour, minute or "0", second, fraction)
        return length + _half_of_day(match) + _zone(match)
    words = [cardinal(hour)]
    if minute is None or minute == "00":
        if not half:
            words.append(_even(match))
    else:
        words.append(f"oh {cardinal(minute)}" if minute[0] == "0" else cardinal(minute))
    return " ".join(words) + _half_of_day(match) + _zone(match)


def _even(match: re.Match[str]) -> str:
    hour = match["hour"]
    military = len(hour) == 2 and (int(hour) > 12 or hour == "00")
    return "hundred" if military else "o'clock"


def _length(hour: str, minute: str, second: str, fraction: str) -> str:
    parts = f"{_some(hour, 'hour')} {_some(minute, 'minute')} and"
    if fraction:
        return f"{parts} {decimal(second, fraction)} seconds"
    return f"{parts} {_some(second, 'second')}"


def _some(number: str, unit: str) -> str:
    return f"{cardinal(number)} {unit}{'' if int(number) == 1 else 's'}"


def _half_of_day(match: re.Match[str]) -> str:
    half = match.groupdict().get("half")
    if not half:
        return ""
    # A stop that ends the sentence too was swallowed with "p.m.".
    return f" {half.upper()} M" + ("." if match[0].endswith(".") and ends_sentence(match) else "")


def _zone(match: re.Match[str]) -> str:
    zone = match.groupdict().get("zone")
    if not zone:
        return ""
    stop = "." if match[0].endswith(".") and ends_sentence(match) else ""
    return " U T C" if zone == "Z" else " " + " ".join(zone.replace(".", "").upper()) + stop


def _first(match: re.Match[str]) -> str:
    """The first time of a range; a whole hour is said without "o'clock"."""
    whole = match["minute"] is None and not match["half"]
    return f"{cardinal(match['hour']) if whole else _say(match)} to "


def _fine(match: re.Match[str]) -> str:
    minute, second, fraction = match["minute"], match["second"], match["fraction"]
    said = f"oh {cardinal(second)}" if second[0] == "0" else cardinal(second)
    return f"{cardinal(minute)} {said} point {digits(fraction)}"


def _military(match: re.Match[str]) -> str:
    hour, minute = match["hour"], match["minute"]
    said = f"oh {cardinal(hour)}" if hour[0] == "0" and hour != "00" else cardinal(hour)
    rest = (
        "hundred"
        if minute == "00"
        else f"oh {cardinal(minute)}"
        if minute[0] == "0"
        else cardinal(minute)
    )
    return f"{said} {rest}"


def _duration(match: re.Match[str]) -> str:
    parts = (
        _some(match[group], unit)
        for group, unit in (("h", "hour"), ("m", "minute"), ("s", "second"))
        if match[group]
    )
    return " ".join(parts)


def _nine_to_five(match: re.Match[str]) -> str:
    return f"{cardinal(match['low'])} to {cardinal(match['high'])}"


_HOUR = r"(?<![0-9:$#/])(?<![0-9][.,])(?<![A-Z]-)(?P<hour>[01]?[0-9]|2[0-4])"
_AHEAD_HALF = _HALF.replace("?P<half>", "")
_CLOCK = rf"(?:1?[0-9]|2[0-4])(?:[:.][0-5][0-9])?{_AHEAD_HALF}"
_TO = rf"(?:{DASH})"
RULES: tuple[Rule, ...] = (
    rule("time", r"\b(?:[Nn]oon|[Mm]idnight)(?P<it>[-—])(?=[0-9])", " to ", "-—"),
    rule("time", r"(?<=[0-9mM.])(?P<it>[-—])(?=(?:noon|midnight)\b)", " to ", "-—"),
    rule(  # "3-4 pm", "3:15-4:45", "9am-5pm", with what follows left for the rules below
        "time",
        rf"{_HOUR}(?:[:.](?P<minute>[0-5][0-9]))?(?P<second>(?!))?{_HALF}?{_TO}(?={_CLOCK})",
        _first,
        "mM",
    ),
    rule(
        "time",
        rf"{_HOUR}:(?P<minute>[0-5][0-9])(?P<second>(?!))?{_HALF}?{_TO}"
        r"(?=(?:1?[0-9]|2[0-4]):[0-5][0-9](?![0-9:]))",
        _first,
        ":",
    ),
    rule(
        "time",
        r"(?<![0-9:.,$])(?P<minute>[0-5]?[0-9]):(?P<second>[0-5][0-9])\.(?P<fraction>[0-9]{1,3})"
        r"(?![0-9:])(?! ?[AaPp]\.?[Mm])",
        _fine,
        ":",
    ),
    rule(
        "time",
        r"(?<![0-9:.,$#/])(?:(?<=T)|(?<![A-Z]-))(?P<hour>[01]?[0-9]|2[0-4]):(?P<minute>[0-5][0-9])"
        rf"(?::(?P<second>[0-5][0-9])(?:\.(?P<fraction>[0-9]{{1,6}}))?)?(?![0-9:]|\.[0-9]){_HALF}?{_ZONE}",
        _say,
        ":",
    ),
    rule(
        "time", rf"{_HOUR}(?:\.(?P<minute>[0-5][0-9]))?(?P<second>(?!))?{_HALF}{_ZONE}", _say, "mM"
    ),
    rule(
        "time",
        r"(?<![0-9:.,$])(?P<hour>[01]?[0-9]|2[0-3])h(?P<minute>[0-5][0-9])(?![0-9A-Za-z])",
        _say,
        "h",
    ),
    rule(
        "time",
        r"(?<![0-9:.,$])(?P<hour>[01][0-9]|2[0-4])(?P<minute>[0-5][0-9])"
        r"(?= (?:hours|hrs|h|GMT|UTC|Zulu)\b)",
        _military,
        "hGUZ",
    ),
    rule(
        "time",
        r"\b(?:at|by|until|from|before|after) (?P<it>(?P<hour>0[0-9])(?P<minute>[0-5][0-9]))"
        r"(?![0-9A-Za-z]|[.,:/-][0-9])",
        _military,
        "0",
    ),
    rule(
        "time",
        r"(?<![0-9:.,$])(?P<minute>2[5-9]|[3-5][0-9]):(?P<second>[0-5][0-9])(?![0-9:]|\.[0-9])",
        lambda m: f"{cardinal(m['minute'])} {two_digits(m['second'])}",
        ":",
    ),
    rule(
        "time",
        r"(?<![0-9:.,$A-Za-z])(?P<h>[0-9]{1,3}) ?(?:h|hr|hrs) ?(?P<m>[0-5]?[0-9]) ?(?:m|min|mins)"
        r"(?: ?(?P<s>[0-5]?[0-9]) ?(?:s|sec|secs))?(?![A-Za-z0-9])",
        _duration,
        "h",
    ),
    rule(
        "time",
        r"(?<![0-9:.,$A-Za-z])(?P<h>(?!))?(?P<m>[0-9]{1,3}) ?(?:m|min|mins) ?"
        r"(?P<s>[0-5]?[0-9]) ?(?:s|sec|secs)(?![A-Za-z0-9])",
        _duration,
        "m",
    ),
    rule(
        "time",
        r"(?<![0-9:.,$/-])(?P<low>9)-(?:to-)?(?P<high>5)(?= (?:job|hours|schedule|work))",
        _nine_to_five,
        "9",
    ),
)
