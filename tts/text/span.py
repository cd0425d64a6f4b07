"""A stretch of text that is not said as it is written."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Span:
    """What stood in the text, what it was taken for, and how it is said.

    Attributes:
        start, end: offsets into the text as it was given.
        written: the text between them.
        kind: the semiotic class, such as `cardinal`, `date` or `money`; `dropped` for what
            cannot be spoken.
        spoken: the words, empty for what is left out.
    """

    start: int
    end: int
    written: str
    kind: str
    spoken: str
