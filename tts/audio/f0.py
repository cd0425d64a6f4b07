"""The fundamental frequency of speech, all frames at once.

References:
    YIN, a fundamental frequency estimator for speech and music (de Cheveigne and Kawahara, 2002).
        https://doi.org/10.1121/1.1458024
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F

from tts.errors import DataError

FMIN_HZ, FMAX_HZ = 65.0, 500.0
DIP = 0.15  # the first lag whose difference falls below this is the period (section II.D)
MAX_APERIODICITY = 0.4  # of a voiced frame
MIN_RMS = 1e-3  # quieter frames, under -60 dB of full scale, are unvoiced
MIN_SUM = 1e-12  # guards the normalisation of a frame of digital silence


@dataclass(frozen=True)
class Pitch:
    """A track: one value every hop, for the frame whose middle lies half a hop further.

    Attributes:
        f0_hz: (B, T), 0 where a frame is unvoiced.
        aperiodicity: (B, T), YIN's normalised difference at the period: 0 for a periodic frame,
            about 1 for noise.
    """

    f0_hz: torch.Tensor
    aperiodicity: torch.Tensor

    @property
    def voiced(self) -> torch.Tensor:
        """Which frames are voiced, (B, T) bool."""
        return self.f0_hz > 0


def reach(sample_rate_hz: int, fmin_hz: float = FMIN_HZ) -> int:
    """How many samples on each side of a frame's middle its pitch depends on, at most."""
    return 2 * _longest(sample_rate_hz, fmin_hz)


@torch.no_grad()
def estimate(
    wav: torch.Tensor,
    sample_rate_hz: int,
    hop: int,
    *,
    fmin_hz: float = FMIN_HZ,
    fmax_hz: float = FMAX_HZ,
) -> Pitch:
    """The pitch of waveforms (B, N), in N // hop frames; silence lies around them.

    Steps 1 to 5 of YIN, with a window of two of the longest periods.

    Raises:
        DataError: fewer samples than make one frame.
    """
    if wav.shape[1] < hop:
        raise DataError(f"{wav.shape[1]} samples make no frame of {hop}; use a longer recording")
    longest = _longest(sample_rate_hz, fmin_hz)
    shortest = max(2, math.floor(sample_rate_hz / fmax_hz))
    assert shortest < longest, f"no lags between {fmin_hz} and {fmax_hz} Hz"
    with torch.autocast(wav.device.type, enabled=False):
        frames = _frames(wav.float(), hop, 3 * longest)
        difference = _normalised_difference(frames, 2 * longest, longest)
        lag = _first_dip(difference, shortest)
        period, aperiodicity = _interpolated(difference, lag)
        rms = frames.square().mean(2).sqrt()
    voiced = (aperiodicity < MAX_APERIODICITY) & (rms > MIN_RMS)
    return Pitch(torch.where(voiced, sample_rate_hz / period, 0.0), aperiodicity)


def _longest(sample_rate_hz: int, fmin_hz: float) -> int:
    """The longest period, in samples."""
    return math.ceil(sample_rate_hz / fmin_hz)


def _frames(wav: torch.Tensor, hop: int, n: int) -> torch.Tensor:
    """(B, N) to (B, N // hop, n), n being three of the longest periods.

    The window of two periods, and its copy half a longest period later, have their common middle
    in the middle of the hop; the copies at other lags are off by a quarter of a period at most.
    """
    n_frames = wav.shape[1] // hop
    left = 5 * n // 12 - hop // 2
    right = max(0, (n_frames - 1) * hop + n - left - wav.shape[1])
    padded = F.pad(wav[:, max(0, -left) :], (max(0, left), right))
    return padded.unfold(1, n, hop)[:, :n_frames]


def _normalised_difference(frames: torch.Tensor, window: int, longest: int) -> torch.Tensor:
    """YIN's d'(lag) of frames (B, T, window + longest), (B, T, longest + 1) (equation 8)."""
    n_fft = 1 << (frames.shape[2] - 1).bit_length()
    whole, start = torch.fft.rfft(frames, n_fft), torch.fft.rfft(frames[..., :window], n_fft)
    correlation = torch.fft.irfft(whole * start.conj(), n_fft)[..., : longest + 1]
    sums = F.pad(frames.square().cumsum(2), (1, 0))
    energy = sums[..., window:] - sums[..., : longest + 1]
    difference = (energy[..., :1] + energy - 2 * correlation).clamp_min(0)
    lags = torch.arange(longest + 1, device=frames.device)
    mean = difference[..., 1:].cumsum(2).clamp_min(MIN_SUM) / lags[1:]
    return F.pad(difference[..., 1:] / mean, (1, 0), value=1.0)


def _first_dip(difference: torch.Tensor, shortest: int) -> torch.Tensor:
    """The first local minimum below `DIP` from lag `shortest` on, or the least, (B, T) int64."""
    searched = difference[..., shortest:-1]
    falls = searched <= difference[..., shortest - 1 : -2]
    rises = searched < difference[..., shortest + 1 :]
    dips = falls & rises & (searched < DIP)
    lag = torch.where(dips.any(2), dips.int().argmax(2), searched.argmin(2))
    return lag + shortest


def _interpolated(
    difference: torch.Tensor, lag: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """The vertex of the parabola through a lag and its neighbours: period and d' there."""
    before, at, after = (difference.gather(2, (lag + i)[..., None])[..., 0] for i in (-1, 0, 1))
    curvature = (before - 2 * at + after).clamp_min(1e-9)  # a flat stretch has no vertex
    shift = (0.5 * (before - after) / curvature).clamp(-0.5, 0.5)
    return lag + shift, (at - 0.25 * (before - after) * shift).clamp_min(0)
