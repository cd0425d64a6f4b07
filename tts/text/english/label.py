"""Numbers that name something rather than count it: room 204, Flight 370, order 10482, version."""

from __future__ import annotations

import re

from tts.text.english.rule import Rule, rule
from tts.text.numbers import cardinal, digits, paired, two_digits

_PAIRED = (
    "room|rm|flight|highway|hwy|route|rte|interstate|boeing|bus|gate|suite|ste|box|channel|"
    "locker|studio|platform|airbus|train|road|house|peugeot|porsche|bmw|rtx|gtx|area code|"
    "error|http|office|form|xbox|port"
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
    last = f" to {paired(match['last'])}" if match["last"] else ""
    return f"{said} {letter.upper()}{last}" if letter else said + last


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
    said = " ".join(_serial_piece(piece) for piece in re.findall("[A-Z]+|[0-9]+", match["it"]))
    return f"number {said}" if match["it"][0] == "#" else said


def _hexadecimal(match: re.Match[str]) -> str:
    pieces = (digits(c) if c.isdigit() else c.upper() for c in match["number"])
    return f"zero x {' '.join(pieces)}"


def _serial_piece(piece: str) -> str:
    if piece.isalpha():
        return " ".join(piece) if len(piece) < 5 else piece
    return cardinal(piece) if len(piece) < 3 and piece[0] != "0" else digits(piece)


RULES: tuple[Rule, ...] = (
    rule(
        "identifier",
        r"(?<![A-Za-z0-9])0x(?P<number>[0-9A-Fa-f]{1,16})(?![A-Za-z0-9])",
        _hexadecimal,
        "x",
    ),
    rule(  # No. 19-1392
        "identifier",
        r"\bNo\. (?P<year>[0-9]{2})-(?P<number>[0-9]{2,5})(?![0-9A-Za-z-])",
        lambda m: f"Number {cardinal(m['year'])} dash {paired(m['number'])}",
        "-",
    ),
    rule("identifier", r"(?<![A-Za-z0-9./])f(?P<it>/)(?=[0-9])", " ", "/"),  # f/2.8
    rule(  # the 747, a Boeing 737-800
        "identifier",
        r"\b(?:[Tt]he|[Aa]|Boeing) (?P<it>(?P<number>7[0-8]7)(?:-(?P<kind>[0-9]{1,3}))?)"
        r"(?![0-9A-Za-z%]|[-.,:/][0-9]| [a-z]{3,}s\b(?! seats))",
        _airliner,
        "7",
    ),
    rule(
        "identifier",
        r"(?<![A-Za-z0-9-])(?P<it>(?=#?[A-Z-]{0,8}[0-9])"
        r"(?:#[A-Z]{1,3}-?[0-9]{2,10}|[A-Z]{1,5}-?[0-9]{1,10}(?:-[A-Z0-9]{1,10}){1,4}|"
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
        rf"\b(?:{_PAIRED})s?\.?(?: (?:number|no\.?))? (?:(?-i:[A-Z]{{2}}) ?)?"
        rf"(?P<it>#?(?P<number>[0-9]{{3,4}})"
        rf"(?P<letter>[A-Za-z])?(?:[-—](?P<last>[0-9]{{3,4}}))?)"
        r"(?![A-Za-z0-9%]|[,.:/-][0-9])",
        _paired,
        flags=re.IGNORECASE,
    ),
    rule(
        "identifier",
        rf"\b(?:{_CODES}){_NUMBER_SIGN}(?P<it>#?[0-9]{{4,20}}(?:(?<=[0-9]{{5}})-[0-9]{{4}})?)"
        r"(?![A-Za-z0-9%]|[,.:/-][0-9])",
        _code,
        flags=re.IGNORECASE,
    ),
)
VERSIONS: tuple[Rule, ...] = (
    rule(  # H.264
        "version",
        r"(?<![A-Za-z.])(?P<letter>[A-Z])\.(?P<number>[0-9]{3,4})(?![A-Za-z0-9]|[.,][0-9])",
        lambda m: f"{m['letter']} dot {digits(m['number'])}",
        ".",
    ),
    rule(  # 802.11ac
        "version",
        r"(?<![0-9.A-Za-z])802\.(?P<number>[0-9]{1,2})(?P<letters>[a-z]{0,2})(?![A-Za-z0-9])",
        lambda m: (
            f"eight oh two dot {cardinal(m['number'])} {' '.join(m['letters'].upper())}".rstrip()
        ),
        "8",
    ),
    rule(
        "version",
        rf"(?<![0-9.A-Za-z])(?![0-9]{{1,3}}(?:\.[0-9]{{3}}){{2,}}(?![0-9])){_DOTTED}",
        _version,
        ".",
    ),
)
