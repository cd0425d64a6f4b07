"""The words of a voice's training texts, so that it can say which ones it has never seen.

`words.txt` holds them sorted, one a line, behind a first line with the number of symbols of the
longest text. LJSpeech's 14 000 words take 120 kB.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from tts.errors import DataError
from tts.files import write_text

_HEAD = "# longest "
_MIN_LONGEST = 60  # a corpus of single words is no reason to cut every sentence
_PART = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


class Vocabulary:
    """The distinct words of some texts, in lower case.

    Args:
        n_longest: symbols of the longest text.
    """

    def __init__(self, words: Iterable[str], n_longest: int) -> None:
        self._words = frozenset(part for word in words for part in _parts(word))
        self.n_longest = max(n_longest, _MIN_LONGEST)

    def __len__(self) -> int:
        return len(self._words)

    def __bool__(self) -> bool:
        return bool(self._words)

    @property
    def words(self) -> frozenset[str]:
        """All of them."""
        return self._words

    def unseen(self, words: Iterable[str]) -> tuple[str, ...]:
        """Those of some words that the texts did not hold, each once; letters count as seen."""
        parts = (part for word in words for part in _parts(word))
        return tuple(dict.fromkeys(p for p in parts if len(p) > 1 and not self._has(p)))

    def _has(self, word: str) -> bool:
        return word in self._words or word.removesuffix("'s") in self._words

    def save(self, path: str | Path) -> None:
        """Write `words.txt`, whole or not at all."""
        rows = [f"{_HEAD}{self.n_longest}", *sorted(self._words)]
        write_text(path, "".join(f"{row}\n" for row in rows))

    @classmethod
    def load(cls, path: str | Path) -> Vocabulary:
        """Read `words.txt`.

        Raises:
            DataError: it cannot be read.
        """
        try:
            head, *words = Path(path).read_text(encoding="utf-8").split("\n")
            return cls(words, int(head.removeprefix(_HEAD)))
        except (OSError, ValueError):
            raise DataError(
                f"{path}: cannot be read as a list of words; take it from the same model again, "
                f"or remove it"
            ) from None


def _parts(word: str) -> list[str]:
    return [part.lower().replace("’", "'") for part in _PART.findall(word)]
