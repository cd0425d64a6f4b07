"""Long text into sentences, which are what a voice speaks one at a time.

The pieces put together are the text again, character by character: white space belongs to the
piece before it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

MAX_CHARS = 400

# Titles and the like: behind these a stop does not end the sentence, whatever follows.
_BEFORE_NAME = (
    "mr mrs ms dr prof rev fr mt ft gen col maj capt cpt lt sgt cpl pvt adm cmdr gov sen rep pres "
    "hon messrs mme mlle supt insp det cf vs viz e.g i.e approx"
)
# Behind these it does not before a number; some are words too ("No. He sat.").
_BEFORE_NUMBER = "no nos vol vols fig figs ch chs pp p sec art ca c ext apt tel op par"
# Behind these it does where one of _FIRST_WORDS begins the next; "in Jan. 2020", "Baker St. The".
_ANYWHERE = (
    "st jan feb apr jun jul aug sept oct nov dec tue tues thu thur thurs fri dept est inc ltd "
    "corp co bros jr sr esq ave blvd rd ln hwy pkwy al etc"
)
# The same, only where they begin with a capital.
_CAPITAL = "mar sep mon wed sat sun no"
_TITLES = frozenset(_BEFORE_NAME.split())
_NUMBERED = frozenset(_BEFORE_NUMBER.split())
_ABBREVIATIONS = frozenset(_ANYWHERE.split())
_CAPITALISED = frozenset(_CAPITAL.split())
_FIRST_WORDS = (
    "the a an it he she they we i you in on at and but this that there these his her its my our "
    "your their then when if as so not what who how for from with after before now all some "
    "many most one no yes meanwhile however although while since because by to another each i'm "
    "i've it's that's there's we're they're he's she's don't do is are was were can will please"
)
_OPENERS = frozenset(_FIRST_WORDS.split())
_CLOSERS = "\"'”’)]}»"
_END = re.compile(
    rf"(?<![.!?…])[.!?…]+[{re.escape(_CLOSERS)}]*(?=\s)"  # a mark behind a word
    rf"|[。！？｡．؟۔।॥։።]+[{re.escape(_CLOSERS)}」』】）]*"  # other scripts set no space
    r"|\n"  # judged by the lines around it
)
_LAST_WORD = re.compile(r"[^\s(\[\"'“‘]*$")
_DOTTED = re.compile(r"(?:[a-z]\.)+[a-z]")
_NEXT_WORD = re.compile(r"\s{1,50}[\"'“‘«(\[¿¡—-]{0,5}((?:\w|'(?=\w)){0,20})")
_LIST_MARK = re.compile(r"[ \t]*(?:[-*•◦‣▪–—]|\(?(?:[0-9]{1,3}|[A-Za-z])[.)])[ \t]+")
_NARROW = 40  # characters; text is not wrapped to less
_NUMBER_OF_LIST = re.compile(r"[(]?(?:[0-9]{1,3}|[ivx]{1,5})")
_CUTS = (re.compile(r"[;:—…][\"'”’)]*\s+"), re.compile(r",[\"'”’)]*\s+"), re.compile(r"\s+"))


class _Blocks:
    """The stretches of a text that nothing may cut."""

    def __init__(self, spans: Sequence[tuple[int, int]]) -> None:
        self._starts = [start for start, _ in spans]
        self._ends = [end for _, end in spans]

    def around(self, place: int) -> tuple[int, int] | None:
        """The start and end of the stretch which a cut before `place` would split."""
        i = bisect_left(self._starts, place) - 1
        return (self._starts[i], self._ends[i]) if i >= 0 and place < self._ends[i] else None


def sentences(
    text: str, max_chars: int = MAX_CHARS, whole: Sequence[tuple[int, int]] = ()
) -> list[str]:
    """The sentences of a text: put together they are the text again.

    Each is at most `max_chars` long without the white space at its end; one that is longer is cut
    behind a semicolon, a comma or a word, and only a word longer than that inside. A sentence
    ends at its mark, at an empty line, before an item of a list, and where a line breaks although
    the next word had found room.

    Args:
        whole: stretches (start, end) to keep in one piece, in order, even longer ones.
    """
    assert max_chars > 0, f"max_chars must be positive, got {max_chars}"
    blocks, ends = _Blocks(whole), []
    start = 0
    for end in _ends(text, blocks):
        ends += _cuts(text, start, end, max_chars, blocks)
        start = end
    return [text[a:b] for a, b in zip([0, *ends], ends)]


def _ends(text: str, blocks: _Blocks) -> Iterator[int]:
    """Where the sentences end, behind the white space that follows; the last is the text's."""
    start, first = 0, _past_space(text, 0)
    for match in _END.finditer(text, first):
        if match.end() <= start or blocks.around(match.start() + 1):
            continue
        if text[match.start()] == "\n":
            is_end = _line_ends(text, start, match.start())
        else:
            is_end = _is_end(text, start, match)
        if is_end:
            end = _past_space(text, match.end())
            yield end
            start = end
    if start < len(text):
        yield len(text)


_SPACES = re.compile(r"\s*")


def _past_space(text: str, place: int) -> int:
    found = _SPACES.match(text, place)
    return found.end() if found else place


def _line_ends(text: str, start: int, place: int) -> bool:
    """Whether the line break at `place` ends the sentence that begins at `start`."""
    following = _past_space(text, place)
    if "\n" in text[place + 1 : following]:
        return True
    next_line = text.find("\n", following)
    next_line = len(text) if next_line < 0 else next_line
    if _LIST_MARK.match(text, following):
        return True
    begin = max(text.rfind("\n", 0, place) + 1, start)
    width, room = place - begin, _word_length(text, following)
    wider = max(_NARROW, width, min(next_line - following, 200))
    begins = text[following : following + 1]
    return begins.isupper() and width + 1 + room <= wider and text[place - 1 : place] not in ",;-"


def _word_length(text: str, place: int) -> int:
    for i, char in enumerate(text[place : place + 60]):
        if char.isspace():
            return i
    return len(text[place : place + 60])


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
    begins = not opener or opener.lower() in _OPENERS
    if last in _NUMBERED and opener[:1].isdigit():
        return False
    if last in _TITLES or (len(word) == 1 and word.isupper() and word != "I"):
        return not opener
    if last in _ABBREVIATIONS or (last in _CAPITALISED and word[0].isupper() and last != "no"):
        return begins
    if _DOTTED.fullmatch(last):
        return last in ("a.m", "p.m") or begins
    # "1." numbers a list
    return not (_NUMBER_OF_LIST.fullmatch(word) and text[start:end].strip(" \t-*•") == word)


def _cuts(text: str, start: int, end: int, max_chars: int, blocks: _Blocks) -> list[int]:
    """The ends of the pieces of a sentence, its own end last."""
    found = []
    last, start = start + len(text[start:end].rstrip()), _past_space(text, start)
    while last - start > max_chars:
        start = _cut_place(text, start, max_chars, blocks)
        if start >= last:
            break
        found.append(start)
    return [*found, end]


def _cut_place(text: str, start: int, max_chars: int, blocks: _Blocks) -> int:
    """Behind the last good mark of the second half, else the last space, else inside a word."""
    window = start + max_chars
    for cut in _CUTS:
        matches = cut.finditer(text, start, window + 1)
        places = [_past_space(text, m.end()) for m in matches if m.start() > start]
        places = [p for p in places if not blocks.around(p)]
        late = [p for p in places if p - start > max_chars // 2 or cut is _CUTS[-1]]
        if late:
            return late[-1]
    block = blocks.around(window)
    if block is None:
        return window
    return block[0] if block[0] > start else _past_space(text, block[1])
