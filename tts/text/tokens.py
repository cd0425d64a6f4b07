"""Tokens: the table between symbols and ids, and what it reads for a symbol it lacks.

A table lives in `tokens.txt`, one symbol a line, the line's number (from 0) its id. Symbols that
would not survive in a text file have names: `<space>`, `<blank>`, `<pad>`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tts.errors import DataError
from tts.files import write_text
from tts.text.backoff import nearest

SPACE, BLANK, PAD = "<space>", "<blank>", "<pad>"
PUNCTUATION = (",", ".", "!", "?", ";", ":", "—", "…", '"', "(", ")")

_ARPABET_VOWELS = "AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW"
_ARPABET_CONSONANTS = "B CH D DH F G HH JH K L M N NG P R S SH T TH V W Y Z ZH"


@dataclass(frozen=True)
class Lookup:
    """What a table has for a run of symbols.

    Attributes:
        replaced: for each symbol asked for, the symbols of the table that stand for it; itself
            where the table holds it, empty where nothing comes near.
        warnings: one line for each distinct symbol that was replaced or left out.
    """

    replaced: tuple[tuple[str, ...], ...]
    warnings: tuple[str, ...]


class TokenTable:
    """Symbols and their ids, 0 to n - 1.

    Args:
        symbols: in the order of their ids.
        source: the file that messages name.
    Raises:
        DataError: a symbol is empty, holds white space, or stands there twice.
    """

    def __init__(self, symbols: Iterable[str], source: str | Path = "token table") -> None:
        self.symbols = tuple(symbols)
        self._ids: dict[str, int] = {}
        for i, symbol in enumerate(self.symbols):
            self._add(symbol, i, f"{source}: line {i + 1}")
        if not self.symbols:
            raise DataError(f"{source}: holds no symbol; write one symbol a line")

    def _add(self, symbol: str, i: int, where: str) -> None:
        if symbol.split() != [symbol]:
            raise DataError(
                f"{where} holds {symbol!r}; expected one symbol without white space "
                f"(the space itself is written {SPACE})"
            )
        if symbol in self._ids:
            first = self._ids[symbol] + 1
            raise DataError(f"{where} repeats {symbol!r} of line {first}; remove one of them")
        self._ids[symbol] = i

    def __len__(self) -> int:
        return len(self.symbols)

    def __contains__(self, symbol: object) -> bool:
        return symbol in self._ids

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TokenTable) and self.symbols == other.symbols

    def __hash__(self) -> int:
        return hash(self.symbols)

    @property
    def blank_id(self) -> int | None:
        """The id of `<blank>`, or None for a table without it."""
        return self._ids.get(BLANK)

    @property
    def sha256(self) -> str:
        """The hash of `tokens.txt` as `save` writes it: equal hashes, equal tables."""
        return hashlib.sha256(self._as_text().encode()).hexdigest()

    def ids(self, symbols: Iterable[str]) -> list[int]:
        """The ids of symbols that the table holds; pass others through `lookup` first.

        Raises:
            DataError: the table lacks a symbol.
        """
        try:
            return [self._ids[symbol] for symbol in symbols]
        except KeyError as missing:
            raise DataError(
                f"the token table has no {missing.args[0]!r}; use a symbol of its tokens.txt"
            ) from None

    def lookup(self, symbols: Sequence[str], backoff: bool = True) -> Lookup:
        """For each symbol, what of this table to say for it, and a warning where that differs.

        Args:
            backoff: look for the nearest symbols; otherwise an unknown symbol is left out.
        """
        unknown = dict.fromkeys(s for s in symbols if s not in self._ids)
        near = {s: nearest(s, self._ids) if backoff else () for s in unknown}
        warnings = tuple(_explain(s, found) for s, found in near.items())
        return Lookup(tuple(near.get(s, (s,)) for s in symbols), warnings)

    def save(self, path: str | Path) -> None:
        """Write `tokens.txt`, whole or not at all."""
        write_text(path, self._as_text())

    @classmethod
    def load(cls, path: str | Path) -> TokenTable:
        """Read `tokens.txt`.

        Raises:
            DataError: the file cannot be read, or a line is not one new symbol.
        """
        try:
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            raise DataError(f"{path}: cannot be read ({reason}); give a tokens.txt") from None
        return cls(text.removesuffix("\n").split("\n") if text else (), source=path)

    def _as_text(self) -> str:
        return "".join(f"{symbol}\n" for symbol in self.symbols)


def _explain(symbol: str, near: tuple[str, ...]) -> str:
    if near:
        return f"the token table has no {symbol!r}; read as {' '.join(near)!r}"
    return f"the token table has no {symbol!r} and nothing near it; left out"


def intersperse(ids: Sequence[int], blank_id: int) -> list[int]:
    """A blank before, between and after the ids: n become 2 n + 1.

    References:
        Glow-TTS (Kim et al., 2020), https://arxiv.org/abs/2005.11129: the blank came after the
        paper, with the released models.
    """
    out = [blank_id] * (2 * len(ids) + 1)
    out[1::2] = ids
    return out


def glow_tts_symbols(blank: bool = True) -> tuple[str, ...]:
    """The symbols of the released Glow-TTS models in order: 148, or 149 with the blank last.

    Letters keep their case; the sounds of the CMU dictionary are written `@HH`, `@AW1`.
    """
    vowels = [f"{vowel}{n}" for vowel in _ARPABET_VOWELS.split() for n in ("", "0", "1", "2")]
    arpabet = sorted(_ARPABET_CONSONANTS.split() + vowels)
    capitals = [chr(code) for code in range(ord("A"), ord("Z") + 1)]
    letters = capitals + [letter.lower() for letter in capitals]
    head = [PAD, "-", *"!'(),.:;?", SPACE]
    return (*head, *letters, *(f"@{sound}" for sound in arpabet), *([BLANK] if blank else []))
