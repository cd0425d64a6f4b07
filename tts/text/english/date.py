"""Dates: "Jan. 5, 2020", "5 January", "2020-01-05", "12/25/99", "Mon-Fri", "FY24"; years."""

from __future__ import annotations

import re

from tts.text.english.rule import DASH, Rule, ends_sentence, rule
from tts.text.numbers import cardinal, ordinal, two_digits, year

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_BY_PREFIX = {month[:3].lower(): month for month in MONTHS}
DAYS = {
    "mon": "Monday", "tue": "Tuesday", "tues": "Tuesday", "wed": "Wednesday", "weds": "Wednesday",
    "thu": "Thursday", "thur": "Thursday", "thurs": "Thursday", "fri": "Friday",
    "sat": "Saturday", "sun": "Sunday",
}  # fmt: skip
# Whole names in any case, but "may", "march" and short forms that are words only with a capital.
_NAMES = "|".join(f"{m}|{m.lower()}|{m.upper()}" for m in MONTHS)
_SHORTS = "|".join(
    rf"{m[:3]}\.?|{m[:3].lower()}\.?|{m[:3].upper()}\.?" for m in MONTHS if m != "May"
)
_MONTH = rf"(?:{_NAMES}|{_SHORTS}|Sept\.?|sept\.?|SEPT\.?)"
_WEEKDAY = r"(?:Mon|Tues?|Weds?|Thu(?:rs?)?|Fri|Sat|Sun)"
_ALSO_WORDS = frozenset(("Sun", "Sat", "Mar", "Wed"))  # "He looked at the Sun."
_DAY = r"(?P<day>0?[1-9]|[12][0-9]|3[01])(?:st|nd|rd|th|ST|ND|RD|TH)?"
_YEAR = r"(?P<year>1[0-9]{3}|2[01][0-9]{2})(?![0-9,]*[0-9]|[A-Za-z%])"
_FULL_YEAR = r"1[0-9]{3}|20[0-9]{2}"
_MONTH_DIGITS, _DAY_DIGITS = r"0?[1-9]|1[0-2]", r"0?[1-9]|[12][0-9]|3[01]"

# A four-digit number after one of these is a year; elsewhere it is one unless it counts something.
_CUE = (
    r"\b(?:[Ii]n|[Ss]ince|[Uu]ntil|[Tt]ill|[Bb]efore|[Aa]fter|[Dd]uring|[Cc]irca|[Yy]ears?|"
    r"[Ff]rom|"
    r"[Ee]arly|[Mm]id|[Ll]ate|[Ss]pring|[Ss]ummer|[Aa]utumn|[Ff]all|[Ww]inter|[Bb]y|©|"
    rf"(?:{'|'.join(MONTHS)}),?)[ -]"
)  # fmt: skip
_COUNTED = (
    r"(?: (?:people|men|women|children|of|percent|hundred|square|cubic|more|fewer|different|new|"
    r"(?!was|has|his|its|this|does|always|plus|perhaps|means|brings|sees|makes|goes|comes|gives|"
    r"thus|yes|is|as|us|marks|shows|season|process|series|across|less|unless|census|congress)"
    r"[a-z]{3,}s)\b)"
)
_AMOUNT_CUE = (
    r"(?<!than )(?<!over )(?<!nearly )(?<!almost )(?<!exactly )(?<!only )(?<!total )(?<!least )"
    r"(?<!most )(?<!total of )(?<!up to )(?<!some )(?<!roughly )(?<!approximately )(?<!costs )"
    r"(?<!about a )(?<!times )(?<!plus )(?<!minus )(?<!equals )(?<!page )(?<!pages )(?<!number )"
    r"(?<!score of )(?<!weighs )(?<!altitude of )(?<!all )(?<!every )(?<!these )(?<!those )"
)


def _month(text: str) -> str:
    return _BY_PREFIX[text[:3].lower()]


def _year_words(text: str) -> str:
    return two_digits(text) if len(text) == 2 else year(text)


