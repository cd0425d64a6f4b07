"""Moments, and a test of equal distributions that is right as often as it says."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats

from tts.metrics.distribution import energy_test, moments


def sides(
    rng: np.random.Generator, n: int = 8, shift: float = 0.0, gain: float = 1.0
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Utterances of 5 channels, each with an offset of its own that both sides share."""
    natural, generated = [], []
    for _ in range(n):
        own = rng.standard_normal((5, 1))
        natural.append(own + rng.standard_normal((5, 40)))
        generated.append(own + shift + gain * rng.standard_normal((5, 40)))
    return natural, generated


def test_moments_are_scipys() -> None:
    frames = np.random.default_rng(0).gamma(2.0, 1.5, (4, 3000)).astype(np.float32)
    found = moments(frames)
    np.testing.assert_allclose(found.mean, frames.mean(1), rtol=1e-5)
    np.testing.assert_allclose(found.std, frames.std(1), rtol=1e-5)
    np.testing.assert_allclose(found.skewness, scipy.stats.skew(frames, axis=1), rtol=1e-4)
    np.testing.assert_allclose(found.kurtosis, scipy.stats.kurtosis(frames, axis=1), rtol=1e-4)
    constant = moments(np.ones((2, 5)))
    assert np.isfinite(constant.kurtosis).all() and constant.std.max() == 0


def test_the_distance_is_the_energy_statistic() -> None:
    rng = np.random.default_rng(0)
    natural, generated = [rng.standard_normal((1, 30))], [rng.standard_normal((1, 30)) + 1]
    pooled = np.concatenate([natural[0][0], generated[0][0]]).std()
    x, y = natural[0][0] / pooled, generated[0][0] / pooled
    across, within = (np.abs(a[:, None] - b).mean() for a, b in ((x, y), (x, x)))
    other = np.abs(y[:, None] - y).mean()
    expected = (2 * across - within - other) / (2 * across)
    assert energy_test(natural, generated).distance == pytest.approx(expected)
    torn = energy_test([np.zeros((2, 9))], [np.full((2, 9), 3.0)])
    assert torn.distance == pytest.approx(1.0)
    assert energy_test(natural, natural).distance == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("over", [{"shift": 0.4}, {"gain": 0.6}])
def test_differences_are_found(over: dict[str, float]) -> None:
    found = energy_test(*sides(np.random.default_rng(0), **over))
    assert found.p_value < 0.02 and found.distance > 0.005


def test_equal_sides_are_refused_as_seldom_as_promised() -> None:
    p_values = [
        energy_test(*sides(np.random.default_rng(i)), n_permutations=99, seed=i).p_value
        for i in range(100)
    ]
    assert 1 <= sum(p <= 0.1 for p in p_values) <= 20
    assert 0.35 < np.mean(p_values) < 0.65


def test_a_seed_repeats_it() -> None:
    both = sides(np.random.default_rng(0))
    assert energy_test(*both, seed=1) == energy_test(*both, seed=1)
