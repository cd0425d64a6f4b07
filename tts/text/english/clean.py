"""Characters: one form for each quote, dash and space; at the end, plain letters only."""

from __future__ import annotations

import re
import unicodedata

from unidecode import unidecode

_SAME = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛ʼʹ′`´＇", "'"),
        **dict.fromkeys("“”„‟«»″＂", '"'),
        **dict.fromkeys("‐‑−﹣－", "-"),
        **dict.fromkeys("–—―‒⸺", "—"),
        **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad", ""),
        "…": "...", "⁄": "/", "÷": " divided by ", "×": " times ", "≈": " about ",
        "≤": " at most ", "≥": " at least ", "≠": " not equal to ", "±": " plus or minus ",
        "•": ", ", "·": " ", "→": " to ", "√": " root ", "∞": " infinity ", "№": "No. ",
        "¡": "", "¿": "",
    }
)  # fmt: skip
_COMPOSED = re.compile(r"[\ufb00-\ufb06\uff01-\uff5e\u2150-\u217f\u2460-\u2473½¼¾]")
_FOREIGN_DIGIT = re.compile(r"[^\D0-9]")
_RANGE_DASH = re.compile(r"(?<=[0-9])[–‒](?=[0-9$€£])")
_DASH = re.compile(r" -{1,3} |--+| ?— ?")
_SPACE = re.compile(r"\s+")
_FOREIGN = re.compile(r"[^\x00-\x7f]+")
# What may stand in spoken text beside letters. Everything else was either read or cannot be.
_UNSPOKEN = re.compile(r"[^A-Za-z0-9\s,.!?;:—…\"'()-]+")


def canonical(text: str) -> str:
    """The same text with one form of each quote, dash, space and fraction."""
    if not text.isascii():
        text = _RANGE_DASH.sub("-", unicodedata.normalize("NFC", text))
        text = _COMPOSED.sub(_compose, text).translate(_SAME)
        text = _FOREIGN_DIGIT.sub(lambda m: str(unicodedata.decimal(m[0])), text)
    return _DASH.sub(" — ", _SPACE.sub(" ", text.replace("`", "'")))


def _compose(match: re.Match[str]) -> str:
    plain = unicodedata.normalize("NFKC", match[0]).replace("⁄", "/")
    before = match.string[match.start() - 1 : match.start()]
    return f" {plain}" if "/" in plain and before.isdigit() else plain


def plain_letters(text: str) -> tuple[str, tuple[str, ...]]:
    """ASCII letters and punctuation, and a warning for what was folded or could not be spoken.

    Accents fall off in silence ("café", "Zoë"); other scripts are spelled in Latin letters and
    emoji are left out, both with a warning.
    """
    warnings: dict[str, None] = {}
    if not text.isascii():
        text = _FOREIGN.sub(lambda m: _fold(m[0], warnings), text)
    text = _UNSPOKEN.sub(lambda m: _leave_out(m[0], warnings), text)
    return _tidy(text), tuple(warnings)


def _fold(run: str, warnings: dict[str, None]) -> str:
    out = []
    for char in run:
        base = unicodedata.normalize("NFD", char)[0]
        if char in "—…" or unicodedata.combining(char) or base.isascii():
            out.append(char if char in "—…" else base if base.isascii() else "")
        else:
            out.append(char)
    return _ODD.sub(lambda m: _transliterate(m[0], warnings), "".join(out))


_ODD = re.compile(r"[^\x00-\x7f—…]+")


def _transliterate(run: str, warnings: dict[str, None]) -> str:
    if run.strip("ßæœøłđþðÆŒØŁĐÞÐ") == "":
        return unidecode(run)
    letters = "".join(unidecode(char) for char in run if char.isalnum()).strip()
    left_out = "".join(dict.fromkeys(char for char in run if not char.isalnum()))
    for char in left_out:
        warnings[
            f"cannot speak {char!r} ({unicodedata.name(char, 'unnamed').lower()}); left out"
        ] = None
    if letters:
        warnings[f"{run!r} is not in Latin letters; read as {letters!r}"] = None
        return f" {letters} " if left_out else letters
    return " "


def _leave_out(run: str, warnings: dict[str, None]) -> str:
    for char in dict.fromkeys(run):
        name = unicodedata.name(char, f"U+{ord(char):04X}").lower()
        warnings[f"cannot speak {char!r} ({name}); left out"] = None
    return " "


_TIDY = re.compile(r" (?=[,.!?;:)…](?: |$))|(?<=\() ")


def _tidy(text: str) -> str:
    return _TIDY.sub("", _SPACE.sub(" ", text)).strip()
