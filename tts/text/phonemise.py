"""Normalised text to symbols: espeak's phones, or plain letters.

A phonemiser takes utterances as pieces, stretches of text and runs of symbols that the user wrote
himself, and returns the symbols with the words that own them. Punctuation stays as symbols, white
space becomes `<space>`.
"""

from __future__ import annotations

import difflib
import os
import re
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol

from tts.errors import ConfigError, TextError
from tts.text.blocks import Inline, Piece
from tts.text.tokens import SPACE
from tts.text.words import Group, Word, align


@dataclass(frozen=True)
class Spoken:
    """One utterance as symbols, the words that own them, and what could not be spoken."""

    symbols: tuple[str, ...]
    words: tuple[Word, ...]
    warnings: tuple[str, ...]


class Phonemiser(Protocol):
    """Turns normalised text into symbols; made once and used often.

    `name` and `version` say which program made the symbols.
    """

    name: str
    version: str

    def many(self, utterances: Sequence[Sequence[Piece]]) -> list[Spoken]:
        """The symbols of each utterance."""


@dataclass
class SpokenBuilder:
    """Collects the symbols of an utterance; never two spaces in a row, none at the ends."""

    symbols: list[str] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    _space: bool = False

    def space(self) -> None:
        """White space here."""
        self._space = bool(self.symbols)

    def mark(self, symbol: str) -> None:
        """A symbol that belongs to no word, such as a comma."""
        self._flush_space()
        self.symbols.append(symbol)

    def word(self, text: str, symbols: Sequence[str]) -> None:
        """A word and its symbols."""
        self._flush_space()
        start = len(self.symbols)
        self.symbols.extend(symbols)
        self.words.append(Word(text, start, len(self.symbols)))

    def warn(self, line: str) -> None:
        """Say once that something could not be spoken."""
        if line not in self.warnings:
            self.warnings.append(line)

    def done(self) -> Spoken:
        """What was collected."""
        return Spoken(tuple(self.symbols), tuple(self.words), tuple(self.warnings))

    def _flush_space(self) -> None:
        if self._space:
            self.symbols.append(SPACE)
            self._space = False


# A mark splits the text wherever it stands; a stop, comma or colon only where it does not hold a
# number ("3.5", "1,000", "3:30") or an abbreviation ("U.S.A", "e.g") together.
_MARK = re.compile(
    r"(\.{3,}|--+|[!?;—–…\"“”„«»()\[\]{}¡¿]"
    r"|(?<!\d)[,:]|[,:](?!\d)"
    r"|(?<![^\W_])\.|\.(?![^\W_])|(?<=[^\W\d_]{2})\.(?=[^\W\d_])|(?<=[^\W\d_])\.(?=[^\W\d_]{2}))"
)
_WRITTEN_AS = {
    "–": "—", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "[": "(", "{": "(",
    "]": ")", "}": ")", "¡": "", "¿": "",
}  # fmt: skip


def _symbol_of(mark: str) -> str:
    if mark.startswith("..."):
        return "…"
    return "—" if mark.startswith("--") else _WRITTEN_AS.get(mark, mark)


# espeak says a lone "A" as the article, and "N Y C" as three words; "N.Y.C." is right. The sign
# keeps the letters of a run together until then.
_JOIN = "\ue000"
_SPELLED = re.compile(r"(?<![^\W_])[A-Z](?: [A-Z])+(?![^\W_])")
_SPELLED_PLURAL = re.compile(rf"(?<={_JOIN}[A-Z])'")
_LANGUAGE_FLAG = re.compile(r"\([^()\s]*\)")  # "(fr)": espeak changes to another language's rules
_ENDINGS = (("s",), ("z",))  # espeak sets the end of "the 90s" and "F.B.I.'s" apart
_LONE_STRESS = re.compile(r"(?<=[ˈˌ])[_ˈˌ]+")
_MAX_WORDS = 40  # said in one go; unpunctuated text is cut here, which bounds time and memory


