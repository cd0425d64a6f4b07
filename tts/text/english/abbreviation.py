"""Abbreviations in context: "Dr. Smith", "Main St.", "No. 7", "e.g.", "Inc.", "vs."."""

from __future__ import annotations

import re

from tts.text.english.address import STREETS
from tts.text.english.rule import DIGITS, OPENERS, TAKEN, Rule, any_of, ends_sentence, rule

# Before a name.
_TITLES = {
    "Mr": "mister", "Mrs": "missus", "Ms": "miz", "Dr": "doctor", "Drs": "doctors",
    "Prof": "professor", "Profs": "professors", "Rev": "reverend", "Fr": "father", "St": "saint",
    "Ste": "saint", "Sts": "saints", "Mt": "mount", "Mts": "mounts", "Ft": "fort", "Pt": "point",
    "Gen": "general", "Col": "colonel", "Maj": "major", "Capt": "captain", "Cpt": "captain",
    "Lt": "lieutenant", "Sgt": "sergeant", "Cpl": "corporal", "Pvt": "private", "Cdr": "commander",
    "Adm": "admiral", "Cmdr": "commander", "Gov": "governor", "Sen": "senator", "Sens": "senators",
    "Rep": "representative", "Reps": "representatives", "Pres": "president", "Hon": "honorable",
    "Messrs": "messieurs", "Mme": "madame", "Mlle": "mademoiselle", "Supt": "superintendent",
    "Insp": "inspector", "Det": "detective", "Atty": "attorney", "Amb": "ambassador",
    "Sec": "secretary", "Msgr": "monsignor", "Br": "brother", "Brig": "brigadier",
    "Asst": "assistant", "Assoc": "associate", "Rm": "room", "Dir": "director", "Ofc": "officer",
}  # fmt: skip
_BARE_TITLES = "Mrs|Mr|Ms|Dr|Prof|St|Mt|Ft|Lt|Sgt|Capt|Cpl|Rev|Maj"
# Behind a name.
_AFTER = {
    **{short: name.lower() for short, name in STREETS.items() if short not in ("Cir", "Ter")},
    "Jr": "junior", "Sr": "senior", "Esq": "esquire", "Inc": "incorporated",
    "Ltd": "limited", "Corp": "corporation", "Co": "company", "Cos": "companies",
    "Bros": "brothers", "Univ": "university", "Dept": "department", "Mfg": "manufacturing",
    "Intl": "international", "Assn": "association", "Assoc": "association", "Inst": "institute",
    "Mtn": "mountain", "Mtns": "mountains", "Is": "island", "Hts": "heights", "Pk": "park",
}  # fmt: skip
# Anywhere; the stop belongs to the abbreviation.
_ANYWHERE = {
    "e.g.": "for example", "eg.": "for example", "i.e.": "that is", "ie.": "that is",
    "etc.": "et cetera", "etc": "et cetera", "vs.": "versus", "vs": "versus",
    "cf.": "compare", "viz.": "namely", "approx.": "approximately", "appt.": "appointment",
    "dept.": "department", "depts.": "departments", "est.": "established", "govt.": "government",
    "gov't": "government", "int'l": "international", "nat'l": "national",
    "misc.": "miscellaneous", "assn.": "association", "univ.": "university",
    "et al.": "and others", "et al": "and others", "a.k.a.": "also known as",
    "aka": "also known as", "w/o": "without", "b/c": "because", "c/o": "care of",
    "b/w": "between", "avg.": "average", "avg": "average", "incl.": "including",
    "excl.": "excluding", "feat.": "featuring", "attn.": "attention",
    "ea.": "each", "attn": "attention",
    "mgr.": "manager", "mgmt.": "management", "mgmt": "management", "mtg.": "meeting",
    "mtg": "meeting", "qty.": "quantity",
    "qty": "quantity", "ref.": "reference", "refs.": "references", "temp.": "temperature",
    "tel.": "telephone", "vol.": "volume", "vols.": "volumes", "hrs.": "hours",
    "hrs": "hours", "mins": "minutes", "yrs": "years", "p/m": "per month",
    "p/w": "per week", "p/h": "per hour", "p.a.": "per annum",
    "yrs.": "years", "mins.": "minutes", "secs.": "seconds", "wks.": "weeks", "mos.": "months",
    "lbs.": "pounds", "lbs": "pounds", "tbsp.": "tablespoon", "tsp.": "teaspoon",
    "intro.": "introduction", "prev.": "previous", "alt.": "alternate", "esp.": "especially",
    "bldg.": "building", "hwy.": "highway", "hwy": "highway", "blvd.": "boulevard",
    "ave.": "avenue", "ext.": "extension", "max.": "maximum", "dist.": "district",
    "pkg.": "package", "pls": "please", "thx": "thanks", "tv": "T V",
    "ph.d.": "P H D", "ph.d": "P H D", "ph.ds": "P H Ds", "ed.d.": "E D D", "b.sc.": "B S C",
    "m.sc.": "M S C", "p.s.": "P S", "min.": "minimum", "mfg.": "manufacturing",
    "corp.": "corporation", "inc.": "incorporated", "ltd.": "limited", "acct.": "account",
    "amt.": "amount", "bal.": "balance", "dep.": "departure", "arr.": "arrival",
    "s.t.": "such that", "w.r.t.": "with respect to", "w.r.t": "with respect to",
    "wrt": "with respect to", "ctrl": "control", "cmd": "command",
    "a.s.a.p.": "as soon as possible", "n/a": "not applicable",
    "jr.": "junior", "sr.": "senior", "mr.": "mister", "mrs.": "missus", "dr.": "doctor",
    "prof.": "professor",
}  # fmt: skip
_NEVER_CAPITAL = frozenset(
    ("max.", "alt.", "min.", "est.", "temp.", "ref.", "dep.", "arr.", "bal.")
)
# Before a number only: "fig. 5", but "he ate a fig."
_BEFORE_NUMBER = {
    "no": "number", "nos": "numbers", "num": "number", "fig": "figure", "figs": "figures",
    "vol": "volume", "vols": "volumes", "ch": "chapter", "chs": "chapters", "p": "page",
    "pp": "pages", "pg": "page", "pgs": "pages", "apt": "apartment", "ext": "extension",
    "tel": "telephone", "sec": "section", "art": "article", "ca": "circa", "c": "circa",
    "eq": "equation", "eqs": "equations", "ex": "example", "ep": "episode", "eps": "episodes",
    "para": "paragraph", "ver": "version", "pt": "part", "col": "column", "tab": "table",
    "op": "opus", "approx": "approximately", "rm": "room", "ste": "suite",
    "bldg": "building", "hwy": "highway", "rte": "route", "ll": "lines",
    "v": "verse", "vv": "verses", "min": "minimum",
    "max": "maximum", "flt": "flight", "ser": "series", "bk": "book",
    "ps": "psalm", "prop": "proposition", "blk": "block", "doc": "document",
}  # fmt: skip
_BARE_BEFORE_NUMBER = "fig|figs|vol|ch|pp|apt|ext|pg|rm|bldg|hwy|rte|eq|approx|ca|flt|ep|ver|nos"


