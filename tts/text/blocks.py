"""Pieces of an utterance, as a phonemiser takes them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

from tts.text.homographs import Sound

_WORD = re.compile(r"[^\W\d_]+")
_ANY_WORD = "dune"


@dataclass(frozen=True)
class Inline:
    """Symbols to be passed through untouched.

    Attributes:
        word: what they say, as it is written; empty when they stand for themselves.
        sound: says how to make the symbols, when there are none yet.
    """

    symbols: tuple[str, ...]
    word: str = ""
    sound: Sound | None = None

    @property
    def stand_in(self) -> str:
        """A word to say in its place, so that its neighbours sound as they do beside one."""
        last = self.word.split()[-1:]
        return last[0] if last and _WORD.fullmatch(last[0]) else _ANY_WORD


@dataclass(frozen=True)
class Cut:
    """A place between two pieces that the phonemiser reports: the speed changes here."""


Piece: TypeAlias = "str | Inline | Cut"
