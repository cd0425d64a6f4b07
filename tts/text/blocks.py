"""Blocks of symbols that a user writes inside a text: `[[h ə l ˈoʊ]]`, or {HH AH0 L OW1}."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from tts.text.normalise import NormaliserName, normalise


@dataclass(frozen=True)
class Inline:
    """Symbols that the user wrote into the text, to be passed through untouched."""

    symbols: tuple[str, ...]


Piece: TypeAlias = "str | Inline"


@dataclass(frozen=True)
class BlockStyle:
    """What opens and closes a block, and the prefix that its symbols have in the token table."""

    opening: str
    closing: str
    prefix: str = ""


PHONE_BLOCKS = BlockStyle("[[", "]]")
ARPABET_BLOCKS = BlockStyle("{", "}", prefix="@")


@dataclass(frozen=True)
class Reading:
    """A text cut into pieces to speak, its normalised form, and what could not be spoken."""

    pieces: tuple[Piece, ...]
    normalised: str
    warnings: tuple[str, ...]


def read(text: str, normaliser: NormaliserName, style: BlockStyle | None) -> Reading:
    """Normalise what stands around the blocks; a line break counts as a space."""
    pieces: list[Piece] = []
    shown: list[str] = []
    warnings: list[str] = []
    for is_block, part in _split(text.replace("\n", " "), style):
        if is_block and style:
            pieces.append(Inline(tuple(style.prefix + symbol for symbol in part.split())))
            shown.append(f"{style.opening}{part}{style.closing}")
            continue
        result = normalise(part, normaliser)
        spoken = _keep_edges(part, result.normalised)
        pieces.append(spoken)
        shown.append(spoken)
        warnings += result.warnings
    return Reading(tuple(pieces), "".join(shown), tuple(warnings))


def _split(text: str, style: BlockStyle | None) -> list[tuple[bool, str]]:
    """Text as (is a block of symbols, its content), in order; a block is never empty."""
    parts: list[tuple[bool, str]] = []
    position = 0
    while style:
        start = text.find(style.opening, position)
        content = start + len(style.opening)
        end = text.find(style.closing, content + 1) if start >= 0 else -1
        if end < 0:
            break
        parts += [(False, text[position:start]), (True, text[content:end])]
        position = end + len(style.closing)
    parts.append((False, text[position:]))
    return [part for part in parts if part[1]]


def _keep_edges(before: str, after: str) -> str:
    """A piece keeps the white space at its ends, which separates it from its neighbours."""
    lead = " " if before[:1].isspace() and not after[:1].isspace() else ""
    tail = " " if before[-1:].isspace() and after and not after[-1:].isspace() else ""
    return lead + after + tail
