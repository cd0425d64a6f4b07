"""The part of SSML that is spoken here: speak p s break say-as phoneme sub prosody(rate).

References:
    Speech Synthesis Markup Language (SSML) 1.1, W3C, 2010,
    https://www.w3.org/TR/speech-synthesis11/.

Deviation: what stands outside <speak> is read too, so that a fragment is enough, and an & that
begins no entity is an ampersand.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from tts.errors import TextError
from tts.text import numbers
from tts.text.markup import (
    PHONE_BLOCKS,
    RATES,
    Builder,
    error_at,
    read_marks,
    seconds_of,
    spelled,
)

_NAMES = ("speak", "p", "s", "break", "say-as", "phoneme", "sub", "prosody")
_PLAIN = ("voice", "emphasis", "lang", "audio", "mark", "w", "token")  # SSML that is not read
_ATTRIBUTE = r"[A-Za-z_][\w:.-]*\s*=\s*(?:\"[^\"<]*\"|'[^'<]*')"
_TAG = re.compile(
    rf"<(?P<close>/?)(?P<name>[A-Za-z][\w:.-]*)(?P<attributes>(?:\s+{_ATTRIBUTE})*)"
    rf"\s*(?P<empty>/?)>"
)
_EACH = re.compile(r"([A-Za-z_][\w:.-]*)\s*=\s*(?:\"([^\"<]*)\"|'([^'<]*)')")
_ENTITY = re.compile(r"&(#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_SPECIAL = re.compile(r"[<&]")
_STRENGTHS = {
    "none": 0.0, "x-weak": 0.1, "weak": 0.2, "medium": 0.4, "strong": 0.7, "x-strong": 1.2,
}  # fmt: skip
_RATE_NAMES = {
    "x-slow": 0.5, "slow": 0.75, "medium": 1.0, "default": 1.0, "fast": 1.25, "x-fast": 1.6,
}  # fmt: skip
_RATE = re.compile(r"([+-]?)([0-9]{1,4}(?:\.[0-9]{1,6})?|\.[0-9]{1,6})(%?)")
_ALPHABETS = ("ipa", "x-arpabet", "x-cmu")


def _digits_alone(text: str) -> str:
    return ", ".join(filter(None, (numbers.digits(part) for part in re.split(r"\D+", text))))


# What `say-as` says itself; all else is left to the normaliser, which reads it by its form.
_SAY_AS: dict[str, Callable[[str], str]] = {
    "characters": spelled,
    "spell-out": spelled,
    "verbatim": spelled,
    "digits": _digits_alone,
}
_BY_FORM = (
    "cardinal", "number", "ordinal", "date", "time", "duration", "telephone", "currency", "unit",
    "fraction", "address", "year", "name", "text", "expletive", "net",
)  # fmt: skip


@dataclass
class _Element:
    """An element that is open."""

    name: str
    place: int
    attributes: dict[str, str]
    rate: float
    text: list[str] = field(default_factory=list)
    content: int = 0


def read_into(builder: Builder, text: str) -> None:
    """Read SSML.

    Raises:
        TextError: a tag that is unknown, unclosed, or badly written; a value that cannot be used.
    """
    _Reader(builder, text).read()


class _Reader:
    def __init__(self, builder: Builder, text: str) -> None:
        self._to, self._text = builder, text
        self._open: list[_Element] = []
        self._place = 0

    def read(self) -> None:
        while self._place < len(self._text):
            found = _SPECIAL.search(self._text, self._place)
            start = found.start() if found else len(self._text)
            self._plain(self._place, start)
            self._place = start
            if found:
                self._entity() if found[0] == "&" else self._markup()
        if self._open:
            last = self._open[-1]
            raise self._error(last.place, f"<{last.name}> is never closed; write </{last.name}>")

    def _error(self, place: int, message: str) -> TextError:
        return error_at(self._text, place, message)

    @property
    def _taking(self) -> _Element | None:
        """The element whose content is kept for itself."""
        top = self._open[-1] if self._open else None
        return top if top and top.name in ("say-as", "phoneme", "sub") else None

    def _plain(self, start: int, end: int) -> None:
        if self._taking:
            self._taking.text.append(self._text[start:end])
        elif end > start:
            read_marks(self._to, self._text[start:end], start, PHONE_BLOCKS)

    def _entity(self) -> None:
        start, found = self._place, _ENTITY.match(self._text, self._place)
        self._place = found.end() if found else start + 1
        said = html.unescape(found[0]) if found else "&"
        if found and said == found[0]:
            raise self._error(start, f"{found[0]} is no entity; write &amp; for a plain &")
        if self._taking:
            self._taking.text.append(said)
        else:
            self._to.text(said, start, self._place)

    def _markup(self) -> None:
        start = self._place
        for opening, closing in (("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>"), ("<!", ">")):
            if self._text.startswith(opening, start):
                end = self._text.find(closing, start + len(opening))
                if end < 0:
                    raise self._error(start, f"{opening} is never closed; write {closing}")
                self._place = end + len(closing)
                if opening == "<![CDATA[":
                    self._plain(start + len(opening), end)
                return
        tag = _TAG.match(self._text, start)
        if not tag:
            shown = self._text[start : start + 20].split("\n")[0]
            raise self._error(
                start, f'{shown!r} is no tag; expected <name key="value">, or &lt; for a plain <'
            )
        self._place = tag.end()
        if tag["close"]:
            self._close(tag)
            return
        self._begin(tag)
        if tag["empty"]:
            self._end(self._open.pop(), tag.end())

    def _begin(self, tag: re.Match[str]) -> None:
        name, place = tag["name"].lower(), tag.start()
        inside = self._taking
        if inside:
            raise self._error(place, f"<{name}> inside <{inside.name}>, which holds text only")
        attributes = {m[1].lower(): html.unescape(m[2] or m[3] or "")
                      for m in _EACH.finditer(tag["attributes"])}  # fmt: skip
        element = _Element(name, place, attributes, self._to.rate, content=tag.end())
        self._open.append(element)
        if name in ("speak", "p", "s"):
            self._to.end_sentence(paragraph=name == "p")
        elif name == "prosody":
            self._prosody(element)
        elif name in _PLAIN or ":" in name:
            self._to.warn(f"<{name}> does nothing here; what it holds is read plainly")
        elif name not in _NAMES:
            raise self._error(place, f"<{name}> is not known; there are {', '.join(_NAMES)}")

    def _close(self, tag: re.Match[str]) -> None:
        name = tag["name"].lower()
        if not self._open:
            raise self._error(tag.start(), f"</{name}> closes nothing; take it out")
        element = self._open.pop()
        if element.name != name:
            raise self._error(
                tag.start(), f"</{name}> where </{element.name}> was expected; close that first"
            )
        self._end(element, tag.start())

    def _end(self, element: _Element, content_end: int) -> None:
        self._to.rate = element.rate
        place = (element.content, max(content_end, element.content))
        if element.name in ("speak", "p", "s"):
            self._to.end_sentence(paragraph=element.name == "p")
        elif element.name == "break":
            self._break(element)
        elif element.name == "say-as":
            self._say_as(element, place)
        elif element.name == "phoneme":
            self._phoneme(element, place)
        elif element.name == "sub":
            self._to.text(self._need(element, "alias"), *place)

    def _break(self, element: _Element) -> None:
        time, strength = element.attributes.get("time"), element.attributes.get("strength")
        if time is not None:
            self._to.pause(seconds_of(time, self._text, element.place))
            return
        strength = "medium" if strength is None else strength
        if strength not in _STRENGTHS:
            there = ", ".join(_STRENGTHS)
            raise self._error(element.place, f"strength {strength!r}; expected one of {there}")
        if _STRENGTHS[strength]:
            self._to.pause(_STRENGTHS[strength])

    def _prosody(self, element: _Element) -> None:
        others = [name for name in element.attributes if name != "rate"]
        if others:
            self._to.warn(f"<prosody> of {', '.join(others)} does nothing here; only rate does")
        if "rate" in element.attributes:
            rate = self._rate_of(element.attributes["rate"].strip().lower(), element.place)
            self._to.rate = element.rate * rate
            if not RATES[0] <= self._to.rate <= RATES[1]:
                raise self._error(
                    element.place,
                    f"rate {self._to.rate:g} times; expected {RATES[0]:g} to {RATES[1]:g}",
                )

    def _rate_of(self, rate: str, place: int) -> float:
        if rate in _RATE_NAMES:
            return _RATE_NAMES[rate]
        found = _RATE.fullmatch(rate)
        if not found:
            there = ", ".join(_RATE_NAMES)
            raise self._error(place, f"rate {rate!r}; expected 0.8, 80%, -20%, or one of {there}")
        sign, number, percent = found[1], float(found[2]), found[3]
        amount = number / 100 if percent else number
        return {"": amount, "+": 1 + amount, "-": 1 - amount}[sign]

    def _need(self, element: _Element, name: str) -> str:
        value = element.attributes.get(name, "").strip()
        if not value:
            raise self._error(
                element.place, f'<{element.name}> without {name}; write {name}="..." into it'
            )
        return value

    def _say_as(self, element: _Element, place: tuple[int, int]) -> None:
        kind, text = self._need(element, "interpret-as").lower(), "".join(element.text)
        if kind in _SAY_AS:
            self._to.said(_SAY_AS[kind](text), *place)
        elif kind not in _BY_FORM:
            there = ", ".join((*_SAY_AS, *_BY_FORM))
            raise self._error(element.place, f"interpret-as {kind!r}; expected one of {there}")
        else:
            self._to.text(_in_form(kind, text), *place)

    def _phoneme(self, element: _Element, place: tuple[int, int]) -> None:
        symbols = self._need(element, "ph").split()
        alphabet = element.attributes.get("alphabet", "ipa").lower()
        if alphabet not in _ALPHABETS:
            there = ", ".join(_ALPHABETS)
            raise self._error(element.place, f"alphabet {alphabet!r}; expected one of {there}")
        written = "".join(element.text).strip() or "".join(symbols)
        self._to.symbols(symbols, written, *place)


_WHOLE = re.compile(r"\s*([0-9]{1,36})(?:st|nd|rd|th)?\.?\s*", re.IGNORECASE)


def _in_form(kind: str, text: str) -> str:
    """The text in the form by which the normaliser knows its class."""
    plain = _WHOLE.fullmatch(text.replace(",", ""))
    if plain and kind in ("cardinal", "number"):
        return numbers.cardinal(plain[1])
    if plain and kind == "ordinal":
        return numbers.ordinal(plain[1])
    if plain and kind in ("date", "year") and len(plain[1]) == 4:
        return numbers.year(plain[1])
    if plain and kind == "telephone":
        return numbers.digits(plain[1])
    return text
