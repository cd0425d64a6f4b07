"""The units of measure, how they are named, and what may stand behind a slash."""

from __future__ import annotations

# Plurals that take no plain "s".
_IRREGULAR = {
    "foot": "feet", "inch": "inches", "century": "centuries", "lux": "lux", "henry": "henries",
    "dozen": "dozen", "stone": "stone", "siemens": "siemens",
}  # fmt: skip

_BASE = {
    "km": "kilometer", "m": "meter", "cm": "centimeter", "mm": "millimeter", "nm": "nanometer",
    "µm": "micrometer", "μm": "micrometer", "um": "micrometer", "dm": "decimeter", "mi": "mile",
    "ft": "foot", "in": "inch", "yd": "yard", "yds": "yard", "nmi": "nautical mile",
    "ly": "light year", "au": "astronomical unit",
    "kg": "kilogram", "g": "gram", "mg": "milligram", "µg": "microgram", "μg": "microgram",
    "mcg": "microgram", "ng": "nanogram", "kgs": "kilogram", "lb": "pound", "lbs": "pound",
    "oz": "ounce", "t": "ton",
    "l": "liter", "L": "liter", "ml": "milliliter", "mL": "milliliter", "cl": "centiliter",
    "dl": "deciliter", "dL": "deciliter", "µL": "microliter", "μL": "microliter",
    "gal": "gallon", "qt": "quart", "qts": "quart", "pt": "pint", "pts": "point",
    "fl oz": "fluid ounce", "fl. oz.": "fluid ounce",
    "tbsp": "tablespoon", "Tbsp": "tablespoon", "tbsps": "tablespoon", "tsp": "teaspoon",
    "tsps": "teaspoon", "c.": "cup", "bbl": "barrel", "cc": "C C",
    "s": "second", "sec": "second", "secs": "second", "ms": "millisecond", "µs": "microsecond",
    "μs": "microsecond", "ns": "nanosecond", "min": "minute", "mins": "minute", "h": "hour",
    "hr": "hour", "hrs": "hour", "d": "day", "wk": "week", "wks": "week", "mo": "month",
    "mos": "month", "yr": "year", "yrs": "year",
    "Hz": "hertz", "kHz": "kilohertz", "KHz": "kilohertz", "MHz": "megahertz", "GHz": "gigahertz",
    "THz": "terahertz", "W": "watt", "kW": "kilowatt", "MW": "megawatt", "GW": "gigawatt",
    "TW": "terawatt", "mW": "milliwatt", "Wh": "watt hour", "kWh": "kilowatt hour",
    "MWh": "megawatt hour", "GWh": "gigawatt hour", "TWh": "terawatt hour",
    "V": "volt", "kV": "kilovolt", "mV": "millivolt", "A": "amp", "mA": "milliamp",
    "mAh": "milliamp hour", "Ah": "amp hour", "Ω": "ohm", "kΩ": "kilohm", "MΩ": "megohm",
    "F": "farad", "µF": "microfarad", "μF": "microfarad", "nF": "nanofarad", "pF": "picofarad",
    "B": "byte", "kB": "kilobyte", "KB": "kilobyte", "MB": "megabyte", "GB": "gigabyte",
    "TB": "terabyte", "PB": "petabyte", "KiB": "kibibyte", "MiB": "mebibyte", "GiB": "gibibyte",
    "TiB": "tebibyte", "kb": "kilobit", "Kb": "kilobit", "Mb": "megabit", "Gb": "gigabit",
    "dB": "decibel", "dBA": "decibel", "dBm": "D B M", "hp": "horsepower",
    "bhp": "brake horsepower",
    "J": "joule", "kJ": "kilojoule", "MJ": "megajoule", "kcal": "kilocalorie", "cal": "calorie",
    "N": "newton", "kN": "kilonewton", "Nm": "newton meter", "N·m": "newton meter",
    "lb-ft": "pound foot", "Pa": "pascal", "hPa": "hectopascal", "kPa": "kilopascal",
    "MPa": "megapascal", "GPa": "gigapascal", "bar": "bar", "mbar": "millibar",
    "atm": "atmosphere", "mmHg": "millimeter of mercury", "psi": "P S I", "PSI": "P S I",
    "mol": "mole", "mmol": "millimole", "ppm": "part per million", "ppb": "part per billion",
    "IU": "I U", "lx": "lux", "lm": "lumen", "cd": "candela", "K": "kelvin",
    "ha": "hectare", "ac": "acre", "rad": "radian", "deg": "degree",
    "px": "pixel", "MP": "megapixel", "Mpx": "megapixel", "pcs": "piece", "doz": "dozen",
    "bd": "bedroom", "bdrm": "bedroom", "ba": "bath",
    "pp": "percentage point", "bps": "basis point", "%": "percent",
    "°C": "degree Celsius", "°F": "degree Fahrenheit", "°": "degree", "℃": "degree Celsius",
    "℉": "degree Fahrenheit", "º": "degree", "‰": "per thousand",
}  # fmt: skip
_COMPOUND = {
    "km/h": "kilometer per hour", "kph": "kilometer per hour", "kmh": "kilometer per hour",
    "kmph": "kilometer per hour", "mph": "mile per hour", "MPH": "mile per hour",
    "fps": "frame per second", "dpi": "D P I", "DPI": "D P I", "ppi": "P P I",
    "mpg": "mile per gallon", "MPG": "mile per gallon", "rpm": "R P M", "RPM": "R P M",
    "bpm": "beat per minute", "BPM": "beat per minute", "wpm": "word per minute",
    "Mbps": "megabit per second", "mbps": "megabit per second", "Mbit/s": "megabit per second",
    "Gbps": "gigabit per second", "gbps": "gigabit per second", "kbps": "kilobit per second",
    "Kbps": "kilobit per second", "Tbps": "terabit per second",
    "sq ft": "square foot", "sq. ft": "square foot", "sqft": "square foot", "sq-ft": "square foot",
    "sf": "square foot",
    "sq mi": "square mile", "sq. mi": "square mile", "sq km": "square kilometer",
    "sq. km": "square kilometer", "sq m": "square meter", "sq. m": "square meter",
    "sqm": "square meter", "sq in": "square inch", "sq yd": "square yard",
    "cu ft": "cubic foot", "cu. ft": "cubic foot", "cu in": "cubic inch", "cu m": "cubic meter",
    "ft-lb": "foot pound", "ft lb": "foot pound",
}  # fmt: skip
_ANY_CASE = (
    "kg kgs lb lbs oz cm mm ml ft km hz khz mhz ghz gb mb tb kwh hrs mins tbsp tsp gal sec min "
    "mi yd kw hp kcal"
)
_LOWER_CASE = {
    "gb": "gigabyte", "mb": "megabyte", "tb": "terabyte", "khz": "kilohertz", "mhz": "megahertz",
    "ghz": "gigahertz", "hz": "hertz", "kwh": "kilowatt hour", "kw": "kilowatt", "Kg": "kilogram",
    "Km": "kilometer", "Lbs": "pound", "Mins": "minute", "Hrs": "hour", "db": "decibel",
}  # fmt: skip


