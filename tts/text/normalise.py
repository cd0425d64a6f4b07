"""Text as it is written into text as it is spoken, by the name of a normaliser."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

from tts.errors import TextError
from tts.text import tacotron
from tts.text.english import english

NormaliserName = Literal["english", "tacotron", "basic", "transliteration", "none"]


@dataclass(frozen=True)
class Normalised:
    """Text as it was given and as it is spoken, and one line for each thing that cannot be."""

    text: str
    normalised: str
    warnings: tuple[str, ...] = ()


def normalise(text: str, normaliser: str = "english") -> Normalised:
    """Write out what is not a word: numbers, money, times, abbreviations, symbols.

    Args:
        normaliser: `english`; `tacotron`, the cleaners that released English models were trained
            with; `transliteration` and `basic`, lower case with and without folding to ASCII;
            `none`.
    Raises:
        TextError: there is no such normaliser.
    """
    if normaliser == "english":
        return Normalised(text, *english(text))
    if normaliser not in _CLEANERS:
        there = ", ".join(get_args(NormaliserName))
        raise TextError(f"no normaliser {normaliser!r}; there are {there}")
    return Normalised(text, _CLEANERS[normaliser](text))


def _as_it_is(text: str) -> str:
    return text


_CLEANERS: dict[str, Callable[[str], str]] = {
    "tacotron": tacotron.tacotron,
    "basic": tacotron.basic,
    "transliteration": tacotron.transliteration,
    "none": _as_it_is,
}