def _year_of_day(text: str) -> str:
    """The year of a date; one that would not be clear as two digits has its century: "24"."""
    return year(f"20{text}") if len(text) == 2 and 10 <= int(text) < 40 else _year_words(text)


def _in_words(month: str, day: str | None, digits: str | None, comma: str = "") -> str:
    words = f"{month} {ordinal(day)}" if day else month
    return f"{words}{comma} {_year_of_day(digits)}" if digits else words


def _month_first(match: re.Match[str]) -> str:
    month, last = _month(match["month"]), match["last"]
    until = f" to {ordinal(last)}" if last else ""
    comma = match["comma"] or ""
    said = f"{month} {ordinal(match['day'])}{until}"
    return f"{said}{comma} {year(match['year'])}" if match["year"] else said


def _day_first(match: re.Match[str]) -> str:
    the = match["the"] or "the "
    until = f" to {ordinal(match['last'])}" if match["last"] else ""
    said = f"{the}{ordinal(match['day'])}{until} of {_month(match['month'])}"
    said += "." if match[0].endswith(".") and ends_sentence(match) else ""
    return f"{said}{match['comma'] or ''} {year(match['year'])}" if match["year"] else said


def _figures(match: re.Match[str]) -> str | None:
    """A date in figures; a month above twelve is a day, and the other way round."""
    month, day = int(match["month"]), int(match["day"])
    if month > 12:
        month, day = day, month
    if month > 12:
        return None
    return _in_words(MONTHS[month - 1], str(day), match["year"])


def _british_figures(match: re.Match[str]) -> str | None:
    day, month = int(match["month"]), int(match["day"])
    if month > 12:
        day, month = month, day
    return f"the {_of(day, month, match['year'])}" if month < 13 else None


def _stopped_figures(match: re.Match[str]) -> str | None:
    """15.01.2020, 15-01-2020: as Europeans write it if the first cannot be a month."""
    first, second = int(match["month"]), int(match["day"])
    if first > 12:
        return f"the {_of(first, second, match['year'])}" if second < 13 else None
    return _figures(match)


def _of(day: int, month: int, digits: str) -> str:
    return f"{ordinal(str(day))} of {MONTHS[month - 1]} {_year_of_day(digits)}"


def _iso(match: re.Match[str]) -> str | None:
    said = _figures(match)
    return f"{said} at " if said and match["t"] else said


def _month_year(match: re.Match[str]) -> str:
    comma = match["comma"] or ""
    return f"{_month(match['month'])}{comma} {year(match['year'])}"


def _month_alone(match: re.Match[str]) -> str | None:
    short = match["it"].rstrip(".")
    if match["it"][-1] == "." and short in _ALSO_WORDS and ends_sentence(match):
        return None
    return _month(match["it"]) + ("." if match["it"][-1] == "." and ends_sentence(match) else "")


def _span(match: re.Match[str]) -> str:
    return f"{year(match['first'])} to {_year_words(match['last'])}"


def _season(match: re.Match[str]) -> str:
    return f"{year(match['first'])} {_year_words(match['last'])}"


def _year(match: re.Match[str]) -> str:
    return year(match["year"])


def _part_of_year(match: re.Match[str]) -> str:
    names = ("first", "second", "third", "fourth")
    kind = "quarter" if match["kind"] == "Q" else "half"
    return f"the {names[int(match['n']) - 1]} {kind} of {_year_words(match['year'])}"


def _quarter(match: re.Match[str]) -> str:
    of = f" {_year_words(match['year'])}" if match["year"] else ""
    return f"{match['kind']} {cardinal(match['n'])}{of}"


def _fiscal(match: re.Match[str]) -> str:
    return f"F Y {_year_words(match['year'])}"


def _weekday(match: re.Match[str]) -> str | None:
    short = match["it"].rstrip(".")
    if match["it"][-1] == "." and short in _ALSO_WORDS and ends_sentence(match):
        return None
    name = DAYS[short.lower()]
    return name + ("." if match["it"].endswith(".") and ends_sentence(match) else "")


