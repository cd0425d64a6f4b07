"""Numbers that name something rather than count it: room 204, Flight 370, order 10482, version."""

from __future__ import annotations

import re

from tts.text.english.rule import Rule, rule
from tts.text.numbers import cardinal, digits, paired, two_digits

_PAIRED = (
    "room|rm|flight|highway|hwy|route|rte|interstate|boeing|bus|gate|suite|ste|box|channel|"
    "locker|studio|platform|airbus|train|road|house|peugeot|porsche|bmw|rtx|gtx|area code"
)
_CODES = (
    "pin|otp|code|passcode|password|zip|zip code|postcode|ending in|ending with|account|acct|"
    "order|"
    "invoice|ticket|case|tracking|serial|reference|ref|confirmation|reservation|booking|id|sku|"
    "extension|ext|isbn|license|licence|member|membership|policy|claim|part|item|badge|docket"
)
_NUMBER_SIGN = r"\.?(?: (?:number|no\.?|num\.?|is|was)|:)? ?"
_SOFTWARE = (
    "version|ver|python|node|ios|ipados|macos|android|ubuntu|debian|fedora|java|chrome|firefox|"
    "kernel|linux|release|django|rails|ruby|php|go|rust|postgres|postgresql|mysql|cuda|pytorch|"
    "tensorflow|numpy|swift|kotlin|docker|kubernetes|windows|safari|react|angular|vue|bluetooth|"
    "usb"
)


def _paired(match: re.Match[str]) -> str:
    letter = match["letter"]
    said = paired(match["number"])
    return f"{said} {letter.upper()}" if letter else said


def _airliner(match: re.Match[str]) -> str:
    kind = f" {paired(match['kind'])}" if match["kind"] else ""
    return paired(match["number"]) + kind


def _code(match: re.Match[str]) -> str:
    return ("number " if match["it"][0] == "#" else "") + digits(match["it"])


def _parts(text: str) -> str:
    return " point ".join(two_digits(p) if len(p) == 2 else digits(p) if p[0] == "0" and len(p) > 1
                          else cardinal(p) for p in text.split("."))  # fmt: skip


def _version(match: re.Match[str]) -> str:
    suffix = match["suffix"] or ""
    said = _parts(match["number"])
    if suffix:
        run = re.findall(r"[A-Za-z]+|[0-9]+", suffix)
        said += " " + " ".join(_tail(part) for part in run)
    return said


def _tail(part: str) -> str:
    if part.isdigit():
        return cardinal(part)
    return part if len(part) > 2 else " ".join(part.upper())


def _v(match: re.Match[str]) -> str:
    return f"version {_version(match)}"


_SUFFIX = r"(?P<suffix>-?(?:alpha|beta|rc|dev|post|a|b)\.?[0-9]{0,4}|-[a-z]{2,8})?"
_DOTTED = rf"(?P<number>[0-9]+(?:\.[0-9]+){{2,6}}){_SUFFIX}(?![A-Za-z0-9]|\.[0-9])"


def _serial(match: re.Match[str]) -> str:
    """Letters and digits in groups: "INV-2024-0042", "A1234-56"."""
    return " ".join(_serial_piece(piece) for piece in re.findall("[A-Z]+|[0-9]+", match["it"]))


def _serial_piece(piece: str) -> str:
    if piece.isalpha():
        return " ".join(piece) if len(piece) < 5 else piece
    return cardinal(piece) if len(piece) < 3 and piece[0] != "0" else digits(piece)


RULES: tuple[Rule, ...] = (
    rule(  # the 747, a Boeing 737-800
        "identifier",
        r"\b(?:[Tt]he|[Aa]|Boeing) (?P<it>(?P<number>7[0-8]7)(?:-(?P<kind>[0-9]{1,3}))?)"
        r"(?![0-9A-Za-z%]|[-.,:/][0-9]| [a-z]{3,}s\b(?! seats))",
        _airliner,
        "7",
    ),
    rule(
        "identifier",
        r"(?<![A-Za-z0-9-])(?P<it>(?=[A-Z-]{0,8}[0-9])"
        r"(?:[A-Z]{1,5}-?[0-9]{1,10}(?:-[A-Z0-9]{1,10}){1,4}|"
        r"[A-Z]{2,5}-[A-Z]{1,5}-[0-9]{2,10}))(?![A-Za-z0-9-])",
        _serial,
        "-",
    ),
    rule(
        "version",
        rf"(?<![A-Za-z0-9.])[vV]\.? ?(?P<number>[0-9]+(?:\.[0-9]+){{0,6}}){_SUFFIX}"
        r"(?![A-Za-z0-9]|\.[0-9])",
        _v,
        "vV",
    ),
    rule(
        "version",
        rf"\b(?:{_SOFTWARE})\.? (?P<it>(?P<number>[0-9]+(?:\.[0-9]+){{1,6}}){_SUFFIX})"
        r"(?![A-Za-z0-9%]|\.[0-9])",
        _version,
        ".",
        re.IGNORECASE,
    ),
    rule(
        "identifier",
        rf"\b(?:{_PAIRED})\.?(?: (?:number|no\.?))? #?(?P<it>(?P<number>[0-9]{{3,4}})"
        rf"(?P<letter>[A-Za-z])?)"
        r"(?![A-Za-z0-9%]|[,.:/-][0-9])",
        _paired,
        flags=re.IGNORECASE,
    ),
    rule(
        "identifier",
        rf"\b(?:{_CODES}){_NUMBER_SIGN}(?P<it>#?[0-9]{{4,20}})(?![A-Za-z0-9%]|[,.:/-][0-9])",
        _code,
        flags=re.IGNORECASE,
    ),
)
VERSIONS: tuple[Rule, ...] = (
    rule(
        "version",
        rf"(?<![0-9.A-Za-z])(?![0-9]{{1,3}}(?:\.[0-9]{{3}}){{2,}}(?![0-9])){_DOTTED}",
        _version,
        ".",
    ),
)
