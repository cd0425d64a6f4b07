"""Numbers with units: "5 kg", "3.5km", "20°C", "60 mph", "45%", "6'2\\"", "5 m²", "12 mg/dL"."""

from __future__ import annotations

import re

from tts.text.english.fraction import FRACTION, fraction_words
from tts.text.english.rule import (
    DASH,
    MINUS,
    NUMBER,
    SCALE,
    START,
    Rule,
    any_of,
    follows_label,
    number,
    rule,
    sign,
)
from tts.text.english.units import LETTERS, PER, UNITS, many, per_words, unit_words
from tts.text.numbers import cardinal, plural

# A single letter is a unit only right behind its number or where it cannot be a word.
_GLUED_ONLY = {"s", "h", "l", "W", "V", "in", "A", "J", "N", "pt", "t", "d", "b", "g", "bar", "F",
               "ha", "lm", "au"} & UNITS.keys()  # fmt: skip
_LOOSE = any_of(UNITS.keys() - _GLUED_ONLY - {"K", "B", "c."}) + r"|c\.(?= [a-z])"
_GLUED = any_of(_GLUED_ONLY)
_NO_WORDS = frozenset(
    ("kg", "km", "cm", "mm", "mg", "Hz", "kHz", "MHz", "GHz", "kW", "MW", "GW", "kWh", "MWh")
)  # units that are not words too
_QUOTE = re.compile(r"(?<![0-9])\"")
_ARTICLE, _NOUN = re.compile(r"\b[Aa]n? $"), re.compile(r" (?!of|in|and|or|per|at|to)[a-z]{3}")
# What a measure is an adjective of even without an article: "12V battery", "50mm lens".
_MEASURED = re.compile(
    r" (?:battery|batteries|lens|lenses|bulbs?|chargers?|fuses?|outlets?|screens?|displays?|"
    r"monitors?|disks?|drives?|angles?|races?|hikes?|dash|freestyle|sprint|fences?|pipes?|tanks?|"
    r"bags?|bottles?|cans?|jars?|motors?|engines?|bolts?|nails?|adapters?|cables?|ropes?|rooms?|"
    r"zones?|speed limit|winds|gusts|tablets?|capsules?|font)\b"
)
_POWER = r"(?P<power>[²³]|\^[23]|(?<=[a-z])[23](?![0-9]))?"
_STOP = (
    r"(?:(?:(?<=ft|lb|oz|yd|hr|yr|mi|in|pt|qt|ac)|(?<=bdrm)|(?<=lbs|hrs|yrs|sec|min|gal|tsp)|(?<=tbsp|mins|"
    r"secs|Tbsp))"
    r"\.(?= [a-z]|[,;:)]|(?<=-[a-z]{2}\.) [A-Z]|(?<=-[a-z]{3}\.) [A-Z]))?"
)


def _say(match: re.Match[str]) -> str | None:
    if len(match["unit"]) == 1 and match["unit"].isupper() and follows_label(match):
        return None
    unit = unit_words(match["unit"], match["power"])
    amount = match["amount"]
    if match["fraction"]:
        said = fraction_words(match["fraction"])
        one = not re.match("[1-9][0-9]* ", match["fraction"]) and not _over_one(match["fraction"])
    else:
        said = number(amount)
        one = amount == "1" and not match["scale"]
    scale = f" {match['scale'].lower()}" if match["scale"] else ""
    alone = one or match["hyphen"] or _is_adjective(match)
    words = f"{said}{scale} {unit if alone else many(unit)}"
    return sign(match) + words + _per(match)


def _is_adjective(match: re.Match[str]) -> bool:
    """Whether the measure belongs to a noun: "a 10 km run", "12V battery"."""
    if _MEASURED.match(match.string, match.end()):
        return True
    before = match.string[max(0, match.start() - 4) : match.start()]
    glued = " " not in match[0] and before.lower() == "the "
    article = glued or _ARTICLE.search(before) is not None
    return article and _NOUN.match(match.string, match.end()) is not None


def _over_one(text: str) -> bool:
    top, _, bottom = text.partition("/")
    return top.isdigit() and bottom.isdigit() and int(top) > int(bottom)


def _per(match: re.Match[str]) -> str:
    return f" per {per_words(match['per'], match['per_power'])}" if match["per"] else ""


