"""Items of a document made ready to phonemise: normalised, and words with a sound of their own
set apart."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby

from tts.text import markup
from tts.text.blocks import Cut, Inline, Piece
from tts.text.homographs import LETTER_A, find
from tts.text.lexicon import Hit, Lexicon
from tts.text.markup import Item, place_in_source
from tts.text.normalise import Normalised, normalise
from tts.text.span import Span


@dataclass(frozen=True)
class Reading:
    """Text cut into pieces to speak, its normalised form, and what was read how.

    Attributes:
        rates: between the cuts, how fast.
        spans: by their place in the source.
    """

    pieces: tuple[Piece, ...]
    normalised: str
    spans: tuple[Span, ...]
    warnings: tuple[str, ...]
    rates: tuple[float, ...] = (1.0,)


@dataclass(frozen=True)
class Reader:
    """Reads items.

    Attributes:
        normalise: of a stretch of text.
        lexicon: the user's words.
        homographs: look for words with two readings, which are English ones.
        shouted: words in capitals that the normaliser left so are words, "IT" too.
        symbols_of: the symbols that a user wrote, as those of the token table.
    """

    normalise: Callable[[str], Normalised]
    lexicon: Lexicon
    homographs: bool
    symbols_of: Callable[[Sequence[str]], tuple[str, ...]]
    shouted: bool = False

    def read(self, source: str, items: Sequence[Item]) -> Reading:
        """Normalise what is text; a line break counts as a space."""
        pieces: list[Piece] = []
        shown: list[str] = []
        spans: list[Span] = []
        warnings: list[str] = []
        rates: list[float] = []
        for (rate, kind), group in groupby(items, lambda item: (item.rate, item.kind)):
            if rates and rate != rates[-1]:
                pieces.append(Cut())
            if not rates or rate != rates[-1]:
                rates.append(rate)
            stretch = list(group)
            if kind == "text":
                part = self._text(source, stretch)
            else:
                part = self._given(source, stretch)
            pieces += part.pieces
            shown.append(part.normalised)
            spans += part.spans
            warnings += part.warnings
        rates = rates or [1.0]
        return Reading(tuple(pieces), "".join(shown), tuple(spans), tuple(warnings), tuple(rates))

    def _text(self, source: str, items: Sequence[Item]) -> Reading:
        written = "".join(item.text for item in items)
        result = self.normalise(written.replace("\n", " "))
        spoken = _keep_edges(written, result.normalised)
        links = _Links(written, spoken, result.spans)
        pieces: list[Piece] = []
        shown: list[str] = []
        spans, position = list(result.spans), 0
        for own in _without_overlap(self._own(written, spoken, links)):
            before = spoken[position : own.start]
            pieces += [before, own.piece]
            shown += [before, own.shown]
            position = own.end
            spans = _with(spans, own, written, links)
        pieces.append(spoken[position:])
        shown.append(spoken[position:])
        return Reading(
            tuple(self._lowered(piece) for piece in pieces if piece != ""),
            "".join(shown),
            tuple(_in_source(span, source, items) for span in sorted(spans, key=_start)),
            result.warnings,
        )

    def _lowered(self, piece: Piece) -> Piece:
        """espeak spells out a few words in capitals; what was to be spelled is so already."""
        if self.shouted and isinstance(piece, str):
            return _SHOUTED.sub(lambda match: match[0].lower(), piece)
        return piece

    def _given(self, source: str, items: Sequence[Item]) -> Reading:
        """What is to be spoken as it stands."""
        pieces: list[Piece] = []
        spans = []
        for item in items:
            written = source[item.start : item.end]
            if item.kind == "said":
                pieces += _letters(item.text) if self.homographs else [item.text]
                spans.append(Span(item.start, item.end, written, "said", item.text))
            else:
                word = "" if item.text.startswith(("[[", "{")) else item.text
                pieces.append(Inline(self.symbols_of(item.symbols), word))
                symbols = " ".join(item.symbols)
                spans.append(Span(item.start, item.end, written, "phonemes", symbols))
        shown = "".join(item.text for item in items)
        return Reading(tuple(pieces), shown, tuple(spans), ())

    def _own(self, written: str, spoken: str, links: _Links) -> list[_Own]:
        """The words with a sound of their own, those that go before others first."""
        found = self._of_lexicon(written, spoken, links)
        if self.homographs:
            found += [
                _Own(h.start, h.end, Inline((), h.word, h.sound), "homograph", h.reading, h.word)
                for h in find(spoken)
            ]
        return found

    def _of_lexicon(self, written: str, spoken: str, links: _Links) -> list[_Own]:
        """The lexicon's words as they are written, and those that came of normalising."""
        found = []
        for hit in self.lexicon.find(written):
            place = links.spoken(hit.start, hit.end)
            if place:
                found.append((*place, hit))
        found += [(hit.start, hit.end, hit) for hit in self.lexicon.find(spoken)]
        return [_of_hit(start, end, hit, self.symbols_of) for start, end, hit in found]


def normalise_marked(text: str, normaliser: str = "english", language: str = "en-us") -> Reading:
    """A text as it is spoken, without its marks: blocks, pauses, SSML.

    Raises:
        TextError: there is no such normaliser, or a mark cannot be used.
    """
    call = partial(normalise, normaliser=normaliser, language=language)
    document = markup.parse(text)
    reading = Reader(call, Lexicon(), False, tuple).read(text, document.items)
    return replace(
        reading,
        normalised=reading.normalised.strip(),
        warnings=(*document.warnings, *reading.warnings),
    )


