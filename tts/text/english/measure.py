"""Numbers with units: "5 kg", "3.5km", "20°C", "60 mph", "45%", "6'2\"", "5 m²"."""

from __future__ import annotations

import re

from tts.text.english.rule import NUMBER, SCALE, START, Rule, rule
from tts.text.numbers import cardinal, decimal

# Plurals that take no plain "s".
_IRREGULAR = {"foot": "feet", "inch": "inches", "hertz": "hertz", "percent": "percent"}

_UNITS = {
    "km": "kilometer", "m": "meter", "cm": "centimeter", "mm": "millimeter", "nm": "nanometer",
    "µm": "micrometer", "mi": "mile", "ft": "foot", "in": "inch", "yd": "yard", "yds": "yard",
    "kg": "kilogram", "g": "gram", "mg": "milligram", "µg": "microgram", "lb": "pound",
    "lbs": "pound", "oz": "ounce", "l": "liter", "L": "liter", "ml": "milliliter",
    "mL": "milliliter", "gal": "gallon", "km/h": "kilometer per hour", "kph": "kilometer per hour",
    "kmh": "kilometer per hour", "mph": "mile per hour", "m/s": "meter per second",
    "s": "second", "sec": "second", "secs": "second", "ms": "millisecond", "min": "minute",
    "mins": "minute", "h": "hour", "hr": "hour", "hrs": "hour", "yr": "year", "yrs": "year",
    "Hz": "hertz", "kHz": "kilohertz", "MHz": "megahertz", "GHz": "gigahertz", "W": "watt",
    "kW": "kilowatt", "MW": "megawatt", "GW": "gigawatt", "kWh": "kilowatt hour", "V": "volt",
    "kV": "kilovolt", "mV": "millivolt", "mA": "milliamp", "kB": "kilobyte", "KB": "kilobyte",
    "MB": "megabyte", "GB": "gigabyte", "TB": "terabyte", "Mbps": "megabit per second",
    "Gbps": "gigabit per second", "kbps": "kilobit per second", "dB": "decibel",
    "kΩ": "kilohm", "hp": "horsepower",
    "kJ": "kilojoule", "kcal": "kilocalorie", "cal": "calorie",
    "Pa": "pascal", "hPa": "hectopascal", "kPa": "kilopascal", "psi": "P S I", "rpm": "R P M",
    "ha": "hectare", "sq ft": "square foot", "sq mi": "square mile", "sq km": "square kilometer",
    "fps": "frame per second", "dpi": "D P I", "mpg": "mile per gallon", "Ω": "ohm",
    "%": "percent", "°C": "degree Celsius", "°F": "degree Fahrenheit", "°": "degree",
}  # fmt: skip
_SAME_WHEN_MANY = {"P S I", "R P M", "D P I", "horsepower"} | {
    unit for unit in _UNITS.values() if unit.endswith("hertz")
}
# A single letter is a unit only right behind its number or where it cannot be a word.
_GLUED_ONLY = {"s", "h", "l", "W", "V", "in"}

_LOOSE = "|".join(
    re.escape(u) for u in sorted(_UNITS, key=len, reverse=True) if u not in _GLUED_ONLY
)
_GLUED = "|".join(re.escape(u) for u in sorted(_GLUED_ONLY, key=len, reverse=True))
_POWER = r"(?P<power>[²³]|\^[23])?"
_STOP = r"(?:(?<=ft|lb|oz|yd|hr|yr|mi)\.(?= [a-z])|(?<=lbs|hrs|yrs|sec|min|gal)\.(?= [a-z]))?"
_PER = r"(?:/(?P<per>s|sec|min|h|hr|day|week|month|year|kg|g|l|L|km|m|mi|ft)(?![A-Za-z]))?"


def _many(unit: str) -> str:
    head, per, tail = unit.partition(" per ")
    if head in _SAME_WHEN_MANY:
        return unit
    first, space, rest = head.partition(" ")
    if first == "degree":
        return f"degrees{space}{rest}"
    stem, _, last = head.rpartition(" ")
    plural = _IRREGULAR.get(last, f"{last}s")
    return f"{stem} {plural}".strip() + per + tail


def _number(text: str) -> str:
    whole, stop, fraction = text.replace(",", "").partition(".")
    return decimal(whole, fraction) if stop else cardinal(whole)


def _say(match: re.Match[str]) -> str:
    unit = _UNITS[match["unit"]]
    if match["power"]:
        unit = f"{'square' if match['power'][-1] in '²2' else 'cubic'} {unit}"
    one = match["amount"] == "1" and not match["scale"]
    scale = f" {match['scale']}" if match["scale"] else ""
    words = (
        _number(match["amount"]) + scale + " " + (unit if one or match["hyphen"] else _many(unit))
    )
    per = f" per {_UNITS.get(match['per'], match['per'])}" if match["per"] else ""
    minus = "minus " if match["minus"] else ""
    return minus + words + per


def _say_range(match: re.Match[str]) -> str:
    return f"{_number(match['low'])} to {match['rest']}"


def _feet_and_inches(match: re.Match[str]) -> str:
    feet = f"{cardinal(match[1])} {'foot' if match[1] == '1' else 'feet'}"
    return f"{feet} {cardinal(match[2])}" if match[2] else feet


_MINUS = r"(?P<minus>(?<!\S)-)?"
_AMOUNT = rf"{_MINUS}{START}(?P<amount>{NUMBER})(?: (?P<scale>{SCALE})(?= ))?"
_END = r"(?![A-Za-z0-9²³^'])"
_NO_HYPHEN, _NO_POWER, _NO_PER = (f"(?P<{name}>(?!))?" for name in ("hyphen", "power", "per"))

RULES: tuple[Rule, ...] = (
    rule(
        rf"{START}(?P<low>{NUMBER})-(?P<rest>{NUMBER} ?(?:{_LOOSE})(?![A-Za-z0-9]))",
        _say_range, "-",
    ),
    rule(
        rf"{_AMOUNT}(?:(?P<hyphen>-)| ?)(?P<unit>{_LOOSE}){_POWER}{_END}{_PER}{_STOP}", _say
    ),
    rule(rf"{_AMOUNT}{_NO_HYPHEN} (?P<unit>in){_NO_POWER}{_NO_PER}\.(?= [a-z])", _say),
    rule(rf"{_AMOUNT}{_NO_HYPHEN}(?P<unit>{_GLUED}){_POWER}{_END}{_PER}", _say),
    rule(rf"{START}([0-9]{{1,2}})' ?([0-9]{{1,2}})(?:\"|'')", _feet_and_inches, "'"),
)  # fmt: skip
