"""A long text, paragraph by paragraph: what can be read and spoken without holding all of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tts.text.sentences import sentences

MAX_CHARS = 8_000  # of a passage; a longer paragraph is cut behind a sentence
WIDE_GAP = 2  # empty lines that part more than paragraphs do

_MARKED = re.compile(r"[ ]{0,3}#{1,6}[ \t]+(?P<title>\S.*?)[ \t]*#*[ \t]*\Z")
_NUMBER = r"(?:[0-9]{1,4}|[IVXLCDM]{1,8}|[ivxlcdm]{1,8}|[A-Z]|\w+(?:-\w+)?)"
_NAMED = re.compile(
    rf"[ \t]*(?:(?:chapter|part|book|volume|section|canto|act|letter|stave)[ \t]+{_NUMBER}"
    r"(?:[ \t]*[.:—–-].{0,100}|[ \t]*)|"
    r"(?:prologue|epilogue|preface|foreword|introduction|afterword|conclusion|appendix)"
    r"(?:[ \t]*[.:].{0,100}|[ \t]*))\Z",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Passage:
    """A paragraph, or a part of one that is very long.

    Attributes:
        text: its lines; those of a heading without its marks.
        line: the number of its first line in the source, from 1.
        heading: its words, where it is a heading: a line that markdown's `#` begins, or one such
            as "CHAPTER IV" or "Epilogue" on its own.
        n_empty: empty lines before it.
        goes_on: whether it goes on with the paragraph of the passage before it.
    """

    text: str
    line: int
    heading: str = ""
    n_empty: int = 0
    goes_on: bool = False


def passages(lines: Iterable[str], max_chars: int = MAX_CHARS) -> Iterator[Passage]:
    """The paragraphs of a text, which empty lines part, and its headings.

    A line of signs alone, such as `* * *` between scenes, counts as an empty one.

    Args:
        lines: as a file gives them.
    """
    held: list[str] = []
    first = n_chars = n_empty = 0
    goes_on = False
    for number, line in enumerate(lines, start=1):
        title = heading_of(line) if not held or _MARKED.match(line.rstrip("\n")) else ""
        is_empty = not any(map(str.isalnum, line))
        if held and (title or is_empty):
            yield Passage("".join(held), first, "", n_empty, goes_on)
            held, n_chars, n_empty, goes_on = [], 0, 0, False
        if title:
            yield Passage(title + "\n", number, title, n_empty)
            n_empty = 0
        elif is_empty:
            n_empty += 1
        else:
            first = first if held else number
            held.append(line)
            n_chars += len(line)
        if n_chars > max_chars:
            *whole, rest = _cut("".join(held), max_chars)
            for text in whole:
                yield Passage(text, first, "", n_empty, goes_on)
                n_empty, goes_on = 0, True
            held, n_chars, first = [rest], len(rest), number
    if held:
        yield Passage("".join(held), first, "", n_empty, goes_on)


def heading_of(line: str) -> str:
    """The words of a line that is a heading, else nothing."""
    line = line.rstrip("\r\n")
    marked = _MARKED.match(line)
    if marked:
        return marked["title"]
    return line.strip() if _NAMED.match(line) else ""


def _cut(text: str, max_chars: int) -> list[str]:
    """Whole sentences, as many together as may be, and the rest, whose end is not known yet."""
    found = [""]
    *whole, rest = sentences(text)
    for sentence in whole:
        if len(found[-1]) + len(sentence) > max_chars:
            found.append("")
        found[-1] += sentence
    return [*filter(None, found), rest]
