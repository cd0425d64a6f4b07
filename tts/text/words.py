"""Words and the symbols they own; which of espeak's groups of phones belongs to which word."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

Group = tuple[str, ...]  # phones that espeak writes together

_MAX_MERGED = 4  # words that espeak says as one group ("in the", "have been")


@dataclass(frozen=True)
class Word:
    """A word as it was written after normalising, and its symbols [start, end)."""

    text: str
    start: int
    end: int


def align(
    words: Sequence[str], groups: Sequence[Group], alone: Callable[[str], Sequence[Group]]
) -> list[tuple[int, int]]:
    """How many words and how many groups belong together, from left to right.

    espeak says "of the" as one group of phones and "42" as two. The split chosen is the one whose
    words, said alone, differ least from what was said.

    Args:
        alone: the groups of one word said alone.
    Returns:
        Pairs (n_words, n_groups), summing to all words and all groups; one of the two is 1, or
        n_groups is 0 for a word without sound.
    """
    if len(words) == len(groups) and all(map(_alike, map(alone, words), groups)):
        return [(1, 1)] * len(words)
    # Dijkstra over (words used, groups used): most steps cost nothing, so few places are visited.
    queue: list[tuple[int, int, int, tuple[tuple[int, int], ...]]] = [(0, 0, 0, ())]
    done = set()
    while queue:
        cost, w, g, path = heapq.heappop(queue)
        if (w, g) == (len(words), len(groups)):
            return list(path)
        if (w, g) in done:
            continue
        done.add((w, g))
        for step, n_words, n_groups in _steps(words[w : w + _MAX_MERGED], groups[g:], alone):
            if (w + n_words, g + n_groups) not in done:
                place = (w + n_words, g + n_groups)
                heapq.heappush(queue, (cost + step, *place, (*path, (n_words, n_groups))))
    return [(len(words), len(groups))]


def _steps(
    words: Sequence[str], groups: Sequence[Group], alone: Callable[[str], Sequence[Group]]
) -> Iterator[tuple[int, int, int]]:
    """The ways to go on, as (cost, n_words, n_groups)."""
    if not words:
        return
    first = alone(words[0])
    if groups:
        together = _phones(groups[:1])
        apart: list[str] = []
        for n_words, word in enumerate(words, 1):
            apart += _phones(alone(word))
            cost = _difference(apart, together) + (n_words > 1)
            yield cost, n_words, 1
            if cost == 0:
                return
    for n_groups in range(max(2, len(first) - 1), min(len(first) + 1, len(groups)) + 1):
        yield 1 + _difference(_phones(first), _phones(groups[:n_groups])), 1, n_groups
    yield 2 * len(_phones(first)), 1, 0


def _alike(said_alone: Sequence[Group], group: Group) -> bool:
    """Whether a word can be the group at its own place: neither merged nor split."""
    return len(said_alone) == 1 and abs(len(said_alone[0]) - len(group)) < 2


def _phones(groups: Sequence[Group]) -> list[str]:
    """The phones of some groups, without stress."""
    return [phone.lstrip("ˈˌ") for group in groups for phone in group]


def _difference(a: Sequence[str], b: Sequence[str]) -> int:
    """Edit distance between two runs of phones."""
    if a == b:
        return 0
    row = list(range(len(b) + 1))
    for i, phone in enumerate(a, 1):
        diagonal, row[0] = row[0], i
        for j, other in enumerate(b, 1):
            best = min(diagonal + (phone != other), row[j] + 1, row[j - 1] + 1)
            diagonal, row[j] = row[j], best
    return row[-1]