def _weekdays(match: re.Match[str]) -> str:
    return f"{_named(match['low'])} to {_named(match['high'])}"


def _named(short: str) -> str:
    short = short.rstrip(".").lower()
    return DAYS.get(short) or _BY_PREFIX[short[:3]]


def _short_year(match: re.Match[str]) -> str:
    return two_digits(match["year"])


def _slashed_span(match: re.Match[str]) -> str | None:
    """From one day to another; None for what may as well be fractions, as in "1/2-3/4 cup"."""
    month, day, last_month, last_day = map(int, match.groups())
    if month < day <= 10 and last_month < last_day <= 10:
        return None
    first = _in_words(MONTHS[month - 1], str(day), None)
    return f"{first} to {_in_words(MONTHS[last_month - 1], str(last_day), None)}"


def _cued(match: re.Match[str]) -> str:
    return _in_words(MONTHS[int(match["month"]) - 1], match["day"], None)


_NUMBERS_END = r"(?![0-9A-Za-z/%]|[-.,][0-9])"
_SLASHED = (
    rf"(?<![0-9/.A-Za-z-])(?P<month>[0-3]?[0-9])(?P<by>[/])(?P<day>[0-3]?[0-9])(?P=by)"
    rf"(?P<year>{_FULL_YEAR}|[0-9]{{2}}){_NUMBERS_END}"
)
_LAST = rf"(?:{DASH}(?P<last>0?[1-9]|[12][0-9]|3[01])(?:st|nd|rd|th)?(?![0-9:]))?"


