"""Fractions: "1/2", "3 1/2", "2/3", "22/7", "1/4th"."""

from __future__ import annotations

import re

from tts.text.numbers import cardinal, ordinal

FRACTION = r"[0-9]{1,9} ?/ ?[1-9][0-9]{0,8}(?![0-9/]|\.[0-9])"
_PARTS = re.compile(r"(?:([0-9]+)[ -])?([0-9]+) ?/ ?([0-9]+)")


def fraction_words(text: str) -> str:
    """A fraction, with or without a whole number before it, as words."""
    found = _PARTS.match(text)
    assert found, f"not a fraction: {text!r}"
    whole, top, bottom = found.groups()
    part = _part(top, bottom, after_whole=whole is not None)
    return f"{cardinal(whole)} and {part}" if whole else part


def _part(top: str, bottom: str, after_whole: bool) -> str:
    if bottom == "1" or (len(bottom) > 4 and not bottom.endswith("000")):
        return f"{cardinal(top)} over {cardinal(bottom)}"
    if int(top) > int(bottom) >= 40:  # blood pressure
        return f"{cardinal(top)} over {cardinal(bottom)}"
    names = {"2": "half", "4": "quarter"}
    name = names.get(bottom) or ordinal(bottom)
    if top == "1":
        return f"a {name}" if after_whole and bottom in names else f"one {name}"
    return f"{cardinal(top)} {'halves' if bottom == '2' else name + 's'}"
