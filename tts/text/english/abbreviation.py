"""Abbreviations: "Dr. Smith", "Main St.", "e.g.", "Inc."; letters said apart: "U.S.", "FBI"."""

from __future__ import annotations

import re

from tts.text.english.rule import Rule, ends_sentence, rule

# Before a name.
_TITLES = {
    "Mr": "mister", "Mrs": "missus", "Ms": "miz", "Dr": "doctor", "Prof": "professor",
    "Rev": "reverend", "Fr": "father", "St": "saint", "Mt": "mount", "Ft": "fort",
    "Gen": "general", "Col": "colonel", "Maj": "major", "Capt": "captain", "Cpt": "captain",
    "Lt": "lieutenant", "Sgt": "sergeant", "Cpl": "corporal", "Pvt": "private",
    "Adm": "admiral", "Cmdr": "commander", "Gov": "governor", "Sen": "senator",
    "Rep": "representative", "Pres": "president", "Hon": "honorable", "Messrs": "messieurs",
    "Mme": "madame", "Mlle": "mademoiselle", "Supt": "superintendent", "Insp": "inspector",
}  # fmt: skip
# Behind a name.
_AFTER = {
    "St": "street", "Ave": "avenue", "Av": "avenue", "Blvd": "boulevard", "Rd": "road",
    "Dr": "drive", "Ln": "lane", "Ct": "court", "Pl": "place", "Sq": "square", "Hwy": "highway",
    "Pkwy": "parkway", "Jr": "junior", "Sr": "senior", "Esq": "esquire", "Inc": "incorporated",
    "Ltd": "limited", "Corp": "corporation", "Co": "company", "Bros": "brothers",
}  # fmt: skip
# Anywhere; the stop belongs to the abbreviation.
_ANYWHERE = {
    "e.g.": "for example", "i.e.": "that is", "etc.": "et cetera", "vs.": "versus",
    "v.": "versus", "cf.": "compare", "viz.": "namely", "approx.": "approximately",
    "dept.": "department", "est.": "established", "govt.": "government",
    "misc.": "miscellaneous", "assn.": "association", "univ.": "university",
    "et al.": "and others", "a.k.a.": "also known as", "w/o": "without", "w/": "with",
    "b/c": "because",
}  # fmt: skip
# Before a number only: "fig. 5", but "he ate a fig."
_BEFORE_NUMBER = {
    "no": "number", "nos": "numbers", "fig": "figure", "figs": "figures", "vol": "volume",
    "ch": "chapter", "p": "page", "pp": "pages", "apt": "apartment", "ext": "extension",
    "tel": "telephone", "sec": "section", "art": "article", "ca": "circa", "c": "circa",
}  # fmt: skip
_DAYS = {
    "Mon": "Monday", "Tue": "Tuesday", "Tues": "Tuesday", "Wed": "Wednesday", "Thu": "Thursday",
    "Thur": "Thursday", "Thurs": "Thursday", "Fri": "Friday", "Sat": "Saturday", "Sun": "Sunday",
    "Jan": "January", "Feb": "February", "Mar": "March", "Apr": "April", "Jun": "June",
    "Jul": "July", "Aug": "August", "Sep": "September", "Sept": "September", "Oct": "October",
    "Nov": "November", "Dec": "December",
}  # fmt: skip
_ALSO_WORDS = frozenset(("Sun", "Sat", "Mar", "Wed"))  # "He looked at the Sun."
# Capitals that would read as a word are spelled only if they stand here.
_LETTERS_APART = (
    "USA UK US EU UN AI IT TV PC CEO CFO CTO CIA IRA IOU FAQ UFO USB URL GPU CPU API AWS IBM ATM "
    "VIP DIY DVD CD DJ ID IQ MBA PhD BBC CNN NBC ABC CBS FBI NYC NBA NFL NHL UCLA MIT GMT PR HR "
    "RSVP ASAP AOL ACLU IRS NRA AFL CIO EPA FDA NSA USSR UAE SUV RV GDP IPO ADHD DNA RNA MRI ER "
    "AC DC ETA IPA USAF USS UPS USPS ESL GPA"
)
_SPELLED = frozenset(_LETTERS_APART.split())
_VOWEL = re.compile("[AEIOUY]")
_SOUNDS = frozenset(("HMM", "SHH", "PSST", "PST", "BRR", "GRR", "MMM", "ZZZ", "MR", "MRS", "DR"))
_OPENERS = (
    r"(?:The|A|An|It|He|She|They|We|I|You|In|On|At|And|But|This|That|There|These|His|Her|Its|My|"
    r"Our|Your|Their|Then|When|If|As|So|No|Not|What|Who|How|For|From|With|After|Before|Now)\b"
)


