"""What is left at the end: other scripts, spelled in Latin letters, and what cannot be spoken."""

from __future__ import annotations

import re
import unicodedata

from unidecode import unidecode

from tts.text.english.emoji import picture
from tts.text.english.rule import TAKEN, Rule, rule
from tts.text.span import Span

LATIN = "A-Za-zÀ-ÖØ-öø-ſ"
# What may stand in spoken text beside letters.
_SPOKEN = rf"{LATIN}\s,.!?;:—…\"'()-"
_UNSPOKEN = rf"[^{_SPOKEN}0-9{TAKEN}]"
_LETTER = r"[^\W\d_]"
_INVISIBLE = ("Mn", "Me", "Mc", "Cf", "Cc", "Zs", "Zl", "Zp")  # marks, controls and spaces
_NOT_LATIN = re.compile(f"[^{LATIN}]")


def _without_accents(match: re.Match[str]) -> str | None:
    """A word in Latin letters with accents that western languages lack: "Nguyễn", "Việt"."""
    decomposed = unicodedata.normalize("NFD", match[0])
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    plain = plain if plain.isascii() else unicodedata.normalize("NFC", plain)
    return None if _NOT_LATIN.search(plain) else plain


def _transliterated(match: re.Match[str]) -> str | None:
    letters = re.sub(f"[^{LATIN} ']", "", "".join(map(unidecode, match[0]))).strip(" '")
    return letters or None


def warnings(span: Span) -> list[str]:
    """A line for each thing in a span that was left out or read in other letters."""
    if span.kind == "transliterated" and not span.written.isdecimal():
        return [f"{span.written!r} is not in Latin letters; read as {span.spoken!r}"]
    if span.kind != "dropped":
        return []
    return [
        f"cannot speak {char!r} ({_name(char)}); left out" for char in dict.fromkeys(span.written)
    ]


def _name(char: str) -> str:
    return unicodedata.name(char, f"U+{ord(char):04X}").lower()


def _is_invisible(match: re.Match[str]) -> str | None:
    return "" if all(unicodedata.category(char) in _INVISIBLE for char in match[0]) else None


def _named(match: re.Match[str]) -> str | None:
    name = picture(match[0]) if unicodedata.category(match[0]) == "So" else None
    return f" {name} " if name and not name.startswith(("box ", "block")) else None


RULES: tuple[Rule, ...] = (
    rule(
        "accent", rf"(?<!{_LETTER})(?=[{LATIN}]*{_UNSPOKEN})(?:{_LETTER})+", _without_accents, ()
    ),
    rule(
        "transliterated",
        rf"(?:(?=[^{LATIN}]){_LETTER}[\u0300-\u036f\u0590-\u05c7\u0610-\u061a"
        rf"\u064b-\u065f\u0900-\u0dff\u0e31-\u0e4e\u3099-\u309c\u30fc]*)+",
        _transliterated,
        (),
    ),
    rule("invisible", rf"{_UNSPOKEN}", _is_invisible, ()),
    rule("symbol", rf"{_UNSPOKEN}", _named, ()),
    rule("dropped", rf"(?:{_UNSPOKEN}|[0-9])+", "", ()),
)
