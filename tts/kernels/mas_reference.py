"""Monotonic alignment search as it is written down, one utterance at a time: the oracle."""

from __future__ import annotations

import numpy as np


def durations(scores: np.ndarray) -> np.ndarray:
    """Frames on each token, (L,) int64, of the best monotonic path through scores (T, L), L <= T.

    It accumulates in float32, frame after frame, so that the fast kernels agree to the last tie.
    """
    n_frames, n_tokens = scores.shape
    assert 1 <= n_tokens <= n_frames, f"no path through {n_frames} frames, {n_tokens} tokens"
    best = np.full((n_frames, n_tokens), -np.inf, dtype=np.float32)
    best[0, 0] = scores[0, 0]
    for t in range(1, n_frames):
        stay = best[t - 1]
        advance = np.append(np.float32(-np.inf), best[t - 1, :-1])
        best[t] = scores[t].astype(np.float32) + np.maximum(stay, advance)
        best[t, t + 1 :] = -np.inf  # unreachable; here in case such a score is not a number
    return _walk_back(best)


def _walk_back(best: np.ndarray) -> np.ndarray:
    """Count the frames on each token along the best path, from its end to its start."""
    n_frames, n_tokens = best.shape
    counts = np.zeros(n_tokens, dtype=np.int64)
    token = n_tokens - 1
    for t in range(n_frames - 1, -1, -1):
        counts[token] += 1
        # A token with as many frames before it as tokens must be left, whatever the scores.
        if token > 0 and (token == t or best[t - 1, token] < best[t - 1, token - 1]):
            token -= 1
    return counts