def _title(match: re.Match[str]) -> str:
    words = _TITLES[match["title"]]
    return words.capitalize() if match["title"][0].isupper() else words


def _after(match: re.Match[str]) -> str:
    words = f"{match['name']}{_AFTER[match['short']].capitalize()}"
    return words + ("." if ends_sentence(match) else "")


def _anywhere(match: re.Match[str]) -> str:
    short = match[0].lower()
    words = _ANYWHERE[short]
    if match[0][0].isupper():
        words = words.capitalize()
    ends = short.endswith(".") and ends_sentence(match, before_capital=short == "etc.")
    return words + ("." if ends else "")


def _before_number(match: re.Match[str]) -> str:
    words = _BEFORE_NUMBER[match[1].lower()]
    return f"{words.capitalize() if match[1][0].isupper() else words} "


def _calendar(match: re.Match[str]) -> str:
    if not ends_sentence(match):
        return _DAYS[match[1]]
    return match[0] if match[1] in _ALSO_WORDS else f"{_DAYS[match[1]]}."


def _stopped_letters(match: re.Match[str]) -> str:
    letters = " ".join(match[0].replace(".", "").upper())
    ends = match[0].endswith(".") and ends_sentence(match, before_capital=False)
    return letters + ("." if ends else "")


def _capitals(match: re.Match[str]) -> str:
    word, tail = match["word"], match["tail"] or ""
    shouted = match.string[max(0, match.start() - 40) : match.end() + 40].isupper()
    named = word in _SPELLED and not shouted
    if not named and (_VOWEL.search(word) or word in _SOUNDS):
        return match[0]
    return " ".join(word) + ("'s" if tail else "")


def _any_of(names: dict[str, str]) -> str:
    return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))


_ALSO_TITLE = "St|Dr"
_ONLY_AFTER = "|".join(name for name in _AFTER if name not in ("St", "Dr"))
_NAME = r"\b[A-Z0-9][A-Za-z0-9'&-]*"
RULES: tuple[Rule, ...] = (
    rule(rf"\b({_any_of(_BEFORE_NUMBER)})\. ?(?=[0-9])", _before_number, ".", re.IGNORECASE),
    rule(rf"(?P<name>{_NAME},? )(?P<short>{_ONLY_AFTER})\.", _after, "."),
    # "Baker St. The", "221 Baker St. near"; elsewhere "St. Mary".
    rule(
        rf"(?P<name>{_NAME} )(?P<short>{_ALSO_TITLE})\.(?:(?! [A-Z])|(?= {_OPENERS}))",
        _after, ".",
    ),
    rule(rf"\b(?P<title>{_any_of(_TITLES)})\. ?(?=[A-Z]|and )", lambda m: _title(m) + " ", "."),
    rule(r"\b(?P<title>Mrs|Mr|Ms|Dr) (?=[A-Z])", lambda m: _title(m) + " ", "MD"),
    rule(rf"(?<![A-Za-z.])(?:{_any_of(_ANYWHERE)})(?![A-Za-z])", _anywhere, "./", re.IGNORECASE),
    rule(rf"\b({_any_of(_DAYS)})\.", _calendar, "."),
    rule(r"(?<![A-Za-z.])(?:[A-Za-z]\.){2,}(?:[A-Za-z](?![A-Za-z]))?", _stopped_letters, "."),
    rule(r"(?<![A-Za-z'])(?P<word>[A-Z]{2,5})(?P<tail>'?s)?(?![A-Za-z]|'[A-Za-z])", _capitals),
)  # fmt: skip
