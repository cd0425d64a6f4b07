"""What to say for a symbol that a token table lacks: the nearest symbols it has.

In this order: another stress, no length mark, another case or no accent, a similar sound, the
symbol's parts. A phone is written as espeak writes it: stress mark, letters, length mark.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Container, Iterator

from unidecode import unidecode

_STRESS = "ˈˌ"
_LENGTH = "ːˑ"
_LONGEST = 4  # characters of a phone: stress, two letters, length

# Similar sounds, best first, for phones that one language lends another; marks that fall back.
_SIMILAR = {
    "a": "æ ɑ ɐ", "ɑ": "a ɔ ɒ", "ɒ": "ɑ ɔ", "æ": "a ɛ", "ɐ": "ə ʌ a", "ʌ": "ɐ ə", "ə": "ɐ ʌ ɪ",
    "ɜ": "ə ɚ", "ɚ": "ɝ ɜ ə", "ɝ": "ɜ ɚ", "e": "eɪ ɛ", "ɛ": "e æ", "i": "ɪ", "ɪ": "ᵻ i",
    "ᵻ": "ɪ ə", "ɨ": "ɪ i", "y": "i u", "ʏ": "ɪ ʊ", "ø": "ɜ ɛ e", "œ": "ɜ ɛ", "o": "oʊ ɔ",
    "ɔ": "o ɑ ɒ", "u": "ʊ", "ʊ": "u", "ɯ": "u ʊ", "ɤ": "ʌ ə", "oʊ": "əʊ o ɔ", "əʊ": "oʊ",
    "r": "ɹ ɾ", "ɹ": "r ɾ", "ɾ": "ɹ r t", "ʁ": "ɹ r", "ʀ": "ɹ r", "ɻ": "ɹ", "l": "ɫ", "ɫ": "l",
    "ɭ": "l", "ʎ": "l", "ɬ": "l", "ɲ": "n", "ɳ": "n", "ɴ": "ŋ n", "ŋ": "n", "ɱ": "m",
    "x": "k h", "χ": "k h", "ç": "h ʃ", "ɣ": "ɡ", "ħ": "h", "ʕ": "h", "ɦ": "h", "ʔ": "t",
    "β": "b v", "ɸ": "f", "ʋ": "v w", "ɕ": "ʃ", "ʑ": "ʒ", "ʂ": "ʃ", "ʐ": "ʒ", "ʈ": "t", "ɖ": "d",
    "c": "k tʃ", "ɟ": "dʒ ɡ", "q": "k", "g": "ɡ", "ɡ": "g", "ɥ": "w", "w": "ʊ u", "j": "i",
    "ʍ": "w", "…": ".", "—": ", -", ";": ", .", ":": ", .", "!": ".", "?": ".",
}  # fmt: skip


def nearest(symbol: str, known: Container[str]) -> tuple[str, ...]:
    """The symbols among `known` that come nearest to one that is not, or none."""
    stress, bare = split_stress(symbol)
    for candidate in _candidates(stress, bare):
        if candidate in known:
            return (candidate,)
    parts = _parts(symbol, known)
    if len(parts) == 1:
        return ()
    return tuple(s for part in parts for s in ((part,) if part in known else nearest(part, known)))


def split_stress(symbol: str) -> tuple[str, str]:
    """A phone's stress mark (or none), and the phone without it."""
    bare = symbol.lstrip(_STRESS)
    return symbol[: len(symbol) - len(bare)], bare


def _candidates(stress: str, bare: str) -> Iterator[str]:
    short = bare.rstrip(_LENGTH)
    plain = "".join(c for c in unicodedata.normalize("NFD", short) if not _is_mark(c))
    similar = _SIMILAR.get(plain, "").split()
    same = [bare, f"{short}ː", short, f"{plain}ː", plain, plain.lower(), plain.upper()]
    for phones in (same, [phone for s in similar for phone in (s, f"{s}ː")]):
        phones = list(dict.fromkeys(filter(None, phones)))
        yield from (stress + phone for phone in phones)
        yield from (other + phone for phone in phones for other in ("", *_STRESS))


def _is_mark(char: str) -> bool:
    """A length mark, diacritic or modifier letter, which changes the letter before it."""
    return bool(unicodedata.combining(char)) or unicodedata.category(char) == "Lm"


def _parts(symbol: str, known: Container[str]) -> list[str]:
    """A compound as the longest known pieces; a foreign letter as its ASCII letters."""
    if len(symbol) == 1:
        return list(unidecode(symbol).lower()) if not symbol.isascii() else [symbol]
    parts = []
    while symbol:
        n = next((n for n in range(_LONGEST, 0, -1) if symbol[:n] in known), 0)
        if not n:
            n = 2 if symbol[0] in _STRESS else 1
            while n < len(symbol) and _is_mark(symbol[n]):
                n += 1
        parts.append(symbol[:n])
        symbol = symbol[n:]
    return parts