class EspeakPhonemiser:
    """espeak-ng's phones, `h ə l ˈoʊ`: a vowel holds its stress mark and its length mark.

    Safe to share between threads; workers of a process pool each make their own.

    Args:
        language: espeak's code, such as en-us, en-gb, de, fr-fr.
    Raises:
        TextError: the library cannot be loaded; says what to install.
        ConfigError: espeak has no such language.
    """

    name = "espeak-ng"

    def __init__(self, language: str = "en-us") -> None:
        self.language = language
        self._espeak = _load_espeak(language)
        self._lock = threading.Lock()
        self.version = ".".join(str(part) for part in self._espeak.version)
        self._alone = lru_cache(maxsize=20_000)(self._groups)

    def __reduce__(self) -> tuple[type[EspeakPhonemiser], tuple[str]]:
        return EspeakPhonemiser, (self.language,)

    def many(self, utterances: Sequence[Sequence[Piece]]) -> list[Spoken]:
        """The symbols of each utterance; the same text always gives the same symbols."""
        return [self._one(pieces) for pieces in utterances]

    def _one(self, pieces: Sequence[Piece]) -> Spoken:
        out = SpokenBuilder()
        for piece in pieces:
            if isinstance(piece, Inline):
                out.word(" ".join(piece.symbols), piece.symbols)
                continue
            for i, part in enumerate(_MARK.split(piece)):
                if i % 2 == 0:
                    self._say(part, out)
                elif symbol := _symbol_of(part):
                    out.mark(symbol)
        return out.done()

    def _say(self, text: str, out: SpokenBuilder) -> None:
        """Say a stretch of text without punctuation."""
        if text[:1].isspace():
            out.space()
        words = _SPELLED.sub(lambda run: run[0].replace(" ", _JOIN), text).split()
        for start in range(0, len(words), _MAX_WORDS):
            if start:
                out.space()
            self._say_words(words[start : start + _MAX_WORDS], out)
        if text[-1:].isspace():
            out.space()

    def _say_words(self, written: list[str], out: SpokenBuilder) -> None:
        words = [_SPELLED_PLURAL.sub(".'", word).replace(_JOIN, ".") for word in written]
        groups = self._groups(" ".join(words))
        w = g = 0
        for n_words, n_groups in align(words, groups, self._alone):
            text = " ".join(written[w : w + n_words]).replace(_JOIN, " ")
            if w:
                out.space()
            if n_groups:
                spaced = [phone for group in groups[g : g + n_groups] for phone in (SPACE, *group)]
                out.word(text, spaced[1:])
            elif any(char.isalnum() for char in text):
                out.warn(f"espeak has no sound for {text!r}; left out")
            w, g = w + n_words, g + n_groups

    def _groups(self, text: str) -> list[Group]:
        """espeak's groups of phones for a stretch of text."""
        with self._lock:
            said = self._espeak.text_to_phonemes(text)
        groups: list[Group] = []
        for phones in map(_phones, _LANGUAGE_FLAG.sub("", said).split()):
            if groups and phones in _ENDINGS:
                groups[-1] += phones
            elif phones:
                groups.append(phones)
        return groups


def _phones(group: str) -> Group:
    """`b_ˌiː__ˈaɪ` as phones; a stress mark that stands alone goes to the phone behind it."""
    return tuple(phone for phone in _LONE_STRESS.sub("", group).split("_") if phone)


def _load_espeak(language: str) -> Any:
    """A phonemizer EspeakWrapper for the library that espeakng-loader ships, or the system's."""
    try:
        from phonemizer.backend.espeak.wrapper import EspeakWrapper
    except ImportError:
        raise TextError(
            "phonemes need the package phonemizer, which is not installed; "
            "run: pip install phonemizer espeakng-loader"
        ) from None
    if "PHONEMIZER_ESPEAK_LIBRARY" not in os.environ:
        with suppress(ImportError):  # then phonemizer looks for the system's own espeak-ng
            import espeakng_loader

            EspeakWrapper.set_library(espeakng_loader.get_library_path())
            EspeakWrapper.set_data_path(espeakng_loader.get_data_path())
    try:
        espeak = EspeakWrapper()
    except (RuntimeError, OSError) as error:
        raise TextError(
            f"the espeak-ng library cannot be loaded ({' '.join(str(error).split())}); "
            f"run: pip install espeakng-loader, or set PHONEMIZER_ESPEAK_LIBRARY to its file"
        ) from None
    try:
        espeak.set_voice(language)
    except RuntimeError:
        there = sorted({voice.language for voice in espeak.available_voices()})
        near = difflib.get_close_matches(language, there, n=3) or ["en-us", "en-gb", "de"]
        raise ConfigError(
            f"language {language!r} is not one of espeak's {len(there)}; "
            f"did you mean {' or '.join(near)}?"
        ) from None
    return espeak


_LETTER_WORD = re.compile(r"\w(?:[\w'’-]*\w)?|\s+|.", re.DOTALL)


class LetterPhonemiser:
    """Characters as symbols, in lower case; needs no program and knows every language."""

    name = "letters"
    version = "1"

    def many(self, utterances: Sequence[Sequence[Piece]]) -> list[Spoken]:
        """The symbols of each utterance."""
        return [self._one(pieces) for pieces in utterances]

    def _one(self, pieces: Sequence[Piece]) -> Spoken:
        out = SpokenBuilder()
        for piece in pieces:
            if isinstance(piece, Inline):
                out.word(" ".join(piece.symbols), piece.symbols)
                continue
            for part in _LETTER_WORD.findall(piece):
                if part.isspace():
                    out.space()
                elif part[0].isalnum():
                    out.word(part, tuple(part.lower()))
                else:
                    out.mark(part)
        return out.done()
