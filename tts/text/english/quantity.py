"""Numbers that stand alone: telephone numbers, fractions, ranges, ranks, decimals, quantities."""

from __future__ import annotations

import re

from tts.text.english.rule import START, WHOLE, Rule, rule
from tts.text.numbers import cardinal, decimal, digits, ordinal, plural

_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
_NUMBERED = (
    r"Chapter|Part|Volume|Vol\.|Book|Act|Scene|Section|Article|Title|Type|Phase|Class|Grade|Level|"
    r"Stage|Round|Episode|Season|Figure|Table|Appendix|Lesson|Unit|World War|Super Bowl"
)
_RULERS = (
    r"King|Queen|Pope|Emperor|Henry|Louis|George|Edward|Charles|James|William|Elizabeth|Richard|"
    r"John|Paul|Pius|Napoleon|Philip|Benedict|Alexander|Frederick|Catherine|Mary|Nicholas|Peter|"
    r"Ivan|Leo|Gregory|Urban|Clement|Innocent|Robert|David|Francis|Ferdinand|Leopold|Ramses"
)
_ROMAN = r"(?P<roman>(?:X{1,3}|XL|L)?(?:IX|IV|V?I{0,3}))(?![A-Za-z'])"


def _roman(text: str) -> str:
    total = 0
    for sign, following in zip(text, text[1:] + " "):
        value = _ROMAN_VALUES[sign]
        total += -value if _ROMAN_VALUES.get(following, 0) > value else value
    return str(total)


def _numbered(match: re.Match[str]) -> str:
    return f"{match['what']} {cardinal(_roman(match['roman']))}" if match["roman"] else match[0]


def _ruler(match: re.Match[str]) -> str:
    return f"{match['what']} the {ordinal(_roman(match['roman']))}" if match["roman"] else match[0]


def _telephone(match: re.Match[str]) -> str:
    groups = re.findall("[0-9]+", match[0])
    return ", ".join(
        digits(group, zero="oh") if group != "800" else "eight hundred" for group in groups
    )


def _internet_address(match: re.Match[str]) -> str:
    return " dot ".join(digits(part) for part in match[0].split("."))


def _version(match: re.Match[str]) -> str:
    return " point ".join(cardinal(part) for part in match[0].split("."))


_SAID_AS_NUMBERS = frozenset(("24/7", "50/50", "9/11", "20/20"))


def _mixed(match: re.Match[str]) -> str:
    whole, top, bottom = match["whole"], match["top"], match["bottom"]
    if f"{top}/{bottom}" in _SAID_AS_NUMBERS and not whole:
        return f"{cardinal(top)} {cardinal(bottom)}"
    if int(top) >= int(bottom):
        return f"{cardinal(whole) + ' ' if whole else ''}{cardinal(top)} over {cardinal(bottom)}"
    part = _fraction_words(top, bottom, after_whole=bool(whole))
    return f"{cardinal(whole)} and {part}" if whole else part


def _fraction_words(top: str, bottom: str, after_whole: bool) -> str:
    names = {"2": "half", "4": "quarter"}
    name = names.get(bottom) or ordinal(bottom)
    if top == "1":
        return f"a {name}" if after_whole and bottom in names else f"one {name}"
    return f"{cardinal(top)} {'halves' if bottom == '2' else name + 's'}"


def _pair(match: re.Match[str]) -> str:
    low, high = (cardinal(number.replace(",", "")) for number in match.groups())
    return f"{low} to {high}"


def _rank(match: re.Match[str]) -> str:
    return ordinal(match[1].replace(",", ""))


def _numbered_thing(match: re.Match[str]) -> str:
    return f"number {match[1]}"


def _decimal(match: re.Match[str]) -> str:
    whole, _, fraction = match["number"].replace(",", "").partition(".")
    return ("minus " if match["minus"] else "") + decimal(whole, fraction)


def _quantity(match: re.Match[str]) -> str:
    text = match["number"]
    minus = "minus " if match["minus"] else ""
    if text[0] == "0" and len(text) > 1:
        return minus + digits(text)
    return minus + cardinal(text.replace(",", ""))


def _plural(match: re.Match[str]) -> str:
    return plural(cardinal(match[1]))


def _loose(match: re.Match[str]) -> str:
    """Digits that touch letters ("B2B", "COVID-19") become words of their own."""
    run = match[0]
    words = digits(run) if len(run) > 4 or (run[0] == "0" and len(run) > 1) else cardinal(run)
    return f" {words} "


_MINUS = r"(?P<minus>(?<![^\s(])-)?"
ROMAN_RULES: tuple[Rule, ...] = (
    rule(rf"\b(?P<what>{_NUMBERED}) {_ROMAN}", _numbered, "IVXL"),
    rule(rf"\b(?P<what>{_RULERS}) (?!I\b(?!\.|,|'s)){_ROMAN}", _ruler, "IVXL"),
)
RULES: tuple[Rule, ...] = (
    rule(
        r"(?<![0-9.-])(?:\+?1[ .-])?(?:\([0-9]{3}\) ?|[0-9]{3}[-.])[0-9]{3}[-.][0-9]{4}(?![0-9-])"
        r"|(?<![0-9.-])[0-9]{3}-[0-9]{4}(?![0-9-])",
        _telephone, "-.",
    ),
    rule(r"(?<![0-9.])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![0-9]|\.[0-9])", _internet_address, "."),
    rule(r"\bv\.?(?=[0-9])", "version ", "v"),
    rule(r"(?<![0-9.])[0-9]+(?:\.[0-9]+){2,}(?![0-9])", _version, "."),
    rule(
        r"(?<![0-9./])(?:(?P<whole>[0-9]+) )?(?P<top>[0-9]{1,2})/(?P<bottom>[2-9]|[1-9][0-9])"
        r"(?![0-9/]|\.[0-9])",
        _mixed, "/",
    ),
    rule(rf"{START}({WHOLE})(?:st|nd|rd|th)\b", _rank, "sndrt"),
    rule(r"#([0-9])", _numbered_thing, "#"),
    rule(rf"(?<![0-9.,-])({WHOLE})-({WHOLE})(?![0-9-]|[.,][0-9])", _pair, "-"),
    rule(r"(?<![0-9.,:])([0-9]{1,3}):([0-9]{1,3})(?![0-9:])", _pair, ":"),
    rule(r"(?<=[0-9])x\b", " times", "x"),
    rule(r"(?<=[A-Za-z])-(?=[0-9])", " ", "-"),
    rule(rf"{_MINUS}{START}(?P<number>{WHOLE}?\.[0-9]+)(?![0-9])", _decimal, "."),
    rule(rf"{START}\b([0-9]+)'?s\b", _plural, "s"),
    rule(rf"{_MINUS}(?<![A-Za-z]){START}(?P<number>{WHOLE})(?![A-Za-z0-9])", _quantity),
    rule(r"[0-9]+", _loose),
)  # fmt: skip
