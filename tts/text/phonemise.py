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
from tts.text.blocks import Cut, Inline, Piece
from tts.text.homographs import Sound
from tts.text.tokens import SPACE
from tts.text.words import Group, Word, align


@dataclass(frozen=True)
class Spoken:
    """One utterance as symbols, the words that own them, and what could not be spoken.

    Attributes:
        cuts: how many symbols stand before each `Cut` among the pieces.
    """

    symbols: tuple[str, ...]
    words: tuple[Word, ...]
    warnings: tuple[str, ...]
    cuts: tuple[int, ...] = ()


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
    cuts: list[int] = field(default_factory=list)
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

    def inline(self, piece: Inline, symbols: Sequence[str]) -> None:
        """What a user or a rule gave symbols to."""
        self.word(piece.word or " ".join(piece.symbols), symbols)

    def warn(self, line: str) -> None:
        """Say once that something could not be spoken."""
        if line not in self.warnings:
            self.warnings.append(line)

    def cut(self) -> None:
        """A cut between two pieces."""
        self.cuts.append(len(self.symbols))

    def done(self) -> Spoken:
        """What was collected."""
        return Spoken(
            tuple(self.symbols), tuple(self.words), tuple(self.warnings), tuple(self.cuts)
        )

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
# A word with symbols of its own is one of these signs while the text around it is taken apart.
_FIRST_SIGN, _N_SIGNS = 0xF0000, 0xFFFE
_SIGN = re.compile("[\U000f0000-\U000ffffd]")
_FLAPPED = str.maketrans({"ɾ": "t", "ᵻ": "ɪ", "ˌ": None, "ː": None})


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
        self._sound = lru_cache(maxsize=1_000)(self._make)

    def __reduce__(self) -> tuple[type[EspeakPhonemiser], tuple[str]]:
        return EspeakPhonemiser, (self.language,)

    def many(self, utterances: Sequence[Sequence[Piece]]) -> list[Spoken]:
        """The symbols of each utterance; the same text always gives the same symbols."""
        return [self._one(pieces) for pieces in utterances]

    def _one(self, pieces: Sequence[Piece]) -> Spoken:
        out = SpokenBuilder()
        text = ""
        own: list[Inline] = []
        for piece in pieces:
            if isinstance(piece, str):
                text += _SIGN.sub(" ", piece)
            elif isinstance(piece, Inline) and len(own) < _N_SIGNS:
                text += chr(_FIRST_SIGN + len(own))
                own.append(piece)
            else:
                self._say_text(text, own, out)
                text, own = "", []
                if isinstance(piece, Cut):
                    out.cut()
                else:
                    out.inline(piece, self._symbols(piece))
        self._say_text(text, own, out)
        return out.done()

    def _say_text(self, text: str, own: Sequence[Inline], out: SpokenBuilder) -> None:
        """Say a text in which signs stand for the words that have symbols of their own."""
        for i, part in enumerate(_MARK.split(text)):
            if i % 2 == 0:
                self._say(part, own, out)
            elif symbol := _symbol_of(part):
                out.mark(symbol)

    def _say(self, text: str, own: Sequence[Inline], out: SpokenBuilder) -> None:
        """Say a stretch of text without punctuation."""
        if text[:1].isspace():
            out.space()
        run: list[str | Inline] = []
        words = _SPELLED.sub(lambda run: run[0].replace(" ", _JOIN), text).split()
        for word in words:
            if own and len(word) > 1 and _SIGN.search(word):  # a part of a word: "[[...]]s"
                self._say_words(run, out)
                out.space()
                self._say_parts(word, own, out)
                out.space()
                run = []
                continue
            run.append(own[ord(word) - _FIRST_SIGN] if own and _SIGN.fullmatch(word) else word)
            if len(run) == _MAX_WORDS:
                self._say_words(run, out)
                out.space()
                run = []
        self._say_words(run, out)
        if text[-1:].isspace():
            out.space()

    def _say_parts(self, word: str, own: Sequence[Inline], out: SpokenBuilder) -> None:
        """Say a word which holds one that has symbols of its own."""
        position = 0
        for sign in _SIGN.finditer(word):
            self._say_words(word[position : sign.start()].split(), out)
            piece = own[ord(sign[0]) - _FIRST_SIGN]
            out.inline(piece, self._symbols(piece))
            position = sign.end()
        self._say_words(word[position:].split(), out)

    def _say_words(self, given: Sequence[str | Inline], out: SpokenBuilder) -> None:
        written = [word.stand_in if isinstance(word, Inline) else word for word in given]
        words = [_SPELLED_PLURAL.sub(".'", word).replace(_JOIN, ".") for word in written]
        groups = self._groups(" ".join(words))
        w = g = 0
        for n_words, n_groups in align(words, groups, self._alone):
            if w:
                out.space()
            these, said = given[w : w + n_words], groups[g : g + n_groups]
            if any(isinstance(word, Inline) for word in these):
                self._say_own(these, said, out)
            else:
                _say_groups(" ".join(written[w : w + n_words]).replace(_JOIN, " "), said, out)
            w, g = w + n_words, g + n_groups

    def _say_own(
        self, words: Sequence[str | Inline], said: Sequence[Group], out: SpokenBuilder
    ) -> None:
        """Say words of which some have symbols of their own, instead of what espeak said."""
        for i, word in enumerate(words):
            if i:
                out.space()
            if isinstance(word, Inline):
                heard = said[0] if len(words) == len(said) == 1 else ()
                out.inline(word, self._symbols(word, heard))
            else:
                _say_groups(word.replace(_JOIN, " "), self._alone(word.replace(_JOIN, ".")), out)

    def _symbols(self, piece: Inline, heard: Group = ()) -> Group:
        """A piece's symbols; of a reading, those heard in the sentence where they are the same."""
        if piece.sound is None:
            return piece.symbols
        wanted = self._sound(piece.sound)
        if not wanted or _is_same(wanted, heard):
            return heard or (self._alone(piece.word) or [()])[-1]
        return wanted

    def _make(self, sound: Sound) -> Group:
        """The phones of a reading."""
        phones = (self._alone(sound.phrase) or [()])[-1]
        if sound.swap:
            old, new = (part.split() for part in sound.swap)
            phones = _swap(phones, old, new)
        return _stress(phones, sound.stress) if sound.stress else phones

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


