"""Do two sets of frames come from one distribution?

References:
    Testing for equal distributions in high dimension (Szekely and Rizzo, 2004): the energy
        statistic, and its test by permutation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

MIN_STD = 1e-6  # guards the standardisation of a channel that never changes


@dataclass(frozen=True)
class Moments:
    """Of every channel: mean, standard deviation, skewness, excess kurtosis, (C,) each."""

    mean: np.ndarray
    std: np.ndarray
    skewness: np.ndarray
    kurtosis: np.ndarray


def moments(frames: np.ndarray) -> Moments:
    """The moments of frames (C, T) over time."""
    frames = frames.astype(np.float64)
    mean, std = frames.mean(1), frames.std(1)
    standard = (frames - mean[:, None]) / np.maximum(std, MIN_STD)[:, None]
    return Moments(mean, std, (standard**3).mean(1), (standard**4).mean(1) - 3)


@dataclass(frozen=True)
class TwoSampleTest:
    """What the energy statistic says.

    Attributes:
        distance: (2 E|X - Y| - E|X - X'| - E|Y - Y'|) / (2 E|X - Y|): 0 for one distribution, at
            most 1.
        p_value: how often exchanging the two sides of utterances at random gives as large a one.
    """

    distance: float
    p_value: float


def energy_test(
    natural: Sequence[np.ndarray],
    generated: Sequence[np.ndarray],
    *,
    n_frames: int = 64,
    n_permutations: int = 999,
    seed: int = 0,
) -> TwoSampleTest:
    """Test frames (C, T) of the same utterances, two sides that lie in step, for equality.

    Channels are scaled by their standard deviation on both sides. Frames of an utterance are not
    independent, so that sides are exchanged by whole utterances.

    Args:
        n_frames: taken from each utterance, evenly over it.
        n_permutations: exchanges tried; of fewer than seven utterances there are not as many.
        seed: of these.
    """
    assert len(natural) == len(generated) > 0, "two sides of the same utterances"
    rng = np.random.default_rng(seed)
    sides = []
    for ours, theirs in zip(natural, generated):
        assert ours.shape == theirs.shape, f"frames {ours.shape} against {theirs.shape}"
        places = np.linspace(0, ours.shape[1] - 1, min(n_frames, ours.shape[1])).round()
        sides += [ours[:, places.astype(int)].T, theirs[:, places.astype(int)].T]
    between = _block_sums(sides)
    signs = np.tile([1.0, -1.0], len(natural))
    statistic = -signs @ between @ signs
    swaps = np.repeat(rng.choice([1.0, -1.0], (n_permutations, len(natural))), 2, axis=1) * signs
    others = -np.einsum("pi,ij,pj->p", swaps, between, swaps)
    reached = (others >= statistic * (1 - 1e-9)).sum()
    cross = between[::2, 1::2].sum()
    return TwoSampleTest(
        distance=float(statistic / (2 * cross)) if cross else 0.0,
        p_value=float((1 + reached) / (1 + n_permutations)),
    )


def _block_sums(sides: Sequence[np.ndarray]) -> np.ndarray:
    """Sums of the distances between all frames of two sides, for all pairs of sides."""
    from scipy.spatial.distance import cdist

    pooled = np.concatenate(sides).astype(np.float64)
    pooled = pooled / np.maximum(pooled.std(0), MIN_STD)
    starts = np.concatenate([[0], np.cumsum([len(side) for side in sides])[:-1]])
    distances = cdist(pooled, pooled)
    return np.add.reduceat(np.add.reduceat(distances, starts, 0), starts, 1)
