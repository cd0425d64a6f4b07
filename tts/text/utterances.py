"""Tokens of a text, one sequence for each breath: what a voice speaks at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from tts.text.markup import Document
from tts.text.sentences import MAX_CHARS, sentences
from tts.text.span import Span
from tts.text.tokens import SPACE
from tts.text.words import Word

MAX_TOKENS = 400  # symbols in a sequence, where nothing is known of the training's


@dataclass(frozen=True)
class TokenSequence:
    """One utterance as tokens.

    Attributes:
        text: as it was given; normalised: as it is spoken.
        symbols: without blanks, each in the token table.
        ids: blanks included: with blanks, symbol i has the id 2 i + 1; with those at the edges
            only, i + 1.
        words: which symbols each word owns.
        warnings: what was read differently from how it stands, or left out.
        spans: what was not read as it is written, its class and its reading, by its place in the
            whole text.
        rates: how fast each symbol is spoken; empty when all are at the voice's own speed.
        unseen: words that the training texts did not hold.
    """

    text: str
    normalised: str
    symbols: tuple[str, ...]
    ids: tuple[int, ...]
    words: tuple[Word, ...]
    warnings: tuple[str, ...]
    spans: tuple[Span, ...] = ()
    rates: tuple[float, ...] = ()
    unseen: tuple[str, ...] = ()

    @property
    def rates_of_ids(self) -> tuple[float, ...]:
        """How fast each id is spoken; a blank goes with the symbol before it."""
        if not self.rates or len(self.ids) == len(self.symbols):
            return self.rates
        if len(self.ids) == len(self.symbols) + 2:
            return (self.rates[0], *self.rates, self.rates[-1])
        return (self.rates[0], *(rate for rate in self.rates for _ in range(2)))


@dataclass(frozen=True)
class Utterance:
    """A sequence, and the seconds of silence before it; None is the voice's own pause.

    Attributes:
        paragraph: whether a paragraph begins with it.
    """

    tokens: TokenSequence
    before_s: float | None = None
    paragraph: bool = False


@dataclass(frozen=True)
class Script:
    """A text ready to be spoken.

    Attributes:
        after_s: silence at the end.
        warnings: marks that do nothing here, and sentences with nothing to speak.
    """

    utterances: tuple[Utterance, ...]
    after_s: float = 0.0
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Segment:
    """A sentence: document.flat[start:end], and the silence that was asked for before it.

    `paragraph` says whether one begins here.
    """

    start: int
    end: int
    before_s: float | None = None
    paragraph: bool = False


_EMPTY_LINE = re.compile(r"\n[^\S\n]*\n\s*\Z")


def segments(document: Document, max_chars: int = MAX_CHARS) -> tuple[list[Segment], float]:
    """The sentences of a document, and the silence behind the last.

    One follows the other without a gap, so that no word is lost; they end where the text's
    sentences do, at its pauses, and at the ends of SSML's paragraphs.
    """
    pauses = dict(document.pauses)
    edges = sorted({0, *pauses, *document.ends, len(document.flat)})
    found: list[Segment] = []
    paragraphs = {0, *document.paragraphs}
    silence, begins = pauses.get(0), False
    for start, end in pairwise(edges):
        whole = [(a - start, b - start) for a, b in document.whole if start <= a and b <= end]
        place = start
        for sentence in sentences(document.flat[start:end], max_chars, whole):
            begins = begins or place in paragraphs
            found.append(Segment(place, place + len(sentence), silence, begins))
            place, silence = place + len(sentence), None
            begins = _EMPTY_LINE.search(sentence) is not None
        if end in pauses:
            silence = (silence or 0.0) + pauses[end]
    return found, silence or 0.0


# Where a sequence is best cut: behind a mark of the first kind, else of the next.
_MARKS = (frozenset(".!?;:—…"), frozenset(',)"'), frozenset((SPACE,)))


def cut_symbols(sequence: TokenSequence, max_tokens: int) -> list[tuple[int, int]]:
    """The pieces (start, end) of a sequence's symbols, none longer than `max_tokens`.

    Together they hold every symbol but the spaces between them. A word is cut only when it is
    longer than that.
    """
    assert max_tokens > 0, f"max_tokens must be positive, got {max_tokens}"
    symbols, start, found = sequence.symbols, 0, []
    while len(symbols) - start > max_tokens:
        end = _best_end(symbols, start, start + max_tokens)
        found.append((start, end))
        start = end
        while start < len(symbols) and symbols[start] == SPACE:
            start += 1
    return [*found, (start, len(symbols))] if start < len(symbols) else found


def _best_end(symbols: tuple[str, ...], start: int, limit: int) -> int:
    for marks in _MARKS:
        earliest = start if SPACE in marks else start + (limit - start) // 3
        for place in range(limit, earliest, -1):
            if SPACE in marks:
                if place < len(symbols) and symbols[place] == SPACE:
                    return place
            elif symbols[place - 1] in marks:
                return place
    return limit


def pieces(sequence: TokenSequence, cuts: list[tuple[int, int]]) -> Iterator[TokenSequence]:
    """The sequence cut apart, still without ids; what belongs to the whole goes with the first."""
    place = 0
    for i, (start, end) in enumerate(cuts):
        words = tuple(
            Word(word.text, max(word.start, start) - start, min(word.end, end) - start)
            for word in sequence.words
            if word.start < end and word.end > start
        )
        upto = len(sequence.normalised)
        if i + 1 < len(cuts):
            after = [word.text for word in sequence.words if word.start >= end]
            found = _find_run(sequence.normalised, words, place)
            upto = sequence.normalised.find(after[0], found) if after else upto
            upto = max(upto, found) if upto >= 0 else found
        yield replace(
            sequence,
            normalised=sequence.normalised[place:upto].strip(),
            symbols=sequence.symbols[start:end],
            words=words,
            rates=sequence.rates[start:end],
            warnings=sequence.warnings if i == 0 else (),
            spans=sequence.spans if i == 0 else (),
            unseen=sequence.unseen if i == 0 else (),
        )
        place = upto


def _find_run(text: str, words: tuple[Word, ...], place: int) -> int:
    """Behind these words in the text, looking from `place` on."""
    for word in words:
        found = text.find(word.text, place)
        if found >= 0:
            place = found + len(word.text)
    return place