def _title(match: re.Match[str]) -> str:
    words = _TITLES[match["title"].capitalize()]
    return words.capitalize() + " "


def _after(match: re.Match[str]) -> str:
    words = _AFTER[match["it"].rstrip(".")].capitalize()
    return words + ("." if match["it"].endswith(".") and ends_sentence(match) else "")


def _anywhere(match: re.Match[str]) -> str | None:
    short = match[0].lower()
    if short not in _ANYWHERE or _is_plural_of_capitals(match[0]):
        return None
    words = _ANYWHERE[short]
    stopped = short.endswith(".")
    if match[0][0].isupper():
        if short == "max." or (short in _NEVER_CAPITAL and ends_sentence(match)):
            return None
        words = words[0].upper() + words[1:]
    elif stopped and short in _NEVER_CAPITAL and ends_sentence(match):
        return None
    ends = stopped and ends_sentence(match, before_capital=short == "etc.")
    return words + ("." if ends else "")


def _is_plural_of_capitals(text: str) -> bool:
    """Whether these are initials, such as "HRs", and not what they would be in lower case."""
    return len(text) > 2 and text[-1] == "s" and text[:-1].isupper()


def _is_answer(match: re.Match[str]) -> bool:
    """Whether "no" is a sentence: "No. 25 March is fine", "He said no. Ten people left"."""
    before = match.string[max(0, match.start() - 6) : match.start()]
    opens = not before or before.endswith((". ", "! ", "? ", '"'))
    first = opens and match[1] == "No" and match.string[match.end()] == TAKEN
    return first or before.endswith(("said ", " say ", "says "))


def _before_number(match: re.Match[str]) -> str | None:
    if match[1] in ("No", "no") and _is_answer(match):
        return None
    words = _BEFORE_NUMBER[match[1].lower()]
    return f"{words.capitalize() if match[1][0].isupper() else words} "


