"""Numbers that stand alone: fractions, ranges, scores, ranks, decimals, quantities."""

from __future__ import annotations

import re

from tts.text.english.fraction import FRACTION, fraction_words
from tts.text.english.rule import (
    DASH,
    MINUS,
    SCALE,
    START,
    WHOLE,
    Rule,
    follows_label,
    number,
    rule,
    sign,
)
from tts.text.numbers import cardinal, decimal, digits, ordinal, paired, plural

_SAID_AS_NUMBERS = frozenset(("24/7", "50/50", "9/11", "20/20", "80/20", "7/11", "60/40", "70/30"))
_BOOKS = (
    r"Genesis|Exodus|Leviticus|Numbers|Deuteronomy|Joshua|Judges|Ruth|Samuel|Kings|Psalms?|Ps\.|"
    "Proverbs|Isaiah|Jeremiah|Daniel|Matthew|Mark|Luke|John|Acts|Romans|Corinthians|Galatians|"
    "Ephesians|"
    "Philippians|Colossians|Hebrews|James|Peter|Revelation"
)


def _fraction(match: re.Match[str]) -> str | None:
    text = match["fraction"]
    if text in _SAID_AS_NUMBERS:
        top, _, bottom = text.partition("/")
        return f"{cardinal(top)} {cardinal(bottom)}"
    if text == "1/f":
        return None
    return sign(match) + fraction_words(text)


def _out_of(match: re.Match[str]) -> str:
    return f"{number(match['top'])} out of {number(match['bottom'])}"


def _pair(match: re.Match[str]) -> str:
    return f"{number(match['low'])} to {number(match['high'])}"


def _range(match: re.Match[str]) -> str:
    low, high = match["low"], match["high"]
    if f"{low}/{high}" in _SAID_AS_NUMBERS - {"9/11", "7/11"}:
        return f"{cardinal(low)} {cardinal(high)}"
    return f"{_labelled(low)} to {_labelled(high)}"


def _labelled(text: str) -> str:
    return digits(text) if text[0] == "0" and text.isdigit() and len(text) > 1 else number(text)


def _verse(match: re.Match[str]) -> str:
    last = f" to {cardinal(match['last'])}" if match["last"] else ""
    return f"{cardinal(match['low'])} {cardinal(match['high'])}{last}"


def _record(match: re.Match[str]) -> str:
    return " ".join(cardinal(part) for part in re.findall("[0-9]+", match[0]))


def _rank(match: re.Match[str]) -> str | None:
    text = match["number"].replace(",", "")
    ending = match["ending"].lower()
    teen = len(text) > 1 and text[-2] == "1"
    right = {"1": "st", "2": "nd", "3": "rd"}.get(text[-1], "th") if not teen else "th"
    said = ordinal(text)
    many = "s" if match["many"] else ""
    return said + many if ending == right or (ending == "th" and len(text) > 1) else None


def _decimal(match: re.Match[str]) -> str:
    whole, _, fraction = match["number"].replace(",", "").partition(".")
    scale = f" {match['scale'].lower()}" if match["scale"] else ""
    return sign(match) + decimal(whole, fraction) + scale


def _quantity(match: re.Match[str]) -> str:
    text = match["number"]
    if "," in text:
        return sign(match) + cardinal(text.replace(",", ""))
    if (text[0] == "0" and len(text) > 1) or (len(text) > 6 and not text.endswith("000")):
        return sign(match) + digits(text)
    return sign(match) + cardinal(text)


def _pointed(match: re.Match[str]) -> str:
    return cardinal(re.sub("[._']", "", match["it"]))


def _plural(match: re.Match[str]) -> str:
    """The plural, or what something owns: "the iPhone 14's screen"."""
    return f"{cardinal(match[1])}'s" if "'" in match[0] else plural(cardinal(match[1]))


def _times(match: re.Match[str]) -> str:
    return f"{number(match['number'])} times"


def _numbered(match: re.Match[str]) -> str:
    text = match["number"]
    return f"number {digits(text) if len(text) > 4 and text.isdigit() else number(text)}"


def _resolution(match: re.Match[str]) -> str:
    return f"{_screen(match['lines'])} P"


def _screen(text: str) -> str:
    return paired(text)


def _plus(match: re.Match[str]) -> str:
    text = match["number"]
    return f"{sign(match)}{number(text)} plus"


