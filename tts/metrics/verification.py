"""How well vectors tell speakers apart: cosines within and across speakers, equal error rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

MOST = 2000  # utterances that are compared with one another


@dataclass(frozen=True)
class Verification:
    """Pairs of utterances, judged by the cosine of their vectors.

    Attributes:
        same, other: mean cosine of two utterances of one speaker, and of two speakers.
        equal_error_rate: at the threshold where as many pairs of one speaker are refused as pairs
            of two are accepted, 0 to about 0.5.
        n_same, n_other: how many pairs.
    """

    same: float
    other: float
    equal_error_rate: float
    n_same: int
    n_other: int


def verify(vectors: Sequence[np.ndarray], speakers: Sequence[str]) -> Verification | None:
    """Compare every two utterances; None unless there are pairs of one speaker and of two.

    Of more than 2000 utterances, as many are drawn, always the same ones.

    Args:
        vectors: unit vectors (E,), one an utterance; speakers: who spoke each.
    """
    assert len(vectors) == len(speakers), f"{len(vectors)} vectors of {len(speakers)} utterances"
    n_taken = min(len(vectors), MOST)
    taken = np.random.default_rng(0).permutation(len(vectors))[:n_taken]
    if len(taken) < 2:
        return None
    rows = np.stack([vectors[i] for i in taken]).astype(np.float64)
    who = np.array([speakers[i] for i in taken])
    upper = np.triu_indices(len(rows), 1)
    cosines = (rows @ rows.T)[upper]
    is_same = (who[:, None] == who[None])[upper]
    same, other = cosines[is_same], cosines[~is_same]
    if not len(same) or not len(other):
        return None
    rate = equal_error_rate(same, other)
    return Verification(float(same.mean()), float(other.mean()), rate, len(same), len(other))


def equal_error_rate(same: np.ndarray, other: np.ndarray) -> float:
    """Where the rate of refused `same` scores meets that of accepted `other` scores.

    Between two thresholds the rates are taken to go in straight lines.

    References:
        The DET curve in assessment of detection task performance (Martin et al., 1997).
    """
    same, other = np.sort(same), np.sort(other)
    thresholds = np.unique(np.concatenate([same, other]))
    refused = np.append(np.searchsorted(same, thresholds) / len(same), 1.0)
    accepted = np.append(1 - np.searchsorted(other, thresholds) / len(other), 0.0)
    gap = refused - accepted  # rises from -1 to 1
    after = int(np.argmax(gap >= 0))
    before = after - 1
    step = gap[after] - gap[before]
    share = -gap[before] / step
    return float(refused[before] + share * (refused[after] - refused[before]))
