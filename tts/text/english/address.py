"""Postal addresses: "221B Baker St.", "708 N 1st St", "Santa Clara, CA 95051", "P.O. Box 123"."""

from __future__ import annotations

import re

from tts.text.english.rule import Rule, any_of, ends_sentence, rule
from tts.text.numbers import digits, ordinal, paired

STREETS = {
    "St": "Street", "Ave": "Avenue", "Av": "Avenue", "Blvd": "Boulevard", "Rd": "Road",
    "Dr": "Drive", "Ln": "Lane", "Ct": "Court", "Pl": "Place", "Sq": "Square", "Hwy": "Highway",
    "Pkwy": "Parkway", "Expy": "Expressway", "Expwy": "Expressway", "Fwy": "Freeway",
    "Ter": "Terrace", "Terr": "Terrace", "Cir": "Circle", "Tpke": "Turnpike", "Cres": "Crescent",
    "Aly": "Alley", "Trl": "Trail",
}  # fmt: skip
_WHOLE = (
    "Street|Avenue|Boulevard|Road|Drive|Lane|Court|Place|Square|Highway|Parkway|Expressway|"
    "Freeway|Terrace|Circle|Turnpike|Way|Crescent|Alley|Trail|Row|Broadway"
)
_DIRECTIONS = {
    "N": "North", "S": "South", "E": "East", "W": "West", "NE": "Northeast", "NW": "Northwest",
    "SE": "Southeast", "SW": "Southwest",
}  # fmt: skip
STATES = {
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California",
    "CO": "Colorado", "CT": "Connecticut", "DE": "Delaware", "FL": "Florida", "GA": "Georgia",
    "HI": "Hawaii", "ID": "Idaho", "IL": "Illinois", "IN": "Indiana", "IA": "Iowa",
    "KS": "Kansas", "KY": "Kentucky", "LA": "Louisiana", "ME": "Maine", "MD": "Maryland",
    "MA": "Massachusetts", "MI": "Michigan", "MN": "Minnesota", "MS": "Mississippi",
    "MO": "Missouri", "MT": "Montana", "NE": "Nebraska", "NV": "Nevada", "NH": "New Hampshire",
    "NJ": "New Jersey", "NM": "New Mexico", "NY": "New York", "NC": "North Carolina",
    "ND": "North Dakota", "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon", "PA": "Pennsylvania",
    "RI": "Rhode Island", "SC": "South Carolina", "SD": "South Dakota", "TN": "Tennessee",
    "TX": "Texas", "UT": "Utah", "VT": "Vermont", "VA": "Virginia", "WA": "Washington",
    "WV": "West Virginia", "WI": "Wisconsin", "WY": "Wyoming", "DC": "D C", "PR": "Puerto Rico",
}  # fmt: skip
_STOPPED_STATES = {
    "Calif": "California", "Mass": "Massachusetts", "Conn": "Connecticut", "Ariz": "Arizona",
    "Colo": "Colorado", "Fla": "Florida", "Ill": "Illinois", "Mich": "Michigan",
    "Minn": "Minnesota", "Tenn": "Tennessee", "Tex": "Texas", "Va": "Virginia",
    "Wash": "Washington", "Wis": "Wisconsin", "Pa": "Pennsylvania", "Ore": "Oregon",
    "Okla": "Oklahoma", "Mo": "Missouri", "Ala": "Alabama", "Ga": "Georgia", "Ind": "Indiana",
    "Ky": "Kentucky", "Md": "Maryland", "Neb": "Nebraska", "Nev": "Nevada", "Del": "Delaware",
}  # fmt: skip
_UNITS = {"Apt": "Apartment", "Ste": "Suite", "Fl": "Floor", "Rm": "Room", "Bldg": "Building"}

_WORD = r"(?:[A-Z][A-Za-z'-]{0,20}|of|the|for|de|la|[0-9]{1,3}(?:st|nd|rd|th))"
_STREET_END = rf"(?:{any_of(STREETS)}|{_WHOLE}|st|ave|rd|hwy|blvd)"
_DIRECTION = r"(?:[NSEW]|[NS][EW])"


def _house(match: re.Match[str]) -> str:
    number, letter, way = match["number"], match["letter"], match["way"]
    said = paired(number)
    if letter:
        said += f" {letter.upper()}"
    return f"{said} {_DIRECTIONS[way]}" if way else said


def _street(match: re.Match[str]) -> str:
    name = match["street"].capitalize()
    return STREETS[name] + ("." if match["stop"] and ends_sentence(match) else "")


def _numbered(match: re.Match[str]) -> str:
    said = ordinal(match["rank"]).capitalize()
    way = f"{_DIRECTIONS[match['way']]} " if match["way"] else ""
    return f"{way}{said}"


def _state(match: re.Match[str]) -> str:
    name = STATES.get(match["state"]) or _STOPPED_STATES[match["state"].rstrip(".")]
    first, second = match["zip"], match["more"]
    said = f"{name} {digits(first)}" if first else name
    if second:
        said += f", {digits(second)}"
    stopped = match["state"].endswith(".") and not first and ends_sentence(match)
    return said + ("." if stopped else "")


