"""How far a long job is: a bar on a terminal, else a line now and then."""

from __future__ import annotations

import sys
import time
from typing import Any

from tqdm import tqdm

LINE_S = 60.0  # from one line to the next, where stderr is no terminal


class Progress:
    """Progress in characters of a text, of which the whole may be unknown (0).

    Use as a context; nothing is shown of what takes less than a few seconds.
    """

    def __init__(self, n_chars: int) -> None:
        self._n_chars, self._done = n_chars, 0
        self._started = self._told = time.perf_counter()
        self._bar = tqdm(
            total=n_chars or None, unit="char", unit_scale=True, delay=3, leave=False, disable=None
        )

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: Any) -> None:
        self._bar.close()

    def skip(self, n_chars: int) -> None:
        """Count what was done before; it says nothing about the speed."""
        self._n_chars -= n_chars
        self._bar.total = max(self._n_chars, 0) or None

    def add(self, n_chars: int, audio_s: float) -> None:
        """Count what was done now, and how much sound there is."""
        self._done += n_chars
        self._bar.set_postfix_str(f"{_clock(audio_s)} spoken", refresh=False)
        self._bar.update(n_chars)
        now = time.perf_counter()
        if self._bar.disable and now - self._told > LINE_S:
            self._told = now
            print(self._line(now, audio_s), file=sys.stderr, flush=True)

    def _line(self, now: float, audio_s: float) -> str:
        if not self._n_chars:
            return f"{_clock(audio_s)} spoken"
        share = min(self._done / self._n_chars, 1.0)
        left_s = (now - self._started) * (1 - share) / max(share, 1e-9)
        return f"{share:.0%} done, {_clock(audio_s)} spoken, about {_clock(left_s)} left"


def _clock(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
