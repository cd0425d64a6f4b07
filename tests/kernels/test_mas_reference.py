"""The reference finds what trying every path finds."""

from itertools import combinations

import numpy as np
import pytest

from tts.kernels import mas_reference


def every_path(n_frames: int, n_tokens: int):
    """Durations of each monotonic path: the frames at which it moves on, chosen in every way."""
    for cuts in combinations(range(1, n_frames), n_tokens - 1):
        yield np.diff([0, *cuts, n_frames])


def total(scores: np.ndarray, durations: np.ndarray) -> float:
    """The score of a path, in float64."""
    tokens = np.repeat(np.arange(len(durations)), durations)
    return float(scores.astype(np.float64)[np.arange(len(tokens)), tokens].sum())


@pytest.mark.parametrize("seed", range(30))
def test_no_path_scores_higher(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n_frames = int(rng.integers(1, 11))
    n_tokens = int(rng.integers(1, n_frames + 1))
    scores = rng.normal(0, 3, (n_frames, n_tokens)).astype(np.float32)
    best = max(every_path(n_frames, n_tokens), key=lambda path: total(scores, path))
    assert mas_reference.durations(scores).tolist() == best.tolist()


def test_a_tie_stays_going_back() -> None:
    assert mas_reference.durations(np.zeros((7, 3), np.float32)).tolist() == [1, 1, 5]


def test_forbidden_cells_are_avoided() -> None:
    scores = np.zeros((5, 2), np.float32)
    scores[1, 0] = scores[2, 0] = 1
    scores[3, 1] = -np.inf
    assert mas_reference.durations(scores).tolist() == [4, 1]


def test_more_tokens_than_frames_have_no_path() -> None:
    with pytest.raises(AssertionError, match="no path"):
        mas_reference.durations(np.zeros((2, 3), np.float32))
