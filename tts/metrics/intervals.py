"""Means with intervals, and tests of paired differences: how sure a number is.

References:
    An introduction to the bootstrap (Efron and Tibshirani, 1993), chapter 13: percentiles.
    A simple sequentially rejective multiple test procedure (Holm, 1979).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

LEVEL = 0.95
N_RESAMPLES = 2000
_CHUNK = 1 << 22  # resampled values held at once


@dataclass(frozen=True)
class Interval:
    """A mean over `n` utterances, and the bounds between which it lies with 95 % confidence.

    The bounds are None where one utterance says nothing about others.
    """

    mean: float
    low: float | None
    high: float | None
    n: int


def bootstrap(
    values: Sequence[float],
    weights: Sequence[float] | None = None,
    *,
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
) -> Interval:
    """The mean of values and its percentile bootstrap interval, drawing utterances anew.

    Args:
        values: one an utterance.
        weights: of the utterances, such as their numbers of words: the mean of error rates so
            weighted is the error rate of the whole.
    """
    assert len(values) > 0, "no values"
    x = np.asarray(values, np.float64)
    w = np.ones_like(x) if weights is None else np.asarray(weights, np.float64)
    assert x.shape == w.shape and w.sum() > 0, f"{x.shape} values with {w.shape} weights"
    mean = float((w * x).sum() / w.sum())
    if len(x) < 2:
        return Interval(mean, None, None, len(x))
    means = np.concatenate(list(_resampled(x, w, n_resamples, seed)))
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(mean, float(low), float(high), len(x))


def _resampled(x: np.ndarray, w: np.ndarray, n_resamples: int, seed: int) -> list[np.ndarray]:
    """Weighted means of resamples, in chunks of them."""
    rng = np.random.default_rng(seed)
    per_chunk, found = max(1, _CHUNK // len(x)), []
    for start in range(0, n_resamples, per_chunk):
        n = min(per_chunk, n_resamples - start)
        places = rng.integers(len(x), size=(n, len(x)))
        total = w[places].sum(1)
        # A resample of utterances without a word has no rate: it counts as the mean of none, 0.
        found.append((w * x)[places].sum(1) / np.where(total > 0, total, 1.0))
    return found


def paired_p_value(a: Sequence[float], b: Sequence[float]) -> float:
    """How likely differences at least this lopsided are if neither side is better.

    Wilcoxon's signed-rank test on pairs of the same utterances (and listeners), two-sided; 1 where
    no pair differs.
    """
    from scipy.stats import wilcoxon

    assert len(a) == len(b) > 0, f"{len(a)} values against {len(b)}"
    difference = np.asarray(a, np.float64) - np.asarray(b, np.float64)
    if not difference.any():
        return 1.0
    return float(wilcoxon(difference, zero_method="wilcox").pvalue)


def preference_p_value(n_first: int, n_second: int) -> float:
    """The same of preferences: the two-sided sign test; who has none is left out."""
    from scipy.stats import binomtest

    n = n_first + n_second
    return float(binomtest(n_first, n).pvalue) if n else 1.0


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values adjusted for there being so many tests, in their order."""
    order = np.argsort(p_values, kind="stable")
    scaled = np.asarray(p_values, np.float64)[order] * np.arange(len(order), 0, -1)
    adjusted = np.empty(len(order))
    adjusted[order] = np.minimum(np.maximum.accumulate(scaled), 1.0)
    return adjusted.tolist()
