"""Marks that a user writes into a text, taken out of it.

`[[h ə l ˈoʊ]]` holds phonemes, `[pause 0.5s]` is silence, `[spell NASA]` is said letter by letter;
SSML is read by `tts.text.ssml`. What is left is plain text, in items that know where in the source
they came from.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

from tts.errors import TextError

MAX_PAUSE_S = 20.0
RATES = (0.25, 4.0)
_PAUSE_S = 0.5  # of a pause that gives no time

_STAND_IN = "Xx"  # a block of symbols, while the text around it is cut into sentences
_MARK = re.compile(r"\[\[|\[(?:pause|spell)(?![\w-])", re.IGNORECASE)
_TIME = re.compile(r"\+?([0-9]{0,6}(?:\.[0-9]{1,9})?)\s*(ms|s)", re.IGNORECASE)
# The tags which say that a text is SSML although it lacks <speak>.
_SSML = re.compile(
    r"\s*<(?:\?xml|speak\b)|</?(?:speak|break|say-as|phoneme|sub|prosody|p|s)(?:\s[^<>]{0,300})"
    r"?/?>"
)


@dataclass(frozen=True)
class BlockStyle:
    """What opens and closes a block, and the prefix that its symbols have in the token table."""

    opening: str
    closing: str
    prefix: str = ""


PHONE_BLOCKS = BlockStyle("[[", "]]")
ARPABET_BLOCKS = BlockStyle("{", "}", prefix="@")


@dataclass(frozen=True)
class Item:
    """A stretch of a document.

    Attributes:
        kind: `text` to normalise, `said` to speak as it stands, `symbols` to pass through.
        text: what to say; of symbols, the word or block that they were written as.
        at: its place in `Document.flat`, where it fills as many characters as `flat` has.
        start, end: where it stands in the source; a text has as many characters there.
        symbols: of a block.
        rate: how fast, 1 is the voice's own speed.
    """

    kind: Literal["text", "said", "symbols"]
    text: str
    at: int
    start: int
    end: int
    symbols: tuple[str, ...] = ()
    rate: float = 1.0

    @property
    def flat(self) -> str:
        """What stands for it while sentences are looked for."""
        return _STAND_IN if self.kind == "symbols" else self.text


@dataclass(frozen=True)
class Document:
    """A text without its marks.

    Attributes:
        source: the text as it was given.
        flat: the items one after the other; sentences are looked for in it.
        pauses: place in `flat` to seconds of silence, in order.
        ends: places in `flat` where a sentence ends whatever stands there.
        paragraphs: those of them where a paragraph ends, too.
        warnings: marks that are known and do nothing here.
    """

    source: str
    flat: str
    items: tuple[Item, ...]
    pauses: tuple[tuple[int, float], ...] = ()
    ends: tuple[int, ...] = ()
    warnings: tuple[str, ...] = ()
    paragraphs: tuple[int, ...] = ()

    def between(self, start: int, end: int) -> list[Item]:
        """The items of flat[start:end]; those of text are cut there, others belong where they
        begin."""
        first = bisect_right(self.items, start, key=lambda item: item.at) - 1
        found = []
        for item in self.items[max(first, 0) :]:
            if item.at >= end:
                break
            if item.kind == "text":
                item = _cut(item, start, end)
            if item.at >= start and item.text:
                found.append(item)
        return found

    @property
    def whole(self) -> list[tuple[int, int]]:
        """The stretches of `flat` that nothing may cut."""
        return [(i.at, i.at + len(i.flat)) for i in self.items if i.kind != "text"]


def _cut(item: Item, start: int, end: int) -> Item:
    first = max(start - item.at, 0)
    text = item.text[first : max(end - item.at, 0)]
    source = item.start + first
    exact = item.end - item.start == len(item.text)
    return Item(
        "text", text, item.at + first,
        source if exact else item.start, source + len(text) if exact else item.end,
        rate=item.rate,
    )  # fmt: skip


class Builder:
    """Collects a document from left to right."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.rate = 1.0
        self._items: list[Item] = []
        self._length = 0
        self._pauses: list[tuple[int, float]] = []
        self._ends: list[int] = []
        self._paragraphs: list[int] = []
        self._warnings: dict[str, None] = {}

    def text(self, text: str, start: int, end: int) -> None:
        """Text to normalise, of source[start:end]."""
        if text:
            self._add(Item("text", text, self._length, start, end, rate=self.rate))

    def said(self, text: str, start: int, end: int) -> None:
        """Text to speak as it stands."""
        if text:
            self._add(Item("said", text, self._length, start, end, rate=self.rate))

    def symbols(self, symbols: Sequence[str], written: str, start: int, end: int) -> None:
        """Symbols to pass through."""
        self._add(
            Item("symbols", written, self._length, start, end, tuple(symbols), rate=self.rate)
        )

    def pause(self, seconds: float) -> None:
        """Silence here; it adds up."""
        self._pauses.append((self._length, seconds))

    def end_sentence(self, paragraph: bool = False) -> None:
        """A sentence ends here, and perhaps a paragraph."""
        self._ends.append(self._length)
        if paragraph:
            self._paragraphs.append(self._length)

    def warn(self, line: str) -> None:
        """Say once that a mark does nothing."""
        self._warnings[line] = None

    def done(self) -> Document:
        """What was collected."""
        pauses: dict[int, float] = {}
        for place, seconds in self._pauses:
            pauses[place] = min(pauses.get(place, 0.0) + seconds, MAX_PAUSE_S)
        ends = tuple(dict.fromkeys(self._ends))
        items = tuple(self._items)
        flat = "".join(item.flat for item in items)
        return Document(
            self.source,
            flat,
            items,
            tuple(pauses.items()),
            ends,
            tuple(self._warnings),
            tuple(dict.fromkeys(self._paragraphs)),
        )

    def _add(self, item: Item) -> None:
        self._items.append(item)
        self._length += len(item.flat)


