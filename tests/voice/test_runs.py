"""How sentences are cut into runs, and their edges."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from tts.voice.runs import FIRST_FRAMES, OPENING_FRAMES, faded, run_ends
from tts.voice.vocoding import CHUNK_FRAMES


@pytest.mark.parametrize("n_frames", [0, 1, 31, 32, 48, 49, 258, 5000])
@pytest.mark.parametrize("context", [0, 12, 50])
@pytest.mark.parametrize("opens", [True, False])
def test_runs_grow_to_the_end(n_frames: int, context: int, opens: bool) -> None:
    ends = list(run_ends(n_frames, context, opens=opens))
    assert ends[-1] == n_frames
    lengths = [b - a for a, b in pairwise([0, *ends])]
    first = max(OPENING_FRAMES if opens else FIRST_FRAMES, 2 * context)
    assert all(length >= first for length in lengths[:-1])
    assert all(length <= 1.5 * CHUNK_FRAMES for length in lengths)
    assert len(lengths) == 1 or lengths[0] == first
    for (_, end), (_, following) in pairwise(zip(lengths, ends, strict=True)):
        assert following - end <= 3 * end  # made before the listener has heard the first `end`


def test_runs_of_a_given_length_and_of_no_known_context() -> None:
    assert list(run_ends(10, 1, chunk_frames=4)) == [4, 8, 10]
    assert list(run_ends(8, 99, chunk_frames=4)) == [4, 8]
    assert list(run_ends(10_000, None)) == [10_000]


@pytest.mark.parametrize("n", [1, 2, 50, 1000])
@pytest.mark.parametrize("piece", [1, 7, 100_000])
def test_edges_rise_from_zero_however_it_is_cut(n: int, piece: int) -> None:
    rate_hz = 4000
    whole = faded(np.ones(n, np.float32), 0, n, rate_hz)
    pieces = [
        faded(np.ones(min(piece, n - i), np.float32), i, n, rate_hz) for i in range(0, n, piece)
    ]
    assert np.array_equal(np.concatenate(pieces), whole)
    assert whole.dtype == np.float32 and np.array_equal(whole, whole[::-1])
    if n >= 50:
        assert whole[0] == whole[-1] == 0 and np.abs(np.diff(whole)).max() < 0.15
        assert (whole[16:-16] == 1).all()  # 4 ms