def _percent(match: re.Match[str]) -> str:
    low = match["low"]
    again = " percent" if match["again"] else ""
    until = f"{number(low)}{again} to " if low else ""
    return f"{sign(match)}{until}{number(match['amount'])} percent{_per(match)}"


def _degrees(match: re.Match[str]) -> str:
    low, scale = match["low"], {"C": " Celsius", "F": " Fahrenheit"}[match["scale"]]
    until = f"{number(low)} to " if low else ""
    one = "" if match["amount"] == "1" else "s"
    return f"{sign(match)}{until}{number(match['amount'])} degree{one}{scale}"


def _place(match: re.Match[str]) -> str:
    way = {"N": "north", "S": "south", "E": "east", "W": "west"}[match["way"]]
    parts = [f"{number(match['degrees'])} {'degree' if match['degrees'] == '1' else 'degrees'}"]
    for group, unit in (("minutes", "minute"), ("seconds", "second")):
        if match[group]:
            parts.append(f"{number(match[group])} {unit if match[group] == '1' else unit + 's'}")
    return f"{' '.join(parts)} {way}"


def _range(match: re.Match[str]) -> str | None:
    return f"{number(match['low'])} to "


def _by(match: re.Match[str]) -> str:
    return f"{number(match['low'])} by "


def _feet_and_inches(match: re.Match[str]) -> str:
    feet, inches, half = match["feet"], match["inches"], match["half"]
    said = f"{cardinal(feet)} {'foot' if feet == '1' else 'feet'}"
    if not inches:
        return said
    return f"{said} {cardinal(inches)}" + (f" and {fraction_words(half)}" if half else "")


def _inches(match: re.Match[str]) -> str | None:
    before = match.string[max(0, match.start() - 200) : match.start()]
    if len(_QUOTE.findall(before)) % 2:  # this one closes a quotation
        return None
    if match["fraction"]:
        one = not re.match("[1-9][0-9]* ", match["fraction"])
        return f"{fraction_words(match['fraction'])} {'inch' if one else 'inches'}"
    one = match["amount"] == "1" or _is_adjective(match)
    return f"{number(match['amount'])} {'inch' if one else 'inches'}"


def _feet_by_feet(match: re.Match[str]) -> str:
    unit = "foot" if _NOUN.match(match.string, match.end()) else "feet"
    return f"{number(match['low'])} {unit} by {number(match['high'])} {unit}"


def _behind(match: re.Match[str]) -> str | None:
    if not match["per"] and not match["power"] and match["unit"] not in _NO_WORDS:
        return None
    return f" {many(unit_words(match['unit'], match['power']))}{_per(match)}"


def _years_old(match: re.Match[str]) -> str:
    return f"{cardinal(match['amount'])} year old"


