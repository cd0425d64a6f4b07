"""Phonemes as people write them, cut into the symbols of a token table.

`həˈloʊ` and `HH AH0 L OW1` both become `h ə l ˈoʊ`: a table holds the stress on the vowel, where
the IPA sets it before the syllable.
"""

from __future__ import annotations

import re
from collections.abc import Container, Sequence

_STRESS = "ˈˌ"
_LONGEST = 5  # characters of a symbol
_IGNORED = re.compile("[.‿͜͡|/()]")  # syllables, links, ties, what IPA is quoted with
_SAME = str.maketrans({"'": "ˈ", "ˊ": "ˈ", "g": "ɡ", ":": "ː", "ʧ": "tʃ", "ʤ": "dʒ", "ɝ": "ɜː"})
_BEGINS_VOWEL = re.compile("[ˈˌ]?[aeiouæɐɑɒɔəɚɛɜɪʊʌᵻ]")
_ARPABET = re.compile(r"[A-Z]{1,2}[012]?")
_VOWELS = {
    "AA": "ɑː", "AE": "æ", "AH": "ʌ", "AO": "ɔː", "AW": "aʊ", "AY": "aɪ", "EH": "ɛ", "ER": "ɜː",
    "EY": "eɪ", "IH": "ɪ", "IY": "iː", "OW": "oʊ", "OY": "ɔɪ", "UH": "ʊ", "UW": "uː",
}  # fmt: skip
_UNSTRESSED = {"AH": "ə", "ER": "ɚ", "IY": "i"}
_CONSONANTS = {
    "B": "b", "CH": "tʃ", "D": "d", "DH": "ð", "F": "f", "G": "ɡ", "HH": "h", "JH": "dʒ",
    "K": "k", "L": "l", "M": "m", "N": "n", "NG": "ŋ", "P": "p", "R": "ɹ", "S": "s", "SH": "ʃ",
    "T": "t", "TH": "θ", "V": "v", "W": "w", "Y": "j", "Z": "z", "ZH": "ʒ",
}  # fmt: skip


def symbols_of(written: Sequence[str], known: Container[str]) -> tuple[str, ...]:
    """The symbols of `known` that a run of written phonemes means.

    What is no symbol and cannot be cut into symbols stays as it is.
    """
    if all(symbol in known for symbol in written):
        return tuple(written)
    arpabet = _from_arpabet(written)
    if arpabet is not None:
        return arpabet
    found: list[str] = []
    stress = ""
    for symbol in written:
        if symbol in known and not stress:
            found.append(symbol)
            continue
        if symbol in _STRESS:
            stress = symbol
            continue
        symbols, stress = _cut(symbol, stress, known)
        found += symbols
    return tuple(found)


def _from_arpabet(written: Sequence[str]) -> tuple[str, ...] | None:
    """The sounds of the CMU dictionary's symbols, or None when not all are such."""
    found = []
    for symbol in written:
        if not _ARPABET.fullmatch(symbol):
            return None
        name, stress = symbol.rstrip("012"), symbol[-1]
        if name in _CONSONANTS:
            found.append(_CONSONANTS[name])
        elif name in _VOWELS:
            plain = _UNSTRESSED.get(name) if stress == "0" else None
            found.append({"1": "ˈ", "2": "ˌ"}.get(stress, "") + (plain or _VOWELS[name]))
        else:
            return None
    return tuple(found)


def _cut(written: str, stress: str, known: Container[str]) -> tuple[list[str], str]:
    """A chunk of IPA as symbols, and a stress mark whose vowel is still to come."""
    text = _IGNORED.sub("", written.translate(_SAME))
    found: list[str] = []
    i = 0
    while i < len(text):
        if text[i] in _STRESS:
            stress = text[i]
            i += 1
            continue
        n, symbol = _longest(text, i, stress, known)
        if not n:
            return [*found, stress + text[i:]], ""
        stress = "" if symbol[0] in _STRESS else stress
        found.append(symbol)
        i += n
    return found, stress


def _longest(text: str, i: int, stress: str, known: Container[str]) -> tuple[int, str]:
    """How many characters the longest symbol at `i` takes, and the symbol."""
    for n in range(min(_LONGEST, len(text) - i), 0, -1):
        phone = text[i : i + n]
        if n > 1 and phone[-1] in "lɹ" and _BEGINS_VOWEL.match(text, i + n):
            continue  # "ə l ˈoʊ", not "əl ˈoʊ"
        if stress and stress + phone in known:
            return n, stress + phone
        if phone in known:
            return n, phone
    return 0, ""