def parse(
    text: str, style: BlockStyle | None = PHONE_BLOCKS, ssml: bool | None = None
) -> Document:
    """Take the marks out of a text.

    Args:
        style: how blocks of symbols are written; None where there are none.
        ssml: whether it is SSML; by default it is when it begins with <speak>, or holds one of the
            tags that are read.
    Raises:
        TextError: a mark that cannot be used, with its line and column.
    """
    builder = Builder(text)
    if ssml or (ssml is None and is_ssml(text)):
        from tts.text.ssml import read_into  # which needs this module

        read_into(builder, text)
    else:
        read_marks(builder, text, 0, style)
    return builder.done()


def is_ssml(text: str) -> bool:
    """Whether a text is to be read as SSML."""
    return "<" in text and _SSML.search(text) is not None


def read_marks(builder: Builder, text: str, start: int, style: BlockStyle | None) -> None:
    """Read plain text with marks in brackets, which stands at `start` of the source."""
    if style is not None and style.opening != "[[":
        _read_braces(builder, text, start, style)
        return
    position = 0
    while mark := _MARK.search(text, position):
        builder.text(text[position : mark.start()], start + position, start + mark.start())
        closing = "]]" if mark[0] == "[[" else "]"
        if mark[0] == "[[" and style is None:  # letters have no blocks
            builder.text("[[", start + mark.start(), start + mark.end())
            position = mark.end()
            continue
        end = text.find(closing, mark.end())
        if end < 0:
            raise error_at(
                builder.source, start + mark.start(),
                f"{mark[0]} is never closed; write {closing} behind it",
            )  # fmt: skip
        _MARKS[mark[0].lower()](builder, text[mark.end() : end], start + mark.start(),
                                start + end + len(closing))  # fmt: skip
        position = end + len(closing)
    builder.text(text[position:], start + position, start + len(text))


def _read_braces(builder: Builder, text: str, start: int, style: BlockStyle) -> None:
    """Blocks as the released Glow-TTS code reads them: one that is unclosed or empty is text."""
    position = 0
    while True:
        opening = text.find(style.opening, position)
        content = opening + len(style.opening)
        closing = text.find(style.closing, content + 1) if opening >= 0 else -1
        if closing < 0:
            break
        end = closing + len(style.closing)
        builder.text(text[position:opening], start + position, start + opening)
        symbols = [style.prefix + symbol for symbol in text[content:closing].split()]
        builder.symbols(symbols, text[opening:end], start + opening, start + end)
        position = end
    builder.text(text[position:], start + position, start + len(text))


def _block(builder: Builder, content: str, start: int, end: int) -> None:
    if not content.split():
        raise error_at(
            builder.source, start,
            "a block without phonemes, so nothing to speak in it; write [[h ə l ˈoʊ]]",
        )  # fmt: skip
    builder.symbols(content.split(), builder.source[start:end], start, end)


def _pause(builder: Builder, content: str, start: int, end: int) -> None:
    del end
    time = content.strip(" \t\n:=")
    builder.pause(seconds_of(time, builder.source, start) if time else _PAUSE_S)


def _spell(builder: Builder, content: str, start: int, end: int) -> None:
    builder.said(spelled(content.strip(" :")), start, end)


_MARKS: dict[str, Callable[[Builder, str, int, int], None]] = {
    "[[": _block,
    "[pause": _pause,
    "[spell": _spell,
}


def seconds_of(time: str, source: str, place: int) -> float:
    """A time such as "0.5s" or "500ms", in seconds.

    Raises:
        TextError: it is none, or too long.
    """
    found = _TIME.fullmatch(time.strip())
    number = found[1] if found else ""
    if not found or not number.strip("."):
        raise error_at(
            source, place, f"a pause of {time[:40]!r}; expected a time such as 0.5s or 500ms"
        )
    seconds = float(number) / (1000 if found[2].lower() == "ms" else 1)
    if seconds > MAX_PAUSE_S:
        raise error_at(
            source, place, f"a pause of {time!r}; expected at most {MAX_PAUSE_S:g} seconds"
        )
    return seconds


def spelled(text: str) -> str:
    """Each letter and digit for itself: "NASA 1" is "N A S A, one"; words are set apart."""
    from tts.text.numbers import digits

    def one(word: str) -> str:
        return " ".join(digits(c) if c in "0123456789" else c.upper() for c in word if c.isalnum())

    return ", ".join(filter(None, map(one, text.split())))


def error_at(source: str, place: int, message: str) -> TextError:
    """An error that names the line and the column of a place in the source, from 1."""
    line = source.count("\n", 0, place) + 1
    column = place - (source.rfind("\n", 0, place) + 1) + 1
    return TextError(f"line {line}, column {column}: {message}")


def place_in_source(items: Sequence[Item], place: int) -> tuple[int, int]:
    """The character of the source behind character `place` of some items' joined texts."""
    ends = list(accumulate(len(item.text) for item in items))
    i = min(bisect_right(ends, place), len(items) - 1)
    item, offset = items[i], place - (ends[i - 1] if i else 0)
    if item.end - item.start == len(item.text):
        return item.start + offset, item.start + offset + 1
    return item.start, item.end