_ONLY_AFTER = any_of(name for name in _AFTER if name not in ("St", "Dr", "Is", "Co"))
_CAPITAL_BEFORE = r"\b[A-Z0-9][A-Za-z0-9'&-]{0,40},? "
RULES: tuple[Rule, ...] = (
    rule(
        "abbreviation",
        rf"(?<![A-Za-z'.])({any_of(_BEFORE_NUMBER)})\. ?(?=[0-9\x00#]|[IVX]+\b)",
        _before_number,
        ".",
        re.IGNORECASE,
    ),
    rule(
        "abbreviation",
        rf"(?<![A-Za-z'])({_BARE_BEFORE_NUMBER}) (?=[0-9])",
        _before_number,
        DIGITS,
        re.IGNORECASE,
    ),
    rule(
        "abbreviation",
        rf"(?:{_CAPITAL_BEFORE}|& |\x00 )(?P<it>(?:{_ONLY_AFTER}|Co)\.)(?! [a-z]+ing\b)",
        _after,
        ".",
    ),
    rule(  # Ford Co, Acme Inc, King Jr
        "abbreviation",
        rf"{_CAPITAL_BEFORE}(?P<it>Inc|Ltd|Corp|Jr|Sr|Bros|Blvd|Ave|Rd|Hwy|Pkwy)(?![A-Za-z.'])",
        _after,
        "IJSCLBARHP",
    ),
    rule(
        "abbreviation",
        r"\b(?:[Tt]he|[Aa]|[Mm]y|[Yy]our|[Oo]ur|[Hh]is|[Hh]er|[Tt]heir) (?P<it>Dr\.?)(?= [a-z])",
        "doctor",
        "D",
    ),
    rule("abbreviation", r"\bNo\.(?= of )", "Number", "N"),
    # "Baker St. The", "221 Baker St. near"; elsewhere "St. Mary".
    rule(
        "abbreviation",
        rf"{_CAPITAL_BEFORE}(?P<it>(?:St|Dr)\.)(?:(?! [A-Z\x00])|(?= {OPENERS}))",
        _after,
        ".",
    ),
    rule(
        "abbreviation",
        r"\b[A-Z][a-z]{2,20} (?P<it>St|Dr)(?=[,;:!?)]|\.? [a-z]|\.?$)(?! (?:of|de)\b)",
        _after,
        "SD",
    ),
    rule(  # "3rd ed."
        "abbreviation", r"(?<=[0-9](?:st|nd|rd|th) )ed\.(?=[ ,;)]|$)", "edition", "."
    ),
    rule(
        "abbreviation",
        r"\b[Aa]pt\.(?= (?:for|in|near|with|on|at)\b|[,;])",
        lambda m: f"{m[0][0]}partment",
        ".",
    ),
    rule("abbreviation", r"(?<=[a-z.] )incl\.(?=$|[,;)])", "included", "."),
    rule("abbreviation", r"(?<=[0-9](?:st|nd|rd|th) )fl\.(?=[ ,;)]|$)", "floor", "."),
    rule("abbreviation", r"(?<=[0-9]th )Cir\.", "Circuit", "."),
    rule("abbreviation", r"(?<![A-Za-z.])b\.(?= (?:c\. )?[\x00])", "born", "b"),
    rule("abbreviation", r"(?<![A-Za-z.])d\.(?= (?:c\. )?[\x00])", "died", "d"),
    rule(
        "abbreviation", rf"\b(?P<title>{any_of(_TITLES)})\. ?(?=[A-Z]|and |1st Class)", _title, "."
    ),
    rule(
        "abbreviation",
        r"\b(?P<title>Lt|Col|Gen|Sgt|Maj|Capt|Gov|Sen|Rep|Prof|Cpl|Cmdr|Adm|Brig)\.(?= [a-z])",
        _title,
        ".",
    ),
    rule("abbreviation", rf"\A(?P<title>{any_of(_TITLES)})\.\Z", _title, "."),
    rule("abbreviation", rf"\b(?P<title>{_BARE_TITLES}) (?=[A-Z][a-z])", _title, "MDPSFLCR"),
    rule(
        "abbreviation",
        rf"(?<![A-Za-z._])(?:{any_of(_ANYWHERE)})(?![A-Za-z_]|'[a-z])",
        _anywhere,
        "./'aeQqpPtTmMlLhHyY",
        re.IGNORECASE,
    ),
    rule(
        "abbreviation", r"(?<![A-Za-z])(?<=[a-z] )(?P<it>v\.?)(?= (?:the )?[A-Z])", "versus", "v"
    ),
    rule("abbreviation", r"(?<=[A-Za-z] )v\.(?= )", "versus", "v"),
    rule("abbreviation", r"(?<![A-Za-z])w/(?! ?o\b) ?(?=[A-Za-z0-9\x00])", "with ", "/"),
)