def _scaled(match: re.Match[str]) -> str | None:
    if follows_label(match):
        return None
    names = {"k": "thousand", "m": "million", "b": "billion", "bn": "billion", "t": "trillion"}
    return f"{sign(match)}{number(match['number'])} {names[match['scale'].lower()]}"


def _loose(match: re.Match[str]) -> str:
    """Digits that touch letters ("B2B", "COVID-19") become words of their own."""
    run = match["it"].lstrip("-")
    if run[0] == "0" and len(run) > 1:
        return digits(run)
    if len(run) < 3 or (run.endswith("000") and len(run) < 7):
        return cardinal(run)
    if len(run) == 3:
        return (
            cardinal(run)
            if run.endswith("00")
            else paired(run)
            if match["it"][0] == "-" or _single_letter(match)
            else cardinal(run)
        )
    return digits(run)


def _single_letter(match: re.Match[str]) -> bool:
    """Whether one capital stands before the digits: "A320" is read by twos, "ab320" is not."""
    start = match.start("it")
    before = match.string[max(0, start - 2) : start].rstrip("-")
    return before[-1:].isupper() and not before[-2:-1].isalpha()


MILLIONS: tuple[Rule, ...] = (
    rule(
        "cardinal",
        rf"{MINUS}(?<![A-Za-z]){START}(?P<number>{WHOLE}(?:\.[0-9]+)?)(?P<scale>m)(?= (?:people|"
        rf"copies|users|views|"
        r"units|barrels|tons|tonnes|followers|subscribers|customers|jobs|homes|households|"
        r"viewers|downloads|shares|visitors|"
        r"residents|members|workers|votes|refugees|doses|streams|cars|vehicles|passengers|"
        r"students|children|Americans)\b)",
        _scaled,
        "m",
    ),
)
RULES: tuple[Rule, ...] = (
    rule(
        "cardinal",
        r"(?<![0-9.,])(?P<it>[1-9][0-9]{0,2}(?P<by>[.'_])[0-9]{3}(?:(?P=by)[0-9]{3})+)(?![0-9]|"
        r"[.'_][0-9])",
        _pointed,
        ".'_",
    ),
    rule(
        "identifier",
        r"(?<![0-9A-Za-z.,])(?P<number>401|403|457|501)(?:\((?P<letter>[a-z])\)|k\b)",
        lambda m: f"{paired(m['number'])} {m['letter'] or 'k'}",
        "45",
    ),
    rule(  # the 5K
        "identifier",
        r"\b(?:[Aa]|[Tt]he|ran|run|[Mm]y|[Hh]is|[Hh]er|first|annual|charity) "
        r"(?P<it>(?P<number>5|8|10|15)[Kk])(?![A-Za-z0-9])(?! [a-z]+s\b| people| more)",
        lambda m: f"{cardinal(m['number'])} K",
        "Kk",
    ),
    rule(  # 1920x1080
        "identifier",
        r"(?<![0-9A-Za-z.,])(?P<across>[0-9]{3,4}) ?[x×] ?(?P<down>[0-9]{3,4})"
        r"(?![A-Za-z0-9]|[.,][0-9]| ?[-+=*/^×])",
        lambda m: f"{_screen(m['across'])} by {_screen(m['down'])}",
        "x×",
    ),
    rule(
        "identifier",
        r"(?<![0-9A-Za-z.,])(?P<lines>240|360|480|720|1080|1440|2160|4320)[pP](?![A-Za-z0-9])",
        _resolution,
        "pP",
    ),
    rule(
        "score",
        rf"\b(?:[Rr]at(?:ed|ing)(?: (?:it|of|is|was|us|them))?|[Ss]cor(?:ed|e|ing)(?: (?:of|a|"
        rf"is|was|an))?|[Gg]ot|"
        rf"[Gg]ave (?:it|them|us)(?: an?)?|[Gg]rade:?|[Rr]ating:|[Ss]core:)"
        rf" (?P<it>(?P<top>{WHOLE}(?:\.[0-9])?) ?/ ?(?P<bottom>5|10|20|50|100))(?![0-9/])",
        _out_of,
        "/",
    ),
    rule(
        "score",
        r"(?<![0-9/])(?P<top>[0-9]+\.[0-9]+) ?/ ?(?P<bottom>5|10|20|100)(?:\.0)?(?![0-9/])",
        _out_of,
        "/",
    ),
    rule("score", r"(?<![0-9/.])(?P<top>10)/(?P<bottom>10)(?![0-9/])", _out_of, "/"),
    rule(
        "score",
        r"(?<![0-9/.])(?P<top>[0-9]{1,3})/(?P<bottom>[0-9]{1,3})(?= stars| points| correct|"
        r" marks)",
        _out_of,
        "/",
    ),
    rule(
        "fraction",
        rf"{MINUS}(?<![0-9./,A-Za-z])(?P<fraction>(?:[1-9][0-9]{{0,3}}[ -])?{FRACTION})(?:th|TH|"
        rf"rd|RD|ths|rds|nd)?(?![A-Za-z0-9])",
        _fraction,
        "/",
    ),
    rule("range", r"(?<=\x00)(?P<it>-)(?=\x00)", " to ", "/"),  # 1/2-3/4
    rule(
        "ordinal",
        rf"{START}(?P<number>{WHOLE})(?P<ending>st|nd|rd|th|ST|ND|RD|TH)(?P<many>s)"
        rf"?(?![A-Za-z0-9])",
        _rank,
        "tdTD",
    ),
    rule("cardinal", rf"(?<![A-Za-z0-9#])# ?(?P<number>{WHOLE})(?![A-Za-z0-9])", _numbered, "#"),
    rule(
        "score",
        rf"\b(?:{_BOOKS}) (?P<it>(?P<low>[0-9]{{1,3}}):(?P<high>[0-9]{{1,3}})"
        rf"(?:[-—](?P<last>[0-9]{{1,3}}))?)(?![0-9:])",
        _verse,
        ":",
    ),
    rule(
        "score",
        r"(?<![0-9A-Za-z.,-])[0-9]{1,3}-[0-9]{1,3}-[0-9]{1,3}(?![0-9A-Za-z-]|[.,][0-9])",
        _record,
        "-",
    ),
    rule(  # 5-7-year-olds
        "range",
        r"(?<![0-9.,A-Za-z-])(?P<low>[0-9]{1,3})-(?:to-)?(?=[0-9]{1,3}-[a-z]{3})",
        lambda m: f"{cardinal(m['low'])} to ",
        "-",
    ),
    rule(
        "range",
        rf"(?<![0-9.,A-Za-z-])(?P<low>{WHOLE}(?:\.[0-9]+)?)(?:{DASH})"
        rf"(?P<high>{WHOLE}(?:\.[0-9]+)?)(?![0-9A-Za-z-]|[.,][0-9]| ?=)",
        _range,
        "-—",
    ),
    rule("score", r"(?<![0-9.,:])(?P<low>[0-9]{1,4}):(?P<high>[0-9]{1,4})(?![0-9:])", _pair, ":"),
    rule(
        "cardinal",
        rf"{START}(?P<number>{WHOLE}(?:\.[0-9]+)?)[xX×](?![A-Za-z0-9])"
        r"(?! ?[-+=*/^] ?[0-9a-z](?<!/[dwmyh]))",
        _times,
        "xX×",
    ),
    rule(  # 150M copies, 10k followers
        "cardinal",
        rf"{MINUS}(?<![A-Za-z]){START}(?P<number>{WHOLE}(?:\.[0-9]+)?)(?P<scale>[KkMBT]|bn)"
        rf"(?<!\b[48]K)"
        r"(?![A-Za-z0-9])(?= [a-z]{2}|[+.,;!?)]|$)(?! (?:run|race|walk|video|display|screen|"
        r"monitor|tv|resolution|dash|of memory|block))",
        _scaled,
        "KkMBTbm",
    ),
    rule(
        "decimal",
        rf"{MINUS}{START}(?<![A-Za-z.](?=\.))(?P<number>{WHOLE}?\.[0-9]+)(?![0-9])"
        rf"(?: (?P<scale>{SCALE})\b)?",
        _decimal,
        ".",
    ),
    rule("cardinal", rf"{START}\b([0-9]+)'?s\b", _plural, "s"),
    rule("cardinal", r"(?<=[A-Za-z])(?P<it>-[0-9]+)(?![0-9A-Za-z]|[.,][0-9])", _loose),
    rule(
        "cardinal",
        rf"{MINUS}(?<![A-Za-z]){START}(?P<number>{WHOLE})\+(?![0-9A-Za-z=+])",
        _plus,
        "+",
    ),
    rule("cardinal", rf"{MINUS}(?<![A-Za-z]){START}(?P<number>{WHOLE})(?![A-Za-z0-9])", _quantity),
    rule("cardinal", r"(?P<it>[0-9]+)", _loose),
)
