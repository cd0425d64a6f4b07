"""Spectral distances: known ripples, and that each reacts to what it should."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tts.contracts import Contract
from tts.metrics.spectral import (
    cepstra,
    log_mel,
    log_mel_distance,
    mel_cepstral_distortion,
    warping_path,
)

MEL = Contract(sample_rate_hz=16_000, fmax_hz=None)


def chirps(seed: int = 0) -> np.ndarray:
    """A second and a half of gliding harmonics with pauses."""
    t = np.arange(24_000) / 16_000
    phase = 2 * np.pi * (120 * t + 40 * np.sin(3 * t))
    tone = sum(np.sin(k * phase) / k for k in range(1, 20))
    noise = np.random.default_rng(seed).standard_normal(len(t))
    return (0.1 * tone * (np.sin(5 * t) > -0.5) + 0.001 * noise).astype(np.float32)


def test_nothing_is_apart_from_itself() -> None:
    mel = log_mel(chirps(), MEL)
    assert mel.shape == (80, 93)
    assert log_mel_distance(mel, mel) == 0
    assert mel_cepstral_distortion(mel, mel) == 0 == mel_cepstral_distortion(mel, mel, warp=False)


def test_a_ripple_of_known_depth() -> None:
    mel = log_mel(chirps(), MEL)
    ripple = np.cos(np.pi * 5 * (np.arange(80) + 0.5) / 80)[:, None]
    found = cepstra(0.3 * ripple)[:, 0]
    np.testing.assert_allclose(found, 0.3 * (np.arange(1, 14) == 5), atol=1e-6)
    expected_db = 20 / math.log(10) * 0.3 / math.sqrt(2)  # the root mean square of the ripple
    assert mel_cepstral_distortion(mel, mel + 0.3 * ripple, warp=False) == pytest.approx(
        expected_db, rel=1e-5
    )


def test_loudness_is_heard_by_the_mel_and_not_by_the_cepstra() -> None:
    mel = log_mel(chirps(), MEL)
    assert log_mel_distance(mel, mel + 0.5) == pytest.approx(0.5)
    assert mel_cepstral_distortion(mel, mel + 0.5, warp=False) < 1e-4


def test_more_noise_is_farther() -> None:
    wav, noise = chirps(), np.random.default_rng(1).standard_normal(24_000).astype(np.float32)
    ref = log_mel(wav, MEL)
    noisy = [log_mel(wav + level * noise, MEL) for level in (0.003, 0.01, 0.03)]
    for distance in (log_mel_distance, mel_cepstral_distortion):
        near, middle, far = (distance(ref, mel) for mel in noisy)
        assert 0 < near < middle < far


def test_warping_forgives_another_speed() -> None:
    mel = log_mel(chirps(), MEL)
    slower = np.repeat(mel, 2, axis=1)
    assert mel_cepstral_distortion(mel, slower) == 0
    path = warping_path(cepstra(mel), cepstra(slower))
    assert path[0].tolist() == [0, 0] and path[-1].tolist() == [92, 185]
    assert (np.diff(path, axis=0) >= 0).all()
    with pytest.raises(AssertionError):
        mel_cepstral_distortion(mel, slower, warp=False)
