"""The symbols of the released Glow-TTS models: sounds of the CMU dictionary mixed with letters.

Those models were trained on a mix with rules of its own, which are kept here exactly: a chunk
between two spaces is looked up whole, so "hello" becomes `@HH @AH0 @L @OW1` while "hello," keeps
its letters; only the first pronunciation counts; text before a block such as {HH AW1} is never
looked up; with a dictionary one space at the end is removed.

Deviation: a line break is a space; the original forgets what follows one after a block.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from tts.errors import DataError
from tts.text.blocks import Cut, Inline, Piece
from tts.text.phonemise import Spoken
from tts.text.tokens import BLANK, PAD, SPACE, glow_tts_symbols
from tts.text.words import Word

_ALTERNATIVE = re.compile(r"\([0-9]+\)")


def load_cmudict(path: str | Path) -> dict[str, tuple[str, ...]]:
    """First pronunciations of a CMU dictionary file: "HELLO" to ("@HH", "@AH0", "@L", "@OW1").

    Raises:
        DataError: the file cannot be read, or holds no entry.
    """
    try:
        lines = Path(path).read_text(encoding="latin-1").split("\n")
    except OSError as error:
        raise DataError(
            f"{path}: cannot be read ({error.strerror}); cmudict_file names a copy of the CMU "
            f"Pronouncing Dictionary"
        ) from None
    known = frozenset(glow_tts_symbols())
    entries: dict[str, tuple[str, ...]] = {}
    for line in lines:
        word, _, sounds = line.partition(" ")
        symbols = tuple(f"@{sound}" for sound in sounds.split())
        if (
            word
            and ("A" <= word[0] <= "Z" or word[0] == "'")
            and symbols
            and known >= set(symbols)
        ):
            entries.setdefault(_ALTERNATIVE.sub("", word), symbols)
    if not entries:
        raise DataError(
            f"{path}: holds no entry; expected lines such as 'HELLO  HH AH0 L OW1' "
            f"(the CMU Pronouncing Dictionary)"
        )
    return entries


class CmudictPhonemiser:
    """Words of the dictionary as sounds, all else as letters; without a dictionary, letters only.

    Args:
        path: a CMU dictionary file, or None.
    Raises:
        DataError: the file cannot be read.
    """

    name = "cmudict"
    version = "1"

    def __init__(self, path: str | Path | None = None) -> None:
        self._entries = None if path is None else load_cmudict(path)
        self._known = frozenset(glow_tts_symbols()) - {PAD, BLANK}

    def many(self, utterances: Sequence[Sequence[Piece]]) -> list[Spoken]:
        """The symbols of each utterance."""
        return [self._one(pieces) for pieces in utterances]

    def _one(self, pieces: Sequence[Piece]) -> Spoken:
        chunks: list[tuple[str, tuple[str, ...] | None]] = []
        for i, piece in enumerate(pieces):
            if isinstance(piece, Cut):
                chunks.append(("", None))
            elif isinstance(piece, Inline):
                chunks.append((piece.word or " ".join(piece.symbols), piece.symbols))
            elif self._entries is not None and i == len(pieces) - 1:
                for chunk in piece.split(" "):
                    chunks += [(chunk, self._look_up(chunk)), (" ", (SPACE,))]
            else:
                chunks += [(part, _letters(part)) for part in re.split("( )", piece)]
        return self._assemble(chunks)

    def _look_up(self, chunk: str) -> tuple[str, ...]:
        assert self._entries is not None, "no dictionary"
        if chunk.startswith("{"):  # an unclosed block
            return tuple(f"@{sound}" for sound in chunk[1:-1].split())
        return self._entries.get(chunk.upper()) or _letters(chunk)

    def _assemble(self, chunks: Iterable[tuple[str, tuple[str, ...] | None]]) -> Spoken:
        symbols: list[str] = []
        words: list[Word] = []
        cuts: list[int] = []
        unknown: dict[str, None] = {}
        for text, wanted in chunks:
            start = len(symbols)
            if wanted is None:
                cuts.append(start)
                continue
            symbols += [s for s in wanted if s in self._known]
            unknown.update(dict.fromkeys(s for s in wanted if s not in self._known))
            if any(s[0] == "@" or s.isalpha() for s in symbols[start:]):
                words.append(Word(text, start, len(symbols)))
        if self._entries is not None and symbols[-1:] == [SPACE]:
            symbols.pop()
        warnings = [f"no symbol for {s!r} in the Glow-TTS table; left out" for s in unknown]
        cuts = [min(cut, len(symbols)) for cut in cuts]
        return Spoken(tuple(symbols), tuple(words), tuple(warnings), tuple(cuts))


def _letters(text: str) -> tuple[str, ...]:
    return tuple(SPACE if char == " " else char for char in text)
