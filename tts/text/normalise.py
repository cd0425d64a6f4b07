"""Text as it is written into text as it is spoken, by the name of a normaliser."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal, get_args

from tts.errors import TextError
from tts.text import tacotron
from tts.text.english import english
from tts.text.span import Span

NormaliserName = Literal[
    "english", "numbers", "tacotron", "basic", "transliteration", "none", "nemo", "wetext"
]
_MAX_WORDS = 300  # of a text of which the changed words are looked for one by one


@dataclass(frozen=True)
class Normalised:
    """Text as it was given and as it is spoken.

    Attributes:
        spans: what was changed and how, in order, without overlap; plain words have no span,
            nor has white space that was only tidied.
        warnings: one line for each thing that cannot be spoken.
    """

    text: str
    normalised: str
    spans: tuple[Span, ...] = ()
    warnings: tuple[str, ...] = ()


def normalise(text: str, normaliser: str = "english", language: str = "en-us") -> Normalised:
    """Write out what is not a word: numbers, money, times, abbreviations, symbols.

    Args:
        normaliser: `english`; `numbers`, for the numbers of any language that num2words has;
            `tacotron`, the cleaners that released English models were trained with;
            `transliteration` and `basic`, lower case with and without folding to ASCII; `nemo`
            and `wetext`, the grammars of other projects, if they are installed; `none`.
        language: espeak's code. It decides the order of dates in figures, the words of `numbers`
            and the grammar of `nemo` and `wetext`.
    Raises:
        TextError: there is no such normaliser, it is not installed or lacks the language.
    """
    if normaliser == "english":
        result = english(text, language)
        return Normalised(text, result.normalised, result.spans, result.warnings)
    if normaliser == "numbers":
        from tts.text.counting import count  # num2words takes a while to import

        return Normalised(text, *count(text, language))
    spoken = _cleaner(normaliser, language)(text)
    return Normalised(text, spoken, tuple(_changed(text, spoken, normaliser)))


def _cleaner(normaliser: str, language: str) -> Callable[[str], str]:
    if normaliser in ("nemo", "wetext"):
        from tts.text.grammars import grammar

        return grammar(normaliser, language)
    if normaliser not in _CLEANERS:
        there = ", ".join(get_args(NormaliserName))
        raise TextError(f"no normaliser {normaliser!r}; there are {there}")
    return _CLEANERS[normaliser]


def _changed(before: str, after: str, kind: str) -> list[Span]:
    """The runs of words that differ, for a normaliser that does not tell them itself."""
    words, spoken = list(re.finditer(r"\S+", before)), after.split()
    written = [match[0] for match in words]
    lead = _shared(written, spoken)
    tail = _shared(written[lead:][::-1], spoken[lead:][::-1])
    middle, said = written[lead : len(written) - tail], spoken[lead : len(spoken) - tail]
    if not middle and not said:
        return []
    small = max(len(middle), len(said)) <= _MAX_WORDS
    codes = SequenceMatcher(None, middle, said, autojunk=False).get_opcodes() if small else [
        ("replace", 0, len(middle), 0, len(said))
    ]  # fmt: skip
    found = []
    for tag, i, j, k, m in codes:
        if tag != "equal":
            start = words[lead + i].start() if i < j else _gap(words, lead + i, len(before))
            end = words[lead + j - 1].end() if i < j else start
            found.append(Span(start, end, before[start:end], kind, " ".join(said[k:m])))
    return found


def _gap(words: list[re.Match[str]], place: int, length: int) -> int:
    """Where words were put in that stand for none of the text's."""
    return words[place].start() if place < len(words) else length


def _shared(first: list[str], second: list[str]) -> int:
    n = 0
    while n < min(len(first), len(second)) and first[n] == second[n]:
        n += 1
    return n


def _as_it_is(text: str) -> str:
    return text


_CLEANERS: dict[str, Callable[[str], str]] = {
    "tacotron": tacotron.tacotron,
    "basic": tacotron.basic,
    "transliteration": tacotron.transliteration,
    "none": _as_it_is,
}