def _upper() -> dict[str, str]:
    known = {**_LOWER_CASE, **_BASE}
    return {name.upper(): known[name] for name in _ANY_CASE.split() if name.upper() not in _BASE}


UNITS = {**_upper(), **_LOWER_CASE, **_BASE, **_COMPOUND}
# Letters that stand apart from their number and are still a unit: "5 m", "250 W".
LETTERS = "mgLWVAJNlht"
PER = {
    **{name: unit for name, unit in _BASE.items() if name.isascii() and name != "%"},
    **{word: word for word in (
        "second", "minute", "hour", "day", "week", "month", "year", "person", "mile", "foot",
        "capita", "gallon", "liter", "inch", "pound", "kilogram", "unit", "serving", "night",
    )},
}  # fmt: skip


def unit_words(unit: str, power: str | None) -> str:
    """The name of a unit in the singular, squared or cubed by the sign behind it."""
    words = UNITS[unit]
    if not power:
        return words
    return f"{'square' if power[-1] in '²2' else 'cubic'} {words}"


def per_words(unit: str, power: str | None) -> str:
    """The name of a unit behind a slash: "second squared", "cubic meter"."""
    words = PER[unit]
    if not power:
        return words
    if words == "second":
        return f"{words} {'squared' if power[-1] in '²2' else 'cubed'}"
    return f"{'square' if power[-1] in '²2' else 'cubic'} {words}"


def many(unit: str) -> str:
    """The plural of a unit: "miles per hour", "square feet", "degrees Celsius"."""
    head, per, tail = unit.partition(" per ")
    head, of, whole = head.partition(" of ")
    if head in ("horsepower", "brake horsepower", "percent", "per thousand") or head.isupper():
        return unit
    if unit.startswith("per ") or head.endswith("hertz"):
        return unit
    first, space, rest = head.partition(" ")
    if first == "degree":
        return f"degrees{space}{rest}"
    stem, _, last = head.rpartition(" ")
    plural = _IRREGULAR.get(last, f"{last}s")
    return f"{stem} {plural}".strip() + of + whole + per + tail
