"""Long text into sentences, which are what a voice speaks one at a time."""

from __future__ import annotations

import re
from bisect import bisect_left

MAX_CHARS = 400

# Behind these a stop does not end the sentence, whatever follows.
_SHORT = (
    "mr mrs ms dr prof rev fr st mt ft gen col maj capt cpt lt sgt cpl pvt adm cmdr gov sen rep "
    "pres hon messrs mme mlle supt insp no nos vol fig figs pp ch sec art ca cf vs viz e.g i.e "
    "approx dept est jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thur "
    "thurs fri sat sun"
)
_ABBREVIATIONS = frozenset(_SHORT.split())
# Behind "U.S." a sentence ends only where one of these begins the next.
_FIRST_WORDS = (
    "the a an it he she they we i you in on at and but this that there these his her its my our "
    "your their then when if as so not what who how for from with after before now"
)
_OPENERS = frozenset(_FIRST_WORDS.split())
_CLOSERS = "\"'”’)]}»"
_END = re.compile(rf"(?<![.!?…])[.!?…]+[{re.escape(_CLOSERS)}]*(?=\s)|[。！？]+|\n[^\S\n]*\n\s*")
_LAST_WORD = re.compile(r"[^\s(\[\"'“‘]*$")
_DOTTED = re.compile(r"(?:[a-z]\.)+[a-z]")
_NEXT_WORD = re.compile(r"\s+[\"'“‘(\[¿¡—-]*(\w{0,20})")
# Symbols that a user wrote into the text; an opening that nothing closes is plain text.
_BLOCK = re.compile(r"\[\[(?:(?!\[\[).)*?\]\]|\{[^{}]*\}", re.DOTALL)
_CUTS = (re.compile(r"[;:—…][\"'”’)]*\s+"), re.compile(r",[\"'”’)]*\s+"), re.compile(r"\s+"))


class _Blocks:
    """Where the blocks of symbols of a text lie, which nothing may cut apart."""

    def __init__(self, text: str) -> None:
        spans = [match.span() for match in _BLOCK.finditer(text)]
        self._starts = [start for start, _ in spans]
        self._ends = [end for _, end in spans]

    def around(self, place: int) -> tuple[int, int] | None:
        """The start and end of the block which a cut before `place` would split."""
        i = bisect_left(self._starts, place) - 1
        return (self._starts[i], self._ends[i]) if i >= 0 and place < self._ends[i] else None


def sentences(text: str, max_chars: int = MAX_CHARS) -> list[str]:
    """The sentences of a text, none empty, each at most `max_chars` characters long.

    Joined with spaces they are the text again, up to white space; only a word longer than
    `max_chars` is cut. A sentence that is too long is cut behind a semicolon, a comma or a word.
    A block of symbols, `[[…]]` or `{…}`, stays whole, even one longer than `max_chars`.
    """
    assert max_chars > 0, f"max_chars must be positive, got {max_chars}"
    blocks, found, start = _Blocks(text), [], 0
    for match in _END.finditer(text):
        if not blocks.around(match.start()) and _is_end(text, start, match):
            found.append(text[start : match.end()])
            start = match.end()
    found.append(text[start:])
    stripped = (" ".join(sentence.split()) for sentence in found)
    return [part for sentence in stripped if sentence for part in _cut(sentence, max_chars)]


def _is_end(text: str, start: int, match: re.Match[str]) -> bool:
    """Whether a mark ends the sentence; a stop behind "Dr." or an initial does not."""
    if match[0][0] not in ".!?…":
        return True
    following = _NEXT_WORD.match(text, match.end())
    opener = following[1] if following else ""
    if opener[:1].islower():
        return False
    return match[0][0] != "." or len(match[0]) > 1 or _is_stop(text, start, match.start(), opener)


def _is_stop(text: str, start: int, end: int, opener: str) -> bool:
    """Whether the stop at `end` is more than the sign of an abbreviation, initial or number."""
    found = _LAST_WORD.search(text, max(start, end - 30), end)
    word = found[0] if found else ""
    last = word.lower()
    if last in _ABBREVIATIONS or (len(word) == 1 and word.isupper() and word != "I"):
        return not opener
    if _DOTTED.fullmatch(last):
        return last in ("a.m", "p.m") or not opener or opener.lower() in _OPENERS
    return not (word.isdigit() and text[start:end].strip() == word)  # "1." numbers a list


def _cut(sentence: str, max_chars: int) -> list[str]:
    """Pieces of a sentence in which white space is single spaces."""
    blocks, parts, start = _Blocks(sentence), [], 0
    while len(sentence) - start > max_chars:
        at = _cut_place(sentence, start, max_chars, blocks)
        parts.append(sentence[start:at].rstrip())
        start = at + sentence.startswith(" ", at)
    return [*parts, sentence[start:]] if start < len(sentence) else parts


def _cut_place(sentence: str, start: int, max_chars: int, blocks: _Blocks) -> int:
    """Behind the last good mark of the second half, else the last space, else inside a word."""
    for cut in _CUTS:
        matches = cut.finditer(sentence, start, start + max_chars + 1)
        places = [m.end() for m in matches if not blocks.around(m.end())]
        late = [p for p in places if p - start > max_chars // 2 or cut is _CUTS[-1]]
        if late:
            return late[-1]
    block = blocks.around(start + max_chars)
    if block is None:
        return start + max_chars
    return block[0] if block[0] > start else block[1]