def _say_groups(text: str, groups: Sequence[Group], out: SpokenBuilder) -> None:
    if groups:
        spaced = [phone for group in groups for phone in (SPACE, *group)]
        out.word(text, spaced[1:])
    elif any(char.isalnum() for char in text):
        out.warn(f"espeak has no sound for {text!r}; left out")


def _is_same(wanted: Group, heard: Group) -> bool:
    """Whether a reading is what espeak said, weak stress and ties to the next word aside."""

    def plain(group: Group) -> list[str]:
        stressed = any(phone[0] == "ˈ" for phone in group)
        return [(phone if stressed else phone.lstrip("ˈˌ")).translate(_FLAPPED) for phone in group]

    if plain(wanted) == plain(heard):
        return True
    weak = not any(phone[0] == "ˈ" for phone in heard)
    return weak and [p.lstrip("ˈ") for p in plain(wanted)] == plain(heard)


def _swap(phones: Group, old: Sequence[str], new: Sequence[str]) -> Group:
    """The phones with the last run of `old` replaced."""
    for i in range(len(phones) - len(old), -1, -1):
        if [phone.lstrip("ˈ") for phone in phones[i : i + len(old)]] == list(old):
            stress = "ˈ" if phones[i].startswith("ˈ") else ""
            return (*phones[:i], stress + new[0], *new[1:], *phones[i + len(old) :])
    return phones


_VOWEL = re.compile("[ˈˌ]|[aeiouyæøœɐɑɒɔəɚɛɜɤɨɪɯʉʊʌʏᵻ]")


def _stress(phones: Group, n: int) -> Group:
    """The phones with the main stress on vowel `n`, from 1."""
    found = list(phones)
    vowels = [i for i, phone in enumerate(phones) if _VOWEL.match(phone)]
    for k, i in enumerate(vowels, 1):
        bare = phones[i].lstrip("ˈ")
        found[i] = "ˈ" + bare.lstrip("ˌ") if k == min(n, len(vowels)) else bare
    return tuple(found)


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
            if isinstance(piece, Cut):
                out.cut()
                continue
            if isinstance(piece, Inline):
                out.inline(piece, piece.symbols)
                continue
            for part in _LETTER_WORD.findall(piece):
                if part.isspace():
                    out.space()
                elif part[0].isalnum():
                    out.word(part, tuple(part.lower()))
                else:
                    out.mark(part)
        return out.done()