_FRACTION = rf"(?P<fraction>(?:[1-9][0-9]{{0,2}}[ -])?{FRACTION})"
_ANY = rf"(?:(?<![0-9/])(?<![0-9][.,]){_FRACTION}|(?<![A-Za-z]){START}(?P<amount>{NUMBER}))"
_AMOUNT = rf"{MINUS}{_ANY}(?: (?P<scale>{SCALE})(?= ))?"
_END = r"(?![A-Za-z0-9²³^'µΩ])"
_PER_POWER = r"(?P<per_power>[²³]|\^[23]|(?<=[a-z])[23](?![0-9]))?(?![A-Za-z0-9])"
_PER = rf"(?:(?: ?/ ?)(?P<per>{any_of(PER)}){_PER_POWER})?"
_NO_HYPHEN = "(?P<hyphen>(?!))?"
_UNIT_AHEAD = rf"(?:{_LOOSE}|{_GLUED})(?:[²³]|\^[23]|[23])?(?![A-Za-z0-9])"
RULES: tuple[Rule, ...] = (
    rule(  # 10' x 12'
        "measure",
        r"(?<![0-9.,])(?P<low>[0-9]{1,3})' ?[xX×] ?(?P<high>[0-9]{1,3})'(?![0-9A-Za-z'])",
        _feet_by_feet,
        "'",
    ),
    rule(  # 10^12 kg
        "maths",
        rf"{START}(?P<amount>{NUMBER})\^(?P<minus>-)?(?P<power>[0-9]{{1,3}})"
        rf"(?= ?(?:{any_of(_NO_WORDS)}|m|s|g)(?![A-Za-z0-9]))",
        lambda m: f"{number(m['amount'])} to the power of {sign(m)}{cardinal(m['power'])}",
        "^",
    ),
    rule(  # a 12-pt font
        "measure",
        rf"{START}(?P<amount>{NUMBER})[ -]?pt\.?(?= (?:font|type|typeface|text|bold|italic)\b)",
        lambda m: f"{number(m['amount'])} point",
        "p",
    ),
    rule(  # 2x4s
        "cardinal",
        r"(?<![0-9.,])(?P<low>[0-9]{1,2})[xX](?P<number>[0-9]{1,2})s(?![A-Za-z0-9])",
        lambda m: f"{cardinal(m['low'])} by {plural(cardinal(m['number']))}",
        "s",
    ),
    rule(  # 8 L/100 km
        "measure",
        r"(?<=[0-9A-Za-z])/(?=100 ?(?:km|ml|mL|g|kg)\b)",
        " per ",
        "/",
    ),
    rule(  # 5 ft 11 in
        "measure",
        r"(?<![0-9.,])(?P<feet>[0-9]{1,2}) ?ft\.? (?P<inches>[0-9]{1,2}) ?in\b(?P<half>(?!))?"
        r"(?:\.(?! [A-Z]|$))?",
        lambda m: f"{_feet_and_inches(m)} {'inch' if m['inches'] == '1' else 'inches'}",
        "f",
    ),
    rule(
        "percent",
        rf"{MINUS}{START}(?:(?P<low>{NUMBER})(?P<again> ?%)?{DASH})?(?P<amount>{NUMBER}) ?(?:%|"
        rf"pct\b\.?){_PER}",
        _percent,
        "%p",
    ),
    rule(
        "measure",
        r"(?<![0-9.,])(?P<degrees>[0-9]{1,3}(?:\.[0-9]{1,10})?)"
        r" ?°(?: ?(?P<minutes>[0-9]{1,2}(?:\.[0-9]{1,6})?)'"
        r"(?: ?(?P<seconds>[0-9]{1,2}(?:\.[0-9]{1,6})?)\")?)? ?(?P<way>[NSEW])(?![A-Za-z])",
        _place,
        "°",
    ),
    rule(
        "measure",
        rf"{MINUS}{START}(?:(?P<low>{NUMBER})(?: ?°[CF]?)?(?:{DASH}| to ))?(?P<amount>{NUMBER})"
        rf" ?[°º] ?(?P<scale>[CF])(?![A-Za-z])",
        _degrees,
        "°º",
    ),
    rule(
        "measure",
        r"\b(?:at|to|of|is|as|or) (?P<it>(?P<minus>-)?(?P<low>(?!))?(?P<amount>[0-9]{2,3})"
        r"(?P<scale>[CF]))(?![A-Za-z0-9-])",
        _degrees,
        "CF",
    ),
    rule(
        "measure",
        r"(?<![0-9A-Za-z.,/])(?P<minus>-)?(?P<low>(?!))?"
        r"(?P<amount>[1-9][0-9]{1,2}(?:\.[0-9])?|(?<=-)[0-9])(?P<scale>F|(?<=\.[0-9])C)(?![A-Za-z0-9-])",
        lambda m: None if follows_label(m) else _degrees(m),
        "FC",
    ),
    rule(
        "measure",
        rf"{START}(?P<low>{NUMBER})(?: ?(?:{any_of(UNITS)}))?{DASH}(?={NUMBER}(?:(?: {SCALE})"
        rf"? ?{_UNIT_AHEAD}|\"))",
        _range,
        "-—",
    ),
    rule(
        "measure",
        rf"{START}(?P<low>{NUMBER}) ?[x×*] ?(?={NUMBER}(?: ?[x×*] ?{NUMBER})? ?{_UNIT_AHEAD})",
        _by,
        "x×*",
    ),
    rule(
        "measure",
        rf"{_AMOUNT}(?:(?P<hyphen>-)| ?)(?P<unit>{_LOOSE}){_POWER}{_END}{_PER}{_STOP}",
        _say,
    ),
    rule(
        "measure",
        rf"{_AMOUNT}{_NO_HYPHEN} (?P<unit>in){_POWER}(?P<per>(?!))?(?P<per_power>(?!))?"
        r"(?:\.(?= [a-z])|(?=\.?$)|(?= (?:x|by|×|tall|wide|long|deep|high|thick|in diameter)\b))",
        _say,
    ),
    rule(
        "measure",
        rf"{_AMOUNT}{_NO_HYPHEN} ?(?P<unit>{_GLUED}){_POWER}{_END}(?= ?/){_PER}(?<!/)"
        rf"(?<=[A-Za-z²³2])",
        _say,
        "/",
    ),
    rule(
        "cardinal",
        r"\b(?:in|the|of|all|with|and|his|her|their|our|my|to) (?P<it>(?P<number>[0-9]{1,3})'?s)"
        r"(?![A-Za-z0-9])",
        lambda m: plural(cardinal(m["number"])),
        "s",
    ),
    rule(
        "cardinal",
        r"(?<=[0-9\x00][xX])(?P<number>[0-9]{1,3})s(?![A-Za-z0-9])",
        lambda m: plural(cardinal(m["number"])),
        "s",
    ),
    rule(
        "measure",
        rf"{_AMOUNT}(?:(?P<hyphen>-)|)(?P<unit>{_GLUED}){_POWER}{_END}{_PER}{_STOP}",
        _say,
    ),
    rule(  # a time of 9.58 s, in 10 s
        "measure",
        rf"(?P<minus>(?!))?(?:(?<![0-9/.,]){_FRACTION}|(?<![A-Za-z]){START}(?P<amount>"
        r"[0-9]*\.[0-9]+|(?:(?<=in )|(?<=for )|(?<=after )|(?<=every ))[0-9]+))"
        rf"(?P<scale>(?!))?{_NO_HYPHEN} (?P<unit>s)"
        r"(?P<power>(?!))?(?P<per>(?!))?(?P<per_power>(?!))?(?![A-Za-z0-9'])",
        _say,
        "s",
    ),
    rule(
        "measure",
        rf"{_AMOUNT}{_NO_HYPHEN} (?P<unit>[{LETTERS}]){_POWER}{_END}(?!\.[A-Z])(?P<per>(?!))"
        rf"?(?P<per_power>(?!))?",
        _say,
        LETTERS,
    ),
    rule(
        "measure",
        r"(?<![0-9.,])(?P<feet>[0-9]{1,2})' ?(?P<inches>[0-9]{1,2})(?: (?P<half>[0-9]/[0-9]))"
        r"?(?:\"|''|(?=[ ,.)]|$))",
        _feet_and_inches,
        "'",
    ),
    rule(
        "measure",
        rf"(?:(?<![0-9/])(?<![0-9][.,])(?P<fraction>(?:[1-9][0-9]{{0,2}}[ -])?{FRACTION})|"
        rf"{START}(?P<amount>{NUMBER}))\""
        r"(?=[ ,.;:)x-]|$)",
        _inches,
        '"',
    ),
    rule(
        "measure",
        r"(?<![0-9.,])(?P<feet>[0-9]{1,3})'(?=[ ,.)]|$)(?P<inches>(?!))?(?P<half>(?!))?"
        r"(?:(?= (?:tall|long|wide|deep|high|thick)\b)|(?! (?:[a-z]|$)))",
        _feet_and_inches,
        "'",
    ),
    rule(
        "measure",
        rf"{START}(?P<amount>{NUMBER}) ?/ ?(?P<per>"
        rf"{any_of(unit for unit in PER if len(unit) > 1)})"
        r"(?P<per_power>[²³]|\^[23]|(?<=[a-z])[23](?![0-9]))?(?![A-Za-z0-9])",
        lambda m: number(m["amount"]) + _per(m),
        "/",
    ),
    rule(
        "measure", r"(?<![0-9.,])(?P<amount>[0-9]{1,3}) ?(?:y/o|yo)(?![A-Za-z])", _years_old, "y"
    ),
    # the unit of a number that was read above: 3×10^8 m/s
    rule(
        "measure",
        rf"(?<=\x00) (?P<unit>"
        rf"{any_of(unit for unit in UNITS if (len(unit) > 1 and unit.isalpha()) or '/' in unit)}|"
        rf"m|s|g)"
        rf"{_POWER}{_PER}(?![A-Za-z0-9])",
        _behind,
        "/²³^⁰¹⁴⁵⁶⁷⁸⁹",
    ),
)
