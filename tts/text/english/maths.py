"""Sums and equations: "2+2=4", "1 - 2 = -1", "x^2", "6.02×10^23", "1e-5", "√16", "≤"."""

from __future__ import annotations

import re

from tts.text.english.rule import NUMBER, START, Rule, number, rule
from tts.text.numbers import cardinal

_SIGNS = {
    "+": "plus", "-": "minus", "—": "minus", "*": "times", "×": "times", "x": "times",
    "·": "times",
    "/": "divided by", "÷": "divided by", "^": "to the power of", "=": "equals",
    "==": "equals", "(": "(", ")": ")",
    **dict.fromkeys(("≠", "!="), "is not equal to"),
    "<": "is less than", ">": "is greater than",
    **dict.fromkeys(("≤", "<="), "is less than or equal to"),
    **dict.fromkeys(("≥", ">="), "is greater than or equal to"),
    "≈": "is approximately",
}  # fmt: skip
_PIECE = re.compile(rf"{NUMBER}|[a-z]|[<>!=]=|[^0-9 ]")
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")


def _say(match: re.Match[str]) -> str:
    words: list[str] = []
    for piece in _PIECE.findall(match[0]):
        if piece[0].isdigit() or (piece[0] == "." and len(piece) > 1):
            words.append(number(piece))
        elif piece == "x" and (not words or words[-1] in _SIGNS.values()):
            words.append("x")
        else:
            words.append(_SIGNS.get(piece, piece))
    return " ".join(words)


def _power(match: re.Match[str]) -> str:
    power = match["power"].translate(_RAISED)
    if power in ("2", "3"):
        return " squared" if power == "2" else " cubed"
    minus = "minus " if power[0] == "-" else ""
    return f" to the power of {minus}{cardinal(power.lstrip('+-'))}"


def _scientific(match: re.Match[str]) -> str:
    minus = "minus " if match["sign"] in ("-", "⁻") else ""
    power = cardinal(match["power"].translate(_RAISED))
    return f"{number(match['number'])} times ten to the power of {minus}{power}"


def _root(match: re.Match[str]) -> str:
    return f"{'square' if match['root'] == '√' else 'cube'} root of {number(match['number'])}"


def _factorial(match: re.Match[str]) -> str:
    return f"{cardinal(match['number'])} factorial"


def _word(match: re.Match[str]) -> str:
    return _SIGNS[match["it"].strip()]


_OPERATOR = r"(?: ?[-+*/×÷^·] ?| [x—] )"
_RELATION = r" ?(?:[<>!=]=|[=≠<>≤≥≈]) ?"
_TERM = rf"-?{NUMBER}"
EQUATIONS: tuple[Rule, ...] = (
    rule(
        "maths",
        r"(?<![0-9A-Za-z.,])(?P<number>[0-9]{1,3})!(?= ?[=+*/×÷])",
        _factorial,
        "!",
    ),
    rule(
        "maths",
        rf"(?<![0-9A-Za-z.,/$€£:-])(?<![0-9A-Za-z][-+*/×÷^=])-?{NUMBER}(?:{_OPERATOR}{_TERM})"
        rf"{{0,20}}{_RELATION}(?:{_TERM}(?![0-9A-Za-z%/:-]|[.,][0-9])"
        rf"(?:{_OPERATOR}{_TERM}(?![0-9A-Za-z%]))*|\?)",
        _say,
        "=≠<>≤≥≈",
    ),
    rule(
        "maths",
        rf"(?<![0-9A-Za-z.,/$€£:-]){NUMBER}(?: ?[+×÷^] ?{NUMBER}| \* {NUMBER}| [*/] {NUMBER}|"
        rf"\*{NUMBER})(?![0-9A-Za-z%°]|[.,][0-9])(?! ?(?:cm|mm|m|km|in|ft|inches|feet|px|kg|"
        rf"[µμ][mgsL])\b)",
        lambda m: (
            None
            if "×" in m[0]
            and "10" in m[0]
            and m.string[m.end() : m.end() + 1] in "⁰¹²³⁴⁵⁶⁷⁸⁹⁻^"
            and m.string[m.end() : m.end() + 1]
            else _say(m)
        ),
        "+×÷^*/",
    ),
    rule(
        "maths",
        rf"{START}(?P<number>{NUMBER}) ?[×x*·] ?10(?:\^(?P<sign>-?)(?P<power>[0-9]{{1,4}})|"
        rf"(?P<raised>(?!)))(?![0-9])",
        _scientific,
        "^",
    ),
    rule(
        "maths",
        rf"{START}(?P<number>{NUMBER}) ?[×x*·] ?10(?P<sign>⁻?)(?P<power>[⁰¹²³⁴⁵⁶⁷⁸⁹]{{1,4}})",
        _scientific,
        "⁰¹²³⁴⁵⁶⁷⁸⁹",
    ),
    rule(
        "maths",
        rf"(?<![A-Za-z0-9.,])(?P<number>{NUMBER})[eE](?P<sign>[-+]?)(?P<power>[0-9]{{1,3}})"
        rf"(?![A-Za-z0-9])",
        _scientific,
        "eE",
    ),
    rule("maths", rf"(?P<root>[√∛]) ?(?P<number>{NUMBER})", _root, "√∛"),
)


POWERS: tuple[Rule, ...] = (
    rule(
        "maths",
        r"(?<=[A-Za-z0-9)])(?<![A-Za-z]{3})\^(?P<power>[-+]?[0-9]{1,4})(?![0-9.])",
        _power,
        "^",
    ),
    rule(
        "maths",
        r"(?<![A-Za-z])(?<![0-9] )(?P<var>[A-Za-z0-9)])(?P<it>(?P<power>[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,4}))",
        _power,
        "⁰¹²³⁴⁵⁶⁷⁸⁹",
    ),
)
SIGNS: tuple[Rule, ...] = (
    rule("symbol", r"(?<![-=<>])(?: ?)(?:-{1,2}|=)>(?: ?)(?![-=>])", " to ", ">"),
    rule(  # x ≤ 5, p < 0.05
        "maths",
        r"(?:(?<![A-Za-z])[A-Za-z]|[0-9\x00)]) ?(?P<it>[<>!=]=|[<>≤≥≠≈])"
        r"(?= ?[A-Za-z0-9\x00(.-])",
        lambda m: f" {_word(m)} ",
        "<>≤≥≠≈=",
    ),
    rule("maths", r"(?<=[0-9\x00)]) ?(?P<it>[xX×]) ?(?=[0-9\x00(])", "by", "xX×"),
    rule("maths", r"(?<=[A-Za-z0-9\x00)])(?P<it> ?[+=] ?)(?=[A-Za-z0-9\x00(-])", _word, "+="),
    rule("maths", r"(?<=[0-9\x00)] )(?P<it>-)(?= [0-9\x00(])", "minus", "=+×÷^²³√"),
)
