"""Intervals that hold what they should as often as they say, and tests of differences."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats

from tts.metrics.intervals import bootstrap, holm, paired_p_value, preference_p_value


def test_a_mean_and_its_bounds_agree_with_scipy() -> None:
    values = np.random.default_rng(0).gamma(2.0, size=60)
    ours = bootstrap(values.tolist(), seed=1)
    theirs = scipy.stats.bootstrap(
        (values,), np.mean, n_resamples=4000, method="percentile", random_state=1
    ).confidence_interval
    assert ours.mean == pytest.approx(values.mean()) and ours.n == 60
    assert ours.low == pytest.approx(theirs.low, abs=0.04)
    assert ours.high == pytest.approx(theirs.high, abs=0.04)


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    found = [bootstrap(rng.normal(size=40).tolist(), n_resamples=400) for _ in range(300)]
    covered = np.mean([i.low <= 0 <= i.high for i in found])
    assert 0.89 < covered < 0.98


def test_weights_make_the_rate_of_the_whole() -> None:
    errors, words = np.array([1, 0, 6]), np.array([4, 10, 6])
    assert bootstrap((errors / words).tolist(), words.tolist()).mean == pytest.approx(7 / 20)


def test_one_value_has_no_interval_and_equal_values_a_point() -> None:
    assert bootstrap([3.0]).low is None
    same = bootstrap([2.0] * 5)
    assert same.low == same.high == 2.0


def test_the_same_seed_gives_the_same_interval() -> None:
    values = np.random.default_rng(0).normal(size=20).tolist()
    assert bootstrap(values, seed=3) == bootstrap(values, seed=3)
    assert bootstrap(values, seed=3) != bootstrap(values, seed=4)


def test_paired_differences() -> None:
    rng = np.random.default_rng(0)
    a = rng.normal(size=30)
    assert paired_p_value(a, a) == 1.0
    assert paired_p_value(a, a + 0.5 + 0.1 * rng.normal(size=30)) < 1e-5
    assert paired_p_value([1, 2, 3, 4, 5], [2, 3, 4, 5, 6]) == pytest.approx(2 / 2**5)


def test_preferences() -> None:
    assert preference_p_value(0, 0) == 1.0
    assert preference_p_value(10, 0) == pytest.approx(2 / 2**10)


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([]) == [] and holm([0.9, 0.8]) == [1.0, 1.0]
    assert not any(map(math.isnan, holm([0.0, 1.0])))
