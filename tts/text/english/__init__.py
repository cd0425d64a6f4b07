"""English text as it is spoken: every class of written things is a small grammar of its own.

A grammar is a list of rules, a pattern and how to say what it finds; the order below decides who
reads a "5" first. What one rule has read no other sees again, and what was read keeps its place
in the text as it was given. All patterns take time proportional to the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tts.text.english import (
    abbreviation,
    address,
    clock,
    date,
    emoji,
    era,
    initialism,
    label,
    markup,
    maths,
    measure,
    money,
    quantity,
    roman,
    script,
    symbol,
    telephone,
    web,
)
from tts.text.english.clean import Canonical
from tts.text.english.rule import Claim, claims
from tts.text.span import Span

_BEFORE_DATES = (
    *markup.RULES, *emoji.KEYCAPS, *web.RULES, *telephone.RULES, *address.RULES,
    *maths.EQUATIONS, *roman.RULES, *label.RULES, *clock.RULES,
)  # fmt: skip
_AFTER_DATES = (
    *label.VERSIONS, *money.RULES, *quantity.MILLIONS, *measure.RULES, *era.ERAS, *date.YEARS,
    *abbreviation.RULES, *maths.POWERS, *quantity.RULES,
    *initialism.RULES, *maths.SIGNS, *emoji.RULES, *symbol.RULES, *script.RULES,
)  # fmt: skip
_AMERICAN = (*_BEFORE_DATES, *era.DECADES, *date.AMERICAN, *_AFTER_DATES)
_BRITISH = (*_BEFORE_DATES, *era.DECADES, *date.BRITISH, *_AFTER_DATES)

_SPACE = re.compile(r"\s+")
_TIDY = re.compile(r" (?=[,.!?;:)…](?: |$))|(?<=\() ")


@dataclass(frozen=True)
class English:
    """English text as it is spoken, what was changed, and a line for what cannot be said."""

    normalised: str
    spans: tuple[Span, ...]
    warnings: tuple[str, ...]


def english(text: str, language: str = "en-us") -> English:
    """The text as it is spoken. Dates in figures begin with the month in en-us only."""
    canonical = Canonical(text)
    rules = _AMERICAN if language in ("en", "en-us") else _BRITISH
    read = claims(rules, canonical.text)
    spans = _spans(text, canonical, read)
    warnings = dict.fromkeys(line for span in spans for line in script.warnings(span))
    return English(_joined(canonical.text, read), spans, tuple(warnings))


def _joined(text: str, read: list[Claim]) -> str:
    """The text with the words of each claim in its place, apart from letters around it."""
    parts, position = [""], 0
    for claim in read:
        _add(parts, text[position : claim.start])
        _add(parts, claim.spoken or " ")
        position = claim.end
    _add(parts, text[position:])
    return _TIDY.sub("", _SPACE.sub(" ", "".join(parts))).strip()


def _add(parts: list[str], text: str) -> None:
    if text:
        parts += [" ", text] if parts[-1][-1:].isalnum() and text[0].isalnum() else [text]


def _spans(text: str, canonical: Canonical, read: list[Claim]) -> tuple[Span, ...]:
    """The claims, and the edits that no claim covers, as parts of the text as it was given."""
    found = [
        (*canonical.original(c.start, c.end), c.kind, c.spoken) for c in canonical.whole(read)
    ]
    found += [(e.start, e.end, e.kind, e.became) for e in canonical.untouched(read) if e.kind]
    found.sort(key=lambda span: span[:2])
    merged: list[tuple[int, int, str, str]] = []
    for start, end, kind, spoken in found:
        if merged and start < merged[-1][1]:
            first = merged.pop()
            start, kind, spoken = first[0], first[2], f"{first[3]} {spoken}"
        merged.append((start, end, kind, spoken))
    trimmed = (_trimmed(text, *span) for span in merged)
    return tuple(span for span in trimmed if span.written.split() != span.spoken.split())


def _trimmed(text: str, start: int, end: int, kind: str, spoken: str) -> Span:
    """A span without the white space at the ends of what was written."""
    written = text[start:end]
    start += len(written) - len(written.lstrip())
    written = written.strip()
    return Span(start, start + len(written), written, kind, spoken.strip())
