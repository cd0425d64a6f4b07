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
_LETTERS = "A-Za-zÀ-ÖØ-öø-ſ"
_KEPT = re.compile(f"[{_LETTERS}—…]")
_ODD = re.compile(f"[^\\x00-\\x7f{_LETTERS}—…]+")
_ODD_LETTERS = re.compile(rf"[^\W\d_\x00-\x7f{_LETTERS}]+")
_INVISIBLE = ("Mn", "Me", "Cf", "Cc", "Zs", "Zl", "Zp")  # marks, controls and spaces
# What may stand in spoken text beside letters. Everything else was either read or cannot be.
_UNSPOKEN = re.compile(rf"[^{_LETTERS}0-9\s,.!?;:—…\"'()-]+")


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

    Accents that western languages use stay ("résumé", "Zoë"), rarer ones fall off in silence;
    other scripts are spelled in Latin letters and emoji are left out, both with a warning.
    """
    warnings: dict[str, None] = {}
    if not text.isascii():
        text = _FOREIGN.sub(lambda m: _fold(m[0], warnings), text)
    text = _UNSPOKEN.sub(lambda m: _leave_out(m[0], warnings), text)
    return _tidy(text), tuple(warnings)


def _fold(run: str, warnings: dict[str, None]) -> str:
    plain = "".join(char if _KEPT.match(char) else _without_accent(char) for char in run)
    return _ODD.sub(lambda m: _transliterate(m[0], warnings), plain)


def _without_accent(char: str) -> str:
    base = "".join(c for c in unicodedata.normalize("NFD", char) if not unicodedata.combining(c))
    return base if base.isascii() else char


def _transliterate(run: str, warnings: dict[str, None]) -> str:
    if not run.isalpha():
        parts = (c if c.isalpha() else _leave_out(c, warnings) for c in run)
        return _ODD_LETTERS.sub(lambda m: _transliterate(m[0], warnings), "".join(parts))
    letters = "".join(map(unidecode, run)).strip()
    if letters:
        warnings[f"{run!r} is not in Latin letters; read as {letters!r}"] = None
        return letters
    return _leave_out(run, warnings)


def _leave_out(run: str, warnings: dict[str, None]) -> str:
    for char in dict.fromkeys(run):
        if unicodedata.category(char) not in _INVISIBLE:
            name = unicodedata.name(char, f"U+{ord(char):04X}").lower()
            warnings[f"cannot speak {char!r} ({name}); left out"] = None
    return " "


_TIDY = re.compile(r" (?=[,.!?;:)…](?: |$))|(?<=\() ")


def _tidy(text: str) -> str:
    return _TIDY.sub("", _SPACE.sub(" ", text)).strip()