_COMMON: tuple[Rule, ...] = (
    rule(
        "date",
        rf"(?<![0-9/.-])(?P<year>{_FULL_YEAR})(?P<by>[-/.])(?P<month>{_MONTH_DIGITS})(?P=by)"
        rf"(?P<day>{_DAY_DIGITS})(?:(?P<t>T)(?=[0-9]|\x00)|(?![0-9A-Za-z/-]|\.[0-9]))",
        _iso,
    ),
    rule(
        "date",
        rf"(?<![0-9/.A-Za-z-])(?P<month>[0-3]?[0-9])(?P<by>[.-])(?P<day>[0-3]?[0-9])(?P=by)"
        rf"(?P<year>{_FULL_YEAR}){_NUMBERS_END}",
        _stopped_figures,
        "-.",
    ),
    rule(  # 14.07.19
        "date",
        rf"(?<![0-9/.A-Za-z-])(?P<month>0[1-9]|[12][0-9]|3[01])\.(?P<day>0[1-9]|1[0-2])\."
        rf"(?P<year>[0-9]{{2}}){_NUMBERS_END}",
        _stopped_figures,
        ".",
    ),
    rule(
        "date",
        rf"(?<![0-9/.A-Za-z-])(?P<month>0?[1-9]|1[0-2])-(?P<day>0?[1-9]|[12][0-9]|3[01])"
        rf"-(?P<year>[0-9]{{2}})"
        rf"(?<=-[0-9]{{2}}-[0-9]{{2}}){_NUMBERS_END}",
        _figures,
        "-",
    ),
    rule(  # 05-Jan-2020, Jan-15-2020
        "date",
        rf"(?<![0-9-]){_DAY}-(?P<month>{_MONTH})-(?P<year>{_FULL_YEAR}|[0-9]{{2}})(?![0-9-])",
        lambda m: f"the {_of(int(m['day']), MONTHS.index(_month(m['month'])) + 1, m['year'])}",
        "-",
    ),
    rule(
        "date",
        rf"(?<![0-9] )\b(?P<month>{_MONTH})-{_DAY}(?:-(?P<year>{_FULL_YEAR}))?(?![0-9-])"
        rf"(?! {_MONTH}\b)",
        lambda m: _in_words(_month(m["month"]), m["day"], m["year"]),
        "-",
    ),
    rule(
        "date",
        rf"(?:(?=[A-Z])|(?<!\b[Ii] )(?<![Yy]ou )(?<![Ww]e )(?<!hey )(?<![Hh]e )(?<!it )"
        rf"(?<!\bto )(?<!who ))\b(?P<month>{_MONTH}) (?:the )?{_DAY}(?![0-9:%°A-Za-z]|"
        rf"[,.][0-9]|/[0-9]){_LAST}"
        rf"(?:(?P<comma>,)? ?(?<=[, ]){_YEAR})?",
        _month_first,
    ),
    rule(
        "date",
        rf"(?P<the>\b[Tt]he )?(?:(?<![0-9.,:$/-])|(?<=(?:June|July|arch|pril|gust|mber|ober)-)|"
        rf"(?<=(?: May|uary)-))\b(?:{_DAY}|{_DAY.replace('?P<day>', '')}(?!))"
        rf"(?:{DASH}(?P<last>[12]?[0-9]|3[01])(?:st|nd|rd|th)?)?(?: of)? (?P<month>{_MONTH})"
        rf"(?![a-z0-9])"
        rf"(?! [0-9]{{1,2}}(?![0-9]))(?:(?P<comma>,)? ?(?<=[, .]){_YEAR})?",
        _day_first,
    ),
    rule("date", rf"\b(?P<month>{_MONTH})(?P<comma>,)? {_YEAR}(?!{_COUNTED})", _month_year),
    rule("date", r"(?<=\x00)(?P<it>-| [-—] )(?=\x00)", " to ", "-—"),  # Oct 2019 - Mar 2020
    rule(
        "date",
        rf"(?<![A-Za-z])(?P<low>{_WEEKDAY}(?:day|sday|nesday|rsday|urday)?)\.?(?:{DASH})"
        rf"(?P<high>{_WEEKDAY})\.?(?![A-Za-z])",
        lambda m: None if m["low"].lower().endswith("day") else _weekdays(m),
        "-—",
    ),
    rule(
        "date",
        rf"(?<![A-Za-z])(?P<low>{_SHORTS}|Sept|May)(?:{DASH})(?P<high>{_SHORTS}|Sept\.?|May)"
        r"(?![A-Za-z])",
        _weekdays,
        "-—",
    ),
    rule(
        "date",
        r"(?<![0-9.,])(?P<n>[1-4])(?P<kind>Q) ?'?(?P<year>(?:20)?[0-9]{2})(?![0-9A-Za-z])",
        _part_of_year,
        "Q",
    ),
    rule(
        "date",
        r"(?<![0-9.,])(?P<n>[12])(?P<kind>H) ?'?(?P<year>(?:20)?[0-9]{2})(?![0-9A-Za-z])",
        _part_of_year,
        "H",
    ),
    rule(
        "date",
        r"\b(?P<kind>[QH])(?P<n>[1-4])(?:[ /-]?'?(?P<year>20[0-9]{2}|(?<=')[0-9]{2}))?"
        r"(?![0-9A-Za-z])",
        _quarter,
        "QH",
    ),
    rule("date", r"\bFY ?'?(?P<year>(?:19|20)?[0-9]{2})(?![0-9A-Za-z])", _fiscal, "Y"),
    rule(
        "year", r"(?<![A-Za-z0-9])(?P<it>'(?P<year>[0-9]{2}))(?![0-9A-Za-z'\"])", _short_year, "'"
    ),
)
_CUED = rule(  # "on 12/25", "due 3/4"
    "date",
    r"\b(?:[Oo]n|[Dd]ue(?: by)?|[Bb]y(?! (?:[12]/[34]|[13]/[24])(?![0-9]))|"
    r"[Uu]ntil|[Bb]efore|[Aa]fter|[Ss]ince|[Ff]rom|[Bb]etween|[Dd]ate:?|"
    r"[Ww]eek of|[Dd]ated|[Ee]xpires|[Ee]xp\.?|[Ss]tarting|[Bb]eginning|[Tt]hrough|[Tt]hru|"
    r"(?:Mon|Tue|Tues|Wed|Wednes|Thu|Thur|Thurs|Fri|Sat|Satur|Sun)(?:day)?\.?)"
    r",? \(?(?P<it>(?P<month>0?[1-9]|1[0-2])/(?P<day>0?[1-9]|[12][0-9]|3[01]))"
    r"(?![0-9/%A-Za-z]|[.,][0-9]| [a-z]{3,}s? (?:cup|teaspoon|mile|inch|hour))(?! (?:cup|"
    r"teaspoon|tablespoon|mile|inch|hour|of))",
    _cued,
    "/",
)
_SLASHED_SPAN = rule(  # 7/1-7/8
    "date",
    rf"(?<![0-9/.A-Za-z-])({_MONTH_DIGITS})/({_DAY_DIGITS})(?:{DASH})({_MONTH_DIGITS})/"
    rf"({_DAY_DIGITS})(?![0-9/%A-Za-z]|[.,][0-9]|-[0-9])",
    _slashed_span,
    "/",
)
_CUED_AGAIN = rule(  # "from 2/14 to 2/21"
    "date",
    r"\x00(?: (?:to|and|through|thru) | ?[-—] ?)(?P<it>(?P<month>0?[1-9]|1[0-2])"
    r"/(?P<day>0?[1-9]|[12][0-9]|3[01]))"
    r"(?![0-9/%A-Za-z]|[.,][0-9]| [a-z]{3,})",
    _cued,
    "/",
)
AMERICAN: tuple[Rule, ...] = (
    rule("date", _SLASHED, _figures, "/"),
    _SLASHED_SPAN,
    *_COMMON,
    _CUED,
    _CUED_AGAIN,
)
BRITISH: tuple[Rule, ...] = (rule("date", _SLASHED, _british_figures, "/"), *_COMMON)

