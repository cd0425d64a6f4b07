"""Numbers of any language that num2words knows: quantities, decimals, money, percentages, years.

Everything else is left as it is; espeak reads the rest of a text in the language's own way.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache, partial

from num2words import CONVERTER_CLASSES, num2words

from tts.errors import TextError
from tts.text.span import Span

# Where a comma begins the decimals and a point or a space divides the thousands.
_DECIMAL_COMMA_LANGUAGES = (
    "am az be bg ca cs da de el es eo et eu fi fr gl hr hu hy id is it kk lt lv mk nl no nb pl pt "
    "ro ru sk sl sr sv tr uk uz vi"
)
_DECIMAL_COMMA = frozenset(_DECIMAL_COMMA_LANGUAGES.split())
_DECIMAL_POINT_REGIONS = frozenset(("es-mx", "es-us", "de-ch", "es_GT", "es_CR"))
_CURRENCIES = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY"}
_PERCENT = {
    "de": "Prozent", "fr": "pour cent", "es": "por ciento", "it": "per cento", "pt": "por cento",
    "nl": "procent", "sv": "procent", "da": "procent", "no": "prosent", "nb": "prosent",
    "pl": "procent", "cs": "procent", "sk": "percent", "hu": "százalék", "ro": "la sută",
    "fi": "prosenttia", "tr": "yüzde", "ru": "процентов", "uk": "відсотків", "en": "percent",
}  # fmt: skip
_YEARS_BY_HUNDREDS = frozenset(("da", "de", "en", "nl", "no"))
_MAX_DIGITS = 24  # beyond it, digit by digit
_SIGNS = "".join(_CURRENCIES)


def count(text: str, language: str) -> tuple[str, tuple[Span, ...]]:
    """The text with its numbers in words, and a span for each of them.

    Raises:
        TextError: num2words does not have the language.
    """
    name = language_of(language)
    pattern = _pattern(language)
    spans: list[Span] = []

    def say(match: re.Match[str]) -> str:
        kind, words = _say(match, name)
        spans.append(Span(*match.span(), match[0], kind, words))
        return _apart(match, words)

    spoken = pattern.sub(say, text)
    return " ".join(spoken.split()), tuple(spans)


def language_of(language: str) -> str:
    """num2words' name for a language of espeak: "pt-br" is "pt_BR", "de-at" is "de".

    Raises:
        TextError: there is none.
    """
    main, _, region = language.partition("-")
    main = {"nb": "no", "cmn": "zh"}.get(main, main)
    for name in (f"{main}_{region.upper()}", main):
        if name in CONVERTER_CLASSES:
            return name
    there = ", ".join(sorted(CONVERTER_CLASSES))
    raise TextError(
        f"num2words cannot count in {language!r}; use normaliser none, or one of {there}"
    )


@lru_cache(maxsize=64)
def _pattern(language: str) -> re.Pattern[str]:
    """What a number looks like, with its sign and what it counts."""
    comma = language.partition("-")[0] in _DECIMAL_COMMA and language not in _DECIMAL_POINT_REGIONS
    group, point = (r"[.\u00a0\u202f ]", ",") if comma else (r"[,\u00a0\u202f]", r"\.")
    whole = rf"(?:[0-9]{{1,3}}(?:{group}[0-9]{{3}})+(?![0-9])|[0-9]+)"
    either = rf"(?:{point}(?P<fraction>[0-9]+)|[.,](?P<short>[0-9]{{1,2}})(?![0-9]))"
    number = rf"(?<![0-9])(?<![0-9][.,])(?P<whole>{whole}){either}?"
    sign = rf"(?P<before>[{_SIGNS}])?"
    tail = rf"(?: ?(?P<after>[{_SIGNS}%]))?"
    return re.compile(rf"(?P<minus>(?<![^\s(])[-−])?{sign}{number}{tail}")


def _say(match: re.Match[str], name: str) -> tuple[str, str]:
    fraction = match["fraction"] or match["short"]
    text = re.sub("[^0-9]", "", match["whole"]) + (f".{fraction}" if fraction else "")
    sign = match["before"] or match["after"] or ""
    minus = "-" if match["minus"] else ""
    if sign in _CURRENCIES:
        words = _money(minus + text, name, _CURRENCIES[sign])
        return "money", words or f"{_number(minus + text, name)} {sign}"
    words = _number(minus + text, name)
    if sign == "%":
        return "percent", f"{words} {_PERCENT.get(name[:2], '%')}"
    return ("decimal" if "." in text else "cardinal"), words


def _number(text: str, name: str) -> str:
    if text.startswith("-"):
        minus = getattr(CONVERTER_CLASSES[name], "negword", "minus").strip("() ")
        return f"{minus if minus != '-' else 'minus'} {_number(text[1:], name)}"
    whole = text.partition(".")[0]
    if len(whole) > _MAX_DIGITS or (len(whole) > 1 and whole[0] == "0" and "." not in text):
        return _digits(whole, name)
    if len(text) == 4 and "1100" <= text < "2000" and name[:2] in _YEARS_BY_HUNDREDS:
        return _year(int(text), name)
    return _decimal(text, name) if "." in text else _called(int(text), name)


def _decimal(text: str, name: str) -> str:
    """A decimal number; some languages of num2words lose the decimals of one kind of number."""
    whole, _, fraction = text.partition(".")
    for value in (Decimal(text), float(text)):
        words = _tried(partial(num2words, value, lang=name))
        if words and words != _called(int(whole), name):
            return words
    point = getattr(CONVERTER_CLASSES[name], "pointword", ",")
    point = point if isinstance(point, str) else ","
    return f"{_called(int(whole), name)} {point.strip()} {_digits(fraction, name)}"


def _digits(text: str, name: str) -> str:
    return " ".join(_called(int(digit), name) for digit in text)


def _called(value: int, name: str) -> str:
    return str(_tried(lambda: num2words(value, lang=name)) or value).strip()


def _year(value: int, name: str) -> str:
    return str(_tried(lambda: num2words(value, lang=name, to="year")) or _called(value, name))


def _money(text: str, name: str, currency: str) -> str:
    value = Decimal(text) if "." in text else Decimal(f"{text}.00")
    words = _tried(lambda: num2words(value, lang=name, to="currency", currency=currency))
    return re.sub(r"[,\s]+", " ", words or "").strip() if value % 1 else _whole(words or "", name)


def _whole(words: str, name: str) -> str:
    """An amount without its "and zero cents", which some languages say at the end."""
    zero = _called(0, name)
    cut = re.split(rf",? (?:\w+ )?{re.escape(zero)}\b", words)
    return cut[0].strip() if cut else words


def _tried(call: Callable[[], str]) -> str | None:
    """What num2words says; not every language of it has every form."""
    try:
        return call()
    except (
        NotImplementedError,
        KeyError,
        OverflowError,
        ValueError,
        TypeError,
        IndexError,
        AttributeError,
    ):
        return None


def _apart(match: re.Match[str], words: str) -> str:
    text, start, end = match.string, *match.span()
    before, after = text[start - 1 : start], text[end : end + 1]
    return f"{' ' * before.isalpha()}{words}{' ' * after.isalpha()}"
