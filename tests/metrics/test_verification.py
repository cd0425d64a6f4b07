"""Equal error rates against counting, and pairs of utterances."""

from __future__ import annotations

import numpy as np
import pytest

from tts.metrics.verification import equal_error_rate, verify


def test_no_errors_where_scores_do_not_overlap() -> None:
    assert equal_error_rate(np.array([0.8, 0.9]), np.array([0.1, 0.7])) == pytest.approx(0)
    assert equal_error_rate(np.array([0.1]), np.array([0.9])) == pytest.approx(1)


def test_the_rate_of_two_normal_laws() -> None:
    """Unit normals two apart meet at one deviation: 15.87 % of either lie beyond."""
    rng = np.random.default_rng(0)
    same, other = rng.normal(2, 1, 40_000), rng.normal(0, 1, 40_000)
    assert equal_error_rate(same, other) == pytest.approx(0.1587, abs=0.004)
    assert equal_error_rate(other, same) == pytest.approx(1 - 0.1587, abs=0.004)


def test_it_is_where_both_rates_are_equal() -> None:
    rng = np.random.default_rng(1)
    same, other = rng.normal(1, 1, 501), rng.normal(0, 2, 300)
    rate = equal_error_rate(same, other)
    refused, accepted = np.quantile(same, rate), np.quantile(other, 1 - rate)
    assert refused == pytest.approx(accepted, abs=0.05)


def test_scores_that_are_all_the_same_tell_nothing() -> None:
    assert equal_error_rate(np.ones(5), np.ones(7)) == pytest.approx(0.5)


def test_pairs_of_utterances() -> None:
    east, north = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    found = verify([east, east, north, north], ["a", "a", "b", "b"])
    assert (found.same, found.other, found.n_same, found.n_other) == (1.0, 0.0, 2, 4)
    assert found.equal_error_rate == pytest.approx(0)
    mixed = verify([east, north, east, north], ["a", "a", "b", "b"])
    assert mixed.equal_error_rate > 0.4


def test_without_pairs_there_is_nothing_to_say() -> None:
    east = np.array([1.0, 0.0])
    assert verify([], []) is None
    assert verify([east], ["a"]) is None
    assert verify([east, east], ["a", "a"]) is None
    assert verify([east, east], ["a", "b"]) is None


def test_of_many_utterances_some_are_taken() -> None:
    rng = np.random.default_rng(2)
    vectors = list(rng.normal(size=(4100, 2)))
    found = verify(vectors, ["a", "b", "c"] * 1366 + ["a", "b"])
    assert found.n_same + found.n_other == 2000 * 1999 / 2
    assert found.n_same == pytest.approx(found.n_other / 2, rel=0.05)