YEARS: tuple[Rule, ...] = (
    rule(
        "year",
        rf"(?<![0-9,.$-])(?P<first>{_FULL_YEAR})(?:{DASH})(?P<last>{_FULL_YEAR}|[0-9]{{2}})"
        r"(?![0-9%-]|[,.][0-9])(?! ?[=×])",
        _span,
        "-—",
    ),
    rule(
        "year",
        rf"(?<![0-9,.$/-])(?P<first>19[0-9]{{2}}|20[0-9]{{2}})/(?P<last>{_FULL_YEAR}|[0-9]{{2}})"
        rf"(?![0-9/-]|[,.][0-9])",
        _season,
        "/",
    ),
    rule("year", rf"{_CUE}(?P<it>{_YEAR})(?!{_COUNTED}|[./-][0-9])", _year),
    rule(
        "year",
        rf"(?<![0-9,.$€£#:/+*=-]){_AMOUNT_CUE}(?P<year>1[1-9][0-9]{{2}}|20[0-9]{{2}}|"
        rf"2[1-9][1-9][1-9])"
        rf"(?![0-9A-Za-z%°$€£]|[,.:/-][0-9]|,?[0-9]|\+)(?!{_COUNTED})",
        _year,
    ),
    rule("date", rf"(?<![A-Za-z])(?P<it>(?:{_WEEKDAY})\.)(?=[ ,;:?!)]|$)", _weekday, "."),
    rule(
        "date",
        rf"(?<![A-Za-z])(?P<it>(?:{_WEEKDAY}))(?=,? (?:\x00|at\b|[0-9])|"
        rf"(?:,|/| &| and) ?{_WEEKDAY}\b|\.?,? [0-9])",
        _weekday,
        " /",
    ),
    rule(  # Tue & Thu
        "date", rf"(?<=\x00)(?:,|/| &| and) ?(?P<it>{_WEEKDAY})(?![A-Za-z])", _weekday, " /"
    ),
    rule(
        "date",
        r"(?<![A-Za-z])(?P<it>(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.)(?![A-Za-z])",
        _month_alone,
        ".",
    ),
    rule(
        "date",
        r"(?<![A-Za-z])(?P<it>Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)(?=,? \x00)",
        _month_alone,
        "JFMASOND",
    ),
)
