"""Speech-like sound made in the test: gliding harmonics under moving formants, with pauses."""

from __future__ import annotations

import numpy as np
import scipy.signal

RATE_HZ = 16_000


def speech(
    seconds: float = 2.0,
    f0_hz: float = 130.0,
    formants: float = 1.0,
    tempo: float = 1.0,
    rate_hz: int = RATE_HZ,
    seed: int = 0,
) -> np.ndarray:
    """Samples (N,) float32.

    Args:
        f0_hz: about which the pitch glides; formants: factor of a speaker's resonances.
        tempo: how fast all of it goes by.
    """
    n = round(seconds / tempo * rate_hz)
    t = np.arange(n) / rate_hz * tempo
    contour = f0_hz * (1 + 0.15 * np.sin(2.1 * t))
    phase = 2 * np.pi * np.cumsum(contour) / rate_hz
    noise = np.random.default_rng(seed).standard_normal(n)
    made = np.zeros(n)
    for k in range(1, int(rate_hz / 2 / (1.15 * f0_hz)) + 1):
        made += _resonance(k * contour, t, formants) * np.sin(k * phase)
    voiced = np.clip(8 * np.sin(2 * np.pi * 1.7 * t + 0.6) + 3, 0, 1)
    hiss = scipy.signal.lfilter([1, -0.95], [1], noise) * np.clip(1 - 2 * voiced, 0, 1)
    made = made * voiced + 0.15 * np.abs(made).max() * hiss * np.clip(np.sin(9 * t), 0, 1)
    return (0.3 * made / np.abs(made).max() + 1e-4 * noise).astype(np.float32)


def _resonance(hz: np.ndarray, t: np.ndarray, factor: float) -> np.ndarray:
    """The strength of a harmonic at its frequency, under three formants that move."""
    centres = (
        500 + 250 * np.sin(7 * t),
        1500 + 500 * np.sin(5 * t + 1),
        2600 + 200 * np.sin(3 * t),
    )
    bumps = (
        w / (1 + ((hz - factor * c) / (factor * 120)) ** 2) for w, c in zip((1, 0.6, 0.3), centres)
    )
    return sum(bumps) + 0.003


def with_noise(samples: np.ndarray, snr_db: float, seed: int = 1) -> np.ndarray:
    """Samples with white noise this far below them."""
    noise = np.random.default_rng(seed).standard_normal(len(samples))
    gain = np.sqrt(np.square(samples).mean() / np.square(noise).mean()) * 10 ** (-snr_db / 20)
    return (samples + gain * noise).astype(np.float32)


def band_limited(samples: np.ndarray, cutoff_hz: float, rate_hz: int = RATE_HZ) -> np.ndarray:
    """Samples without what lies above a frequency, in step."""
    sections = scipy.signal.butter(8, cutoff_hz, fs=rate_hz, output="sos")
    return scipy.signal.sosfiltfilt(sections, samples).astype(np.float32)