def _unit(match: re.Match[str]) -> str:
    number = match["number"]
    letter = f" {match['letter'].upper()}" if match["letter"] else ""
    return f"{_UNITS[match['unit'].capitalize()]} {paired(number)}{letter}"


def _box(match: re.Match[str]) -> str:
    number = match["number"]
    return f"P O Box {paired(number) if len(number) < 5 else digits(number)}"


def _road(match: re.Match[str]) -> str:
    names = {"I": "I", "US": "U S", "SR": "S R", "CR": "C R"}
    return f"{names[match['road']]} {paired(match['number'])}"


_AHEAD = rf"(?=(?: {_WORD}){{1,5}}? (?:{_STREET_END})(?![A-Za-z]))"
_STATE_END = r"(?:,? (?P<zip>[0-9]{5})(?:-(?P<more>[0-9]{4}))?(?![0-9]))?"
RULES: tuple[Rule, ...] = (
    rule("address", r"\b[Pp]\.? ?[Oo]\.? [Bb]ox (?P<number>[0-9]{1,6})(?![0-9A-Za-z])", _box),
    rule(
        "address",
        rf"(?<![0-9A-Za-z.,$:/#-])(?<![0-9] )(?P<number>[1-9][0-9]{{0,4}})(?P<letter>[A-Ha-h])?"
        rf"(?: (?P<way>{_DIRECTION})\.?(?= ))?{_AHEAD}(?! (?:January|February|March|April|May|"
        rf"June|"
        r"July|August|September|October|November|December|The|A|In) )",
        _house,
    ),
    rule(  # Mass. Ave.
        "address",
        rf"\b(?P<state>{'|'.join(_STOPPED_STATES)})\.(?= (?:Ave|Tpke|Pike|Blvd|St)\b)",
        lambda m: _STOPPED_STATES[m["state"]],
        ".",
    ),
    rule(  # W 42nd St, 5th Ave.
        "address",
        rf"(?<![A-Za-z])(?:(?P<way>{_DIRECTION})\.? )?(?P<rank>[0-9]{{1,3}})(?:st|nd|rd|th)"
        rf"(?= (?!Cir\b){_STREET_END}(?![A-Za-z]))",
        _numbered,
    ),
    rule(  # N. Main St.
        "address",
        rf"(?<![A-Za-z.\x00])(?P<way>{_DIRECTION})\.?(?= [A-Z][a-z]{{2,20}} (?:{_STREET_END})"
        rf"(?![A-Za-z]))",
        lambda m: _DIRECTIONS[m["way"]],
        "NSEW",
    ),
    rule(
        "address",
        r"(?<![A-Za-z.])(?P<way>[NS][EW])(?= (?:corner|side|quadrant|of)\b)",
        lambda m: _DIRECTIONS[m["way"]],
        "NS",
    ),
    rule(
        "address",
        rf"(?<=\x00) (?P<way>{_DIRECTION})\.?(?= [A-Z\x00])",
        lambda m: f" {_DIRECTIONS[m['way']]}",
        "NSEW",
    ),
    rule(  # the street of a number that was read above
        "address",
        rf"(?<=\x00)(?: {_WORD}){{0,5}}? (?P<it>(?P<street>{any_of(STREETS)}|st|ave|rd|hwy|blvd|"
        rf"dr)(?P<stop>\.)?)"
        r"(?![A-Za-z])",
        _street,
        "tedlcy",
    ),
    rule(
        "address",
        rf"(?<=, )(?P<state>{'|'.join(STATES)})(?![A-Za-z]|['.][A-Za-z]){_STATE_END}",
        _state,
        ",",
    ),
    rule(
        "address",
        rf"(?<=[a-z] )(?P<state>{'|'.join(STATES)}),? (?P<zip>[0-9]{{5}})"
        r"(?:-(?P<more>[0-9]{4}))?(?![0-9])",
        _state,
    ),
    rule(
        "address",
        rf"(?<=[a-z], )(?P<state>(?:{'|'.join(_STOPPED_STATES)})\.){_STATE_END}",
        _state,
        ",",
    ),
    rule(  # a senator, (R-TX)
        "address",
        rf"(?<=\((?:R|D|I)-)(?P<state>{'|'.join(STATES)}|(?:{'|'.join(_STOPPED_STATES)})\.)(?=\)"
        rf")(?P<zip>(?!))?(?P<more>(?!))?",
        _state,
        "(",
    ),
    rule(
        "address",
        rf"\b(?P<unit>{'|'.join(_UNITS)}|apt|ste)\.? #?(?P<number>[0-9]{{1,5}})"
        r"(?P<letter>[A-Za-z])?(?![0-9A-Za-z])",
        _unit,
    ),
    rule(
        "address",
        r"\b(?P<road>I|US|SR|CR)[- ](?P<number>[1-9][0-9]{0,2})(?![0-9A-Za-z$%]|[.,:-][0-9])",
        _road,
        "IUSR",
    ),
)