_SHOUTED = re.compile(r"\b(?:IT|US)\b")
_LONE_A = re.compile(r"(?<![A-Z] )\bA\b(?! [A-Z]\b)")


def _letters(text: str) -> list[Piece]:
    """Spelled text, in which a lone A is the letter and not the article."""
    parts = _LONE_A.split(text)
    pieces: list[Piece] = [parts[0]]
    for part in parts[1:]:
        pieces += [Inline((), "A", LETTER_A), part]
    return [piece for piece in pieces if piece != ""]


@dataclass(frozen=True)
class _Own:
    """A stretch of the spoken text that has a sound of its own."""

    start: int
    end: int
    piece: Piece
    kind: str
    reading: str
    shown: str


def _of_hit(
    start: int, end: int, hit: Hit, symbols_of: Callable[[Sequence[str]], tuple[str, ...]]
) -> _Own:
    if hit.said:
        return _Own(start, end, hit.said, "lexicon", hit.said, hit.said)
    symbols = symbols_of(hit.symbols)
    shown = hit.entry.word + ("'s" if hit.possessive else "")
    return _Own(start, end, Inline(symbols, hit.entry.word), "lexicon", " ".join(symbols), shown)


def _with(spans: list[Span], own: _Own, written: str, links: _Links) -> list[Span]:
    """The spans with that of a word of its own, instead of those which it covers."""
    place = links.written(own.start, own.end)
    if not place or links.spoken(*place) != (own.start, own.end):  # a part of a number's words
        return spans
    start, end = place
    kept = [span for span in spans if not (start <= span.start and span.end <= end)]
    if any(span.start < end and start < span.end for span in kept):
        return spans
    return [*kept, Span(start, end, written[start:end], own.kind, own.reading)]


def _without_overlap(found: Sequence[_Own]) -> list[_Own]:
    """In order of place; what was found first wins."""
    kept: list[_Own] = []
    for own in found:
        place = bisect_right(kept, own.start, key=_start)
        after_last = place == 0 or kept[place - 1].end <= own.start
        if after_last and (place == len(kept) or own.end <= kept[place].start):
            kept.insert(place, own)
    return kept


def _start(span: Span | _Own) -> int:
    return span.start


def _in_source(span: Span, source: str, items: Sequence[Item]) -> Span:
    start, _ = place_in_source(items, span.start)
    _, end = place_in_source(items, max(span.end - 1, span.start))
    return replace(span, start=start, end=end, written=source[start:end])


def _keep_edges(before: str, after: str) -> str:
    """A piece keeps the white space at its ends, which separates it from its neighbours."""
    lead = " " if before[:1].isspace() and not after[:1].isspace() else ""
    tail = " " if before[-1:].isspace() and after and not after[-1:].isspace() else ""
    return lead + after + tail


class _Links:
    """Which place of a spoken text comes of which of the written one.

    Between the spans both hold the same characters, white space aside; where they do not, nothing
    is linked.
    """

    def __init__(self, written: str, spoken: str, spans: Sequence[Span]) -> None:
        self._texts = written, spoken
        self._changed = spans
        self._made: list[tuple[int, int, int, int]] | None = None

    @property
    def _units(self) -> list[tuple[int, int, int, int]]:
        """(written start, end, spoken start, end) of each span and of each character between."""
        if self._made is None:
            self._made = self._link()
        return self._made

    def _link(self) -> list[tuple[int, int, int, int]]:
        written, spoken = self._texts
        places = [i for i, char in enumerate(spoken) if not char.isspace()]
        units: list[tuple[int, int, int, int]] = []
        k = position = 0
        edge = len(written)
        for span in (*self._changed, Span(edge, edge, "", "", "")):
            for i in range(position, span.start):
                if written[i].isspace():
                    continue
                if k >= len(places) or spoken[places[k]] != written[i]:
                    return []
                units.append((i, i + 1, places[k], places[k] + 1))
                k += 1
            n = sum(not char.isspace() for char in span.spoken)
            if n and k + n > len(places):
                return []
            if n:
                units.append((span.start, span.end, places[k], places[k + n - 1] + 1))
            k, position = k + n, span.end
        return units if k == len(places) else []

    def spoken(self, start: int, end: int) -> tuple[int, int] | None:
        """Where written[start:end] stands in the spoken text, if all of it and nothing else."""
        inside = self._between(0, start, end)
        if not inside or inside[0][0] < start or inside[-1][1] > end:
            return None
        return inside[0][2], inside[-1][3]

    def written(self, start: int, end: int) -> tuple[int, int] | None:
        """Where spoken[start:end] comes from."""
        inside = self._between(2, start, end)
        return (inside[0][0], inside[-1][1]) if inside else None

    def _between(self, side: int, start: int, end: int) -> list[tuple[int, int, int, int]]:
        """The units that lie over a stretch; side 0 is the written text, 2 the spoken one."""
        units = self._units
        first = bisect_right(units, start, key=lambda unit: unit[side + 1])
        found = []
        for unit in units[first:]:
            if unit[side] >= end:
                break
            found.append(unit)
        return found
