"""What listeners would say, as standard models predict it: STOI, ESTOI, PESQ."""

from __future__ import annotations

import warnings

import numpy as np

from tts.audio.resample import resample
from tts.metrics.packages import need

PESQ_HZ = 16_000


def stoi(
    ref: np.ndarray, made: np.ndarray, rate_hz: int, *, extended: bool = False
) -> float | None:
    """Short-time objective intelligibility of samples (N,), up to 1; None if too short.

    Raises:
        MissingPackage: pystoi is not installed.

    References:
        An algorithm for intelligibility prediction of time-frequency weighted noisy speech (Taal
            et al., 2011); extended: Jensen and Taal (2016).
    """
    pystoi = need("pystoi", "estoi" if extended else "stoi")
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        value = float(pystoi.stoi(ref, made, rate_hz, extended=extended))
    too_short = any("Not enough STFT frames" in str(w.message) for w in said)
    return None if too_short or not np.isfinite(value) else value


def pesq(ref: np.ndarray, made: np.ndarray, rate_hz: int) -> float | None:
    """Wideband PESQ at 16 kHz (MOS-LQO, about 1 to 4.64); None where it finds no speech.

    Raises:
        MissingPackage: the package pesq is not installed.

    References:
        ITU-T P.862.2 (2007).
    """
    package = need("pesq", "pesq")
    both = [resample(x, rate_hz, PESQ_HZ) for x in (ref, made)]
    if not all(x.any() for x in both):
        return None
    try:
        return float(package.pesq(PESQ_HZ, *both, "wb"))
    except (package.NoUtterancesError, package.BufferTooShortError):
        return None
