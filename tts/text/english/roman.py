"""Roman numerals: "Henry VIII", "World War II", "Chapter IV", "the XIX century"."""

from __future__ import annotations

import re

from tts.text.english.rule import Rule, rule
from tts.text.numbers import cardinal, ordinal, year

_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_NUMBERED = (
    r"Chapter|Part|Volume|Vol\.|Book|Act|Scene|Section|Article|Title|Type|Phase|Class|Grade|Level|"
    r"Stage|Round|Episode|Season|Figure|Table|Appendix|Lesson|Unit|World War|Super Bowl|War|Track|"
    r"Rocky|Rambo|Fantasy|Mark|Apollo|Titan|Saturn|Tier|Division|Category|Schedule|Annex|Exhibit|"
    r"WrestleMania|Group|Zone|Factor|Stratum|Corps|Amendment|Canto|Psalm|Symphony No\."
)
_RULERS = (
    r"King|Queen|Pope|Emperor|Henry|Louis|George|Edward|Charles|James|William|Elizabeth|Richard|"
    r"John|Paul|Pius|Napoleon|Philip|Benedict|Alexander|Frederick|Catherine|Mary|Nicholas|Peter|"
    r"Ivan|Leo|Gregory|Urban|Clement|Innocent|Robert|David|Francis|Ferdinand|Leopold|Ramses|"
    r"Harald|Gustav|Christian|Otto|Haakon|Olav|Felipe|Carlos|Juan|Pedro|Maria|Margrethe|Victor|"
    r"Emmanuel|Wilhelm|Friedrich|Ptolemy|Cyrus|Darius|Xerxes|Malcolm(?= I)|Constantine|Justinian|"
    r"Theodosius|"
    r"Valentinian|Boniface|Julius|Sixtus|Celestine|Adrian|Baldwin|Stephen|Thomas|Joseph|Michael|"
    r"Albert|Alfonso|Selim|Murad|Suleiman|Mehmed|Sigismund|Casimir|Davis|Smith|Jones|Howard|Gates"
)
# Those that could be letters or a word are read only behind a name for what is numbered.
_ROMAN = (
    r"(?P<roman>(?=[IVXLCDM])M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3}))"
    r"(?![A-Za-z0-9])"
)
_PLAIN = r"(?P<roman>(?=[IVX]{2})X{0,3}(?:IX|IV|V?I{0,3}))(?![A-Za-z0-9'])(?!XX)"

_DRIP = r"IV (?:drip|line|fluid|bag|pole|antibiotic)"


def value(text: str) -> int:
    """What a Roman numeral stands for."""
    total = 0
    for sign, following in zip(text, text[1:] + " "):
        worth = _VALUES[sign]
        total += -worth if _VALUES.get(following, 0) > worth else worth
    return total


def _cardinal(match: re.Match[str]) -> str:
    return cardinal(str(value(match["roman"].upper())))


def _ruler(match: re.Match[str]) -> str:
    tail = "'s" if match["tail"] else ""
    return f"the {ordinal(str(value(match['roman'])))}{tail}"


def _century(match: re.Match[str]) -> str:
    return ordinal(str(value(match["roman"])))


def _year(match: re.Match[str]) -> str | None:
    number = value(match["roman"])
    return year(str(number)) if 1000 < number < 2100 else None


_IT = rf"(?P<it>{_ROMAN})"
RULES: tuple[Rule, ...] = (
    rule("roman", rf"\b(?:{_NUMBERED}|{_NUMBERED.upper()}) {_IT}(?!')", _cardinal, _VALUES),
    rule(  # Scene ii
        "roman",
        rf"\b(?:{_NUMBERED}|\x00,? [Ss]cene) (?P<it>(?P<roman>(?=[ivx]{{2}})x{{0,3}}"
        r"(?:ix|iv|v?i{0,3})))(?![A-Za-z0-9'])",
        _cardinal,
        "ivx",
    ),
    rule(
        "roman",
        rf"\b(?:{_RULERS}) (?!I\b(?!\.|,|'s|$| of| and ))(?P<it>{_ROMAN}(?!\.[A-Z])(?P<tail>'s)?)",
        _ruler,
        _VALUES,
    ),
    rule(  # Henry Ford II
        "roman",
        rf"\b(?!King|Queen|Pope|Emperor)(?:{_RULERS}) (?:[A-Z]\. )?[A-Z][a-z]{{2,15}} "
        r"(?P<it>(?P<roman>II|III|IV)(?P<tail>'s)?)(?![A-Za-z'])",
        _ruler,
        "IV",
    ),
    rule("roman", rf"(?<![A-Za-z0-9]){_PLAIN}(?=(?:th)? [Cc]entur)", _century, _VALUES),
    rule(
        "year",
        r"(?<![A-Za-z0-9])(?P<roman>M{1,2}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3}))"
        r"(?<=[IVXLCDM]{4})(?![A-Za-z0-9])",
        _year,
        "M",
    ),
    rule(
        "roman",
        rf"(?<=[a-z] )(?!(?<=an )IV|(?<=the )IV|(?<=by )IV)(?!{_DRIP}){_PLAIN}",
        _cardinal,
        "IVX",
    ),
    rule("roman", rf"\A(?!{_DRIP}){_PLAIN}(?=[.:]? |[.:]?\Z)", _cardinal, "IVX"),
    rule("roman", r"(?<=\()(?P<roman>ii|iii|iv|vi{1,3}|ix|xi{1,3})(?=\))", _cardinal, "ivx"),
)
