"""A user's own pronunciations: a file of words and what to say for them.

One word a line, then a tab (or white space, for a word without any) and either its phonemes, as a
block `[[ ... ]]` takes them, or in quotes a text to say instead:

    Nguyen      w ˈɪ n
    New Orleans<TAB>n uː ˈɔːɹ l ɪ n z
    kubectl     "cube control"

A word in lower case is found in any case; one with capitals only as it is written or all in
capitals. What follows # on a line of its own is a comment.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tts.errors import DataError
from tts.files import write_text

_TOKEN = re.compile(r"\w+|[^\w\s]")
_POSSESSIVE = re.compile(r"['’]s(?![\w'’])", re.IGNORECASE)
_HISSING = ("s", "z", "ʃ", "ʒ", "tʃ", "dʒ")
_VOICELESS = ("p", "t", "k", "f", "θ")


@dataclass(frozen=True)
class Entry:
    """A word, and its phonemes or the text to say for it."""

    word: str
    symbols: tuple[str, ...] = ()
    said: str = ""


@dataclass(frozen=True)
class Hit:
    """An entry's word at text[start:end]; with `possessive` an 's is part of it."""

    start: int
    end: int
    entry: Entry
    possessive: bool = False

    @property
    def symbols(self) -> tuple[str, ...]:
        """The entry's phonemes, and those of the 's."""
        symbols = self.entry.symbols
        if not self.possessive or not symbols:
            return symbols
        last = symbols[-1].lstrip("ˈˌ")
        if last in _HISSING:
            return (*symbols, "ɪ", "z")
        return (*symbols, "s" if last in _VOICELESS else "z")

    @property
    def said(self) -> str:
        """The entry's text, and the 's."""
        tail = "'s" if self.possessive and self.entry.said else ""
        return self.entry.said + tail


class Lexicon:
    """Words with a pronunciation of their own.

    Example:
        >>> lexicon = Lexicon.from_words({"Nguyen": "w ˈɪ n"})
        >>> [hit.symbols for hit in lexicon.find("Ms. Nguyen's car")]
        [('w', 'ˈɪ', 'n', 'z')]
    """

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._entries = {_key(entry.word): entry for entry in entries}
        self._found_as: dict[str, Entry] = {}
        self._n_tokens: dict[str, tuple[int, ...]] = {}
        for key, entry in self._entries.items():
            self._found_as.setdefault(key, entry)
            if key != key.upper() and key != key.lower():
                self._found_as.setdefault(key.upper(), entry)
            parts = _TOKEN.findall(key)
            first = parts[0].lower()
            longer_first = sorted({len(parts), *self._n_tokens.get(first, ())}, reverse=True)
            self._n_tokens[first] = tuple(longer_first)

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What it holds, in order."""
        return tuple(self._entries.values())

    def __bool__(self) -> bool:
        return bool(self._entries)

    @classmethod
    def from_words(cls, words: Mapping[str, str]) -> Lexicon:
        """A lexicon of words and what would stand behind them in a file.

        Raises:
            DataError: an entry cannot be used.
        """
        return cls(_entry(word, value, "lexicon") for word, value in words.items())

    @classmethod
    def load(cls, path: str | Path) -> Lexicon:
        """Read a file.

        Raises:
            DataError: it cannot be read, or a line is not a word and its pronunciation.
        """
        try:
            text = Path(path).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            raise DataError(
                f"{path}: cannot be read ({reason}); give a file of words and phonemes"
            ) from None
        lines: dict[str, int] = {}
        entries = []
        for n, line in enumerate(text.split("\n"), 1):
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            word, _, value = line.partition("\t") if "\t" in line else _at_space(line)
            entry = _entry(word, value, f"{path}: line {n}")
            if _key(entry.word) in lines:
                first = lines[_key(entry.word)]
                raise DataError(
                    f"{path}: line {n} repeats {entry.word!r} of line {first}; remove one of them"
                )
            lines[_key(entry.word)] = n
            entries.append(entry)
        return cls(entries)

    def save(self, path: str | Path) -> None:
        """Write the file, whole or not at all."""
        rows = (
            f"{entry.word}\t{' '.join(entry.symbols) or _quoted(entry.said)}\n"
            for entry in self._entries.values()
        )
        write_text(path, "".join(rows))

    def with_more(self, other: Lexicon) -> Lexicon:
        """Both together; where both have a word, the other's counts."""
        return Lexicon({**self._entries, **other._entries}.values())

    def find(self, text: str) -> list[Hit]:
        """The words of a text that the lexicon has, from left to right, the longest first."""
        if not self._entries:
            return []
        tokens = list(_TOKEN.finditer(text))
        found, i = [], 0
        while i < len(tokens):
            hit, n = self._at(text, tokens, i)
            if hit:
                found.append(hit)
            i += n
        return found

    def _at(self, text: str, tokens: list[re.Match[str]], i: int) -> tuple[Hit | None, int]:
        start = tokens[i].start()
        for n in self._n_tokens.get(tokens[i][0].lower(), ()):
            if i + n > len(tokens):
                continue
            end = tokens[i + n - 1].end()
            entry = self._look_up(text[start:end])
            if entry is None or _inside_word(text, start, end):
                continue
            tail = _POSSESSIVE.match(text, end)
            if tail:
                return Hit(start, tail.end(), entry, possessive=True), n + 2
            return Hit(start, end, entry), n
        return None, 1

    def _look_up(self, written: str) -> Entry | None:
        key = _key(written)
        return self._found_as.get(key) or self._found_as.get(key.lower())


def _key(word: str) -> str:
    return " ".join(word.replace("’", "'").split())


def _inside_word(text: str, start: int, end: int) -> bool:
    """Whether an apostrophe ties the word to letters beside it, as in "can't" or "o'clock"."""
    before, after = text[max(start - 2, 0) : start], text[end : end + 2]
    tied_before = len(before) == 2 and before[1] in "'’" and before[0].isalnum()
    tied_after = len(after) == 2 and after[0] in "'’" and after[1].isalnum()
    return tied_before or (tied_after and not _POSSESSIVE.match(text, end))


def _at_space(line: str) -> tuple[str, str, str]:
    word, _, value = line.strip().partition(" ")
    return word, " ", value


def _entry(word: str, value: str, where: str) -> Entry:
    word, value = _key(word), value.strip()
    if not _TOKEN.search(word) or not value:
        raise DataError(
            f"{where}: expected a word, a tab and its phonemes, got {(word + ' ' + value)[:60]!r}"
        )
    if value.startswith('"'):
        said = value.strip('"').strip()
        if not said:
            raise DataError(f'{where}: the text to say for {word!r} is empty; write "some words"')
        return Entry(word, said=said)
    symbols = value.removeprefix("[[").removesuffix("]]").split()
    if not symbols:
        raise DataError(f"{where}: no phonemes for {word!r}; write them, or a text in quotes")
    return Entry(word, symbols=tuple(symbols))


def _quoted(said: str) -> str:
    return f'"{said}"'
