"""How far two waveforms that lie in step are apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

# (FFT, hop, window) in samples, and the floor of magnitudes: those of Parallel WaveGAN's loss.
RESOLUTIONS = ((1024, 120, 600), (2048, 240, 1200), (512, 50, 240))
FLOOR = 10**-3.5
MAX_SDR_DB = 100.0  # beyond what float32 samples tell apart


@dataclass(frozen=True)
class SpectralDistance:
    """Means over the resolutions.

    Attributes:
        convergence: |magnitudes' difference| / |reference's magnitudes|, Frobenius norms.
        log_magnitude: mean absolute difference of the natural logarithms.
    """

    convergence: float
    log_magnitude: float


def spectral_distance(ref: np.ndarray, made: np.ndarray) -> SpectralDistance:
    """Compare the magnitudes of samples (N,) under three STFTs.

    References:
        Parallel WaveGAN (Yamamoto et al., 2020), section 2.2. https://arxiv.org/abs/1910.11480
    """
    assert ref.shape == made.shape, f"{ref.shape} samples against {made.shape}"
    both = torch.from_numpy(np.stack([ref, made]).astype(np.float32))
    convergence, log_magnitude = [], []
    for n_fft, hop, win in RESOLUTIONS:
        window = torch.hann_window(win)
        spectra = torch.stft(
            both, n_fft, hop, win, window, pad_mode="constant", return_complex=True
        )
        ours, theirs = spectra.abs().clamp_min(FLOOR)
        convergence.append(float((ours - theirs).norm() / ours.norm()))
        log_magnitude.append(float((ours.log() - theirs.log()).abs().mean()))
    return SpectralDistance(float(np.mean(convergence)), float(np.mean(log_magnitude)))


def si_sdr_db(ref: np.ndarray, made: np.ndarray) -> float | None:
    """Scale-invariant signal-to-distortion ratio in dB, within 100; None without a signal.

    10 log10(|a r|^2 / |a r - m|^2) with a = <m, r> / <r, r>, of samples (N,) less their means. A
    vocoder that does not keep phases scores far below 0 however good it sounds.

    References:
        SDR, half-baked or well done? (Le Roux et al., 2019). https://arxiv.org/abs/1811.02508
    """
    assert ref.shape == made.shape, f"{ref.shape} samples against {made.shape}"
    r, m = ref.astype(np.float64), made.astype(np.float64)
    r, m = r - r.mean(), m - m.mean()
    energy = r @ r
    if energy == 0 or not m.any():
        return None
    target = (m @ r) / energy * r
    signal, noise = target @ target, np.square(target - m).sum()
    least = 10 ** (-MAX_SDR_DB / 10)
    return float(10 * np.log10(max(signal, least * noise) / max(noise, least * signal)))
