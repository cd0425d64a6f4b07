"""Numbers that are read digit by digit in groups: telephones, IP addresses, cards, codes."""

from __future__ import annotations

import re

from tts.text.english.rule import Rule, rule
from tts.text.numbers import cardinal, digits

_TOLL_FREE = {"800": "eight hundred", "900": "nine hundred"}
_GROUP = re.compile(r"[0-9]+|[A-Z]+")
_EXTENSION = r"(?:,? ?(?:x|ext\.?|extension) ?(?P<extension>[0-9]{1,6})(?![0-9]))?"


def _group(text: str) -> str:
    if text.isdigit():
        return _TOLL_FREE.get(text) or digits(text, zero="oh")
    return text if len(text) > 1 and set(text) & set("AEIOUY") else " ".join(text)


def _telephone(match: re.Match[str]) -> str:
    extension = match.groupdict().get("extension")
    body = match[0][: match.start("extension") - match.start()] if extension else match[0]
    groups = _GROUP.findall(re.sub(r"(?i),? ?(?:x|ext\.?|extension) ?$", "", body))
    plus = "plus " if body.startswith("+") else ""
    said = plus + ", ".join(_group(group) for group in groups)
    return f"{said}, extension {digits(extension, 'oh')}" if extension else said


def _grouped(match: re.Match[str]) -> str:
    return ", ".join(digits(group) for group in re.findall("[0-9]+", match[0]))


def _internet_address(match: re.Match[str]) -> str | None:
    parts = match["address"].split(".")
    if any(int(part) > 999 for part in parts):
        return None
    said = " dot ".join(digits(part) for part in parts)
    port = match["port"]
    mask = match["mask"]
    if port:
        said += f" port {digits(port)}"
    return f"{said} slash {cardinal(mask)}" if mask else said


def _long_address(match: re.Match[str]) -> str:
    return " ".join(
        "colon" if char == ":" else digits(char) if char.isdigit() else char.upper()
        for char in match[0]
    )


def _emergency(match: re.Match[str]) -> str:
    return digits(match["it"])


_END = r"(?![0-9]|[-.][0-9])"
_START = r"(?<![0-9.+\x00/])(?<![0-9][-,])"
RULES: tuple[Rule, ...] = (
    rule(  # 1-800-FLOWERS, 1-800-GO-U-HAUL
        "telephone",
        rf"{_START}\+?1-[0-9]{{3}}-(?=[0-9A-Z-]{{0,20}}[A-Z])[0-9A-Z]+(?:-[0-9A-Z]+){{0,4}}"
        r"(?![A-Za-z0-9])",
        _telephone,
        "-",
    ),
    rule(  # +1 (212) 555-0199, 212.555.0199, 555 123 4567
        "telephone",
        rf"{_START}(?:\+?[0-9]{{1,2}}[ .-]?(?=\()|\+[0-9]{{1,3}}[ .-]?|1[ .-])?"
        r"(?:\([0-9]{3}\)[ -]?|[0-9]{3}[-.])"
        rf"[0-9]{{3}}[- .][0-9]{{4}}(?:-[0-9]{{1,4}})?(?![0-9]|-[0-9]){_EXTENSION}",
        _telephone,
        "-.)",
    ),
    rule(
        "telephone",
        rf"{_START}(?:\+?1 )?[0-9]{{3}} [0-9]{{3}} [0-9]{{4}}(?![0-9]|,[0-9]){_EXTENSION}",
        _telephone,
        " ",
    ),
    rule(  # 555-0123
        "telephone",
        rf"{_START}[2-9][0-9]{{2}}-[0-9]{{4}}(?![0-9-]|[.,][0-9]){_EXTENSION}",
        _telephone,
        "-",
    ),
    rule(  # Phone: 555.0119
        "telephone",
        r"\b(?:[Pp]hone|[Tt]el|[Ff]ax|[Cc]ell|[Cc]all)[:.]? (?P<it>[2-9][0-9]{2}\.[0-9]{4})"
        r"(?![0-9-]|[.,][0-9])",
        lambda m: ", ".join(map(_group, m["it"].split("."))),
        ".",
    ),
    rule(  # +44 20 7946 0958
        "telephone",
        r"(?<![0-9A-Za-z\x00])\+[1-9][0-9]{0,2}(?:[ .-]?\(?[0-9]{1,5}\)?){2,6}(?![0-9])"
        r"(?<=[0-9])",
        _telephone,
        "+",
    ),
    rule(
        "telephone",
        r"(?<![0-9A-Za-z.,-])(?:0[0-9]{2,4} |\(0[0-9]{2,4}\) ?)[0-9]{3,4} [0-9]{3,4}(?![0-9])",
        _telephone,
        " ",
    ),
    rule(  # 1 000 000, as much of the world writes it
        "cardinal",
        r"(?<![0-9A-Za-z.,+-])(?<![0-9] )(?P<it>[1-9][0-9]{0,2}(?:(?: [0-9]{3}){2,6}|(?: 000)))"
        r"(?![0-9]| [0-9])",
        lambda m: cardinal(m["it"].replace(" ", "")),
        " ",
    ),
    rule(
        "identifier",
        r"\bISBN(?:-1[03])?:? (?P<it>[0-9][0-9-]{8,15}[0-9X])(?![0-9A-Za-z-])",
        lambda m: ", ".join(map(_group, m["it"].split("-"))),
        "I",
    ),
    rule(  # 123-45-6789
        "identifier", r"(?<![0-9-])[0-9]{3}-[0-9]{2}-[0-9]{4}(?![0-9-])", _grouped, "-"
    ),
    rule(  # 4111 1111 1111 1111
        "identifier",
        r"(?<![0-9-])[0-9]{4}(?P<between>[ -])[0-9]{4}(?P=between)[0-9]{4}"
        r"(?P=between)[0-9]{4}(?![0-9-])",
        _grouped,
        " -",
    ),
    rule(
        "ip",
        r"(?<![0-9.])(?P<address>[0-9]{1,3}(?:\.[0-9]{1,3}){3})(?![0-9]|\.[0-9])"
        r"(?::(?P<port>[0-9]{2,5})(?![0-9]))?(?:/(?P<mask>[0-9]{1,2})(?![0-9]))?",
        _internet_address,
        ".",
    ),
    rule(
        "ip",
        r"(?<![0-9A-Za-z:])(?=[0-9A-Fa-f:]{0,39}::|(?:[0-9A-Fa-f]{1,4}:){4})"
        r"[0-9A-Fa-f]{1,4}(?::{1,2}[0-9A-Fa-f]{1,4}){1,7}(?![0-9A-Za-z:])",
        _long_address,
        ":",
    ),
    rule(
        "telephone",
        r"\b(?:[Cc]all(?:ed|ing|s)?|[Dd]ial(?:ed|ing)?|[Tt]ext(?:ed)?)(?: to)? "
        r"(?P<it>[1-9]11|988|999|112|[1-9]-1-1)(?![0-9A-Za-z%]|[-.,:/][0-9])",
        _emergency,
        "9128",
    ),
    rule(  # text HOME to 741741
        "telephone",
        r"\b(?:[Dd]ial|[Tt]ext(?:ing)?)(?: [A-Z]{2,12})?(?: to)? (?P<it>[0-9]{5,6})"
        r"(?![0-9A-Za-z%]|[-.,:/][0-9])",
        _emergency,
    ),
    rule("telephone", r"(?<![0-9-])(?P<it>9-1-1)(?![0-9-])", _emergency, "-"),
)
