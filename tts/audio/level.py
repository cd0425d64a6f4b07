"""How loud a recording is, where it is silent, and how noisy its silence is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

WINDOW_S, HOP_S = 0.025, 0.010  # of the frames whose levels are measured
SILENT_DB = -100.0  # of digital silence, which has no level
BELOW_SPEECH_DB = 35.0  # quieter than the loud frames by so much is silence
ABOVE_FLOOR_DB = 6.0  # and so is what hardly rises above the noise
LEAST_RANGE_DB = 15.0  # of loud frames over silent ones: speech without pauses has no silence
CLIPPED = 0.999  # of full scale
_BLOCK_S, _STEP_S = 0.4, 0.1  # of loudness, gated
_ABSOLUTE_LUFS, _RELATIVE_LU, _OFFSET_LUFS = -70.0, -10.0, -0.691


@dataclass(frozen=True)
class Level:
    """Levels of one recording; dBFS are of the root mean square, 0 for a full square wave.

    Attributes:
        seconds: in all; leading_s, trailing_s: of silence at its ends; inside_s: in between.
        rms_db: of all of it; speech_db: of the loudest frames; noise_db: of the quietest, None
            without silence.
        clipped: share of the samples at full scale.
    """

    seconds: float
    leading_s: float
    trailing_s: float
    inside_s: float
    rms_db: float
    speech_db: float
    noise_db: float | None
    clipped: float

    @property
    def silent_s(self) -> float:
        """Of silence in all."""
        return self.leading_s + self.inside_s + self.trailing_s


def level(samples: np.ndarray, rate_hz: int) -> Level:
    """Measure samples (N,) in [-1, 1].

    Speech and noise are the 95th and the 5th percentile of the levels of frames of 25 ms. A frame
    is silent when it is 35 dB under the first, or within 6 dB of the second; but nothing is where
    the two are within 15 dB of each other.
    """
    levels = frame_levels_db(samples, rate_hz)
    quiet, loud = np.percentile(levels, (5, 95))
    threshold = max(loud - BELOW_SPEECH_DB, quiet + ABOVE_FLOOR_DB)
    silent = levels < min(threshold, loud - LEAST_RANGE_DB)
    seconds = len(samples) / rate_hz
    spoken = np.flatnonzero(~silent)
    # A frame that speech only touches is not silent: silence is longer than its frames say.
    edge_s = WINDOW_S - HOP_S
    leading_s = spoken[0] * HOP_S + edge_s if spoken[0] else 0.0
    trailing_s = max(0.0, seconds - (spoken[-1] + 1) * HOP_S) if silent[-1] else 0.0
    inside = silent[spoken[0] : spoken[-1] + 1]
    n_pauses = int((inside[1:] & ~inside[:-1]).sum())
    return Level(
        seconds=seconds,
        leading_s=float(leading_s),
        trailing_s=float(trailing_s),
        inside_s=float(inside.sum() * HOP_S + n_pauses * edge_s),
        rms_db=10 * float(np.log10(max(1e-12, np.square(samples.astype(np.float64)).mean()))),
        speech_db=float(loud),
        noise_db=float(quiet) if silent.any() else None,
        clipped=float((np.abs(samples) >= CLIPPED).mean()),
    )


def frame_levels_db(samples: np.ndarray, rate_hz: int) -> np.ndarray:
    """Levels of frames of 25 ms, a hop of 10 ms apart, (T,), in dBFS, from -100 on."""
    window, hop = round(WINDOW_S * rate_hz), round(HOP_S * rate_hz)
    padded = np.pad(samples.astype(np.float64), (0, max(0, window - len(samples))))
    powers = np.concatenate([[0.0], np.cumsum(np.square(padded))])
    starts = np.arange(0, len(padded) - window + 1, hop)
    mean = (powers[starts + window] - powers[starts]) / window
    return np.maximum(10 * np.log10(np.maximum(mean, 10 ** (SILENT_DB / 10))), SILENT_DB)


def loudness_lufs(blocks: Iterable[np.ndarray]) -> float | None:
    """Integrated loudness of recordings as if one came behind the other; None for silence.

    Args:
        blocks: `block_powers` of each.

    References:
        ITU-R BS.1770-4, annex 1: the weighting as the bilinear transform of its analogue filters.
            https://www.itu.int/rec/R-REC-BS.1770
    """
    powers = np.concatenate([np.zeros(0), *blocks])
    powers = powers[powers > 10 ** ((_ABSOLUTE_LUFS - _OFFSET_LUFS) / 10)]
    if not len(powers):
        return None
    powers = powers[powers > powers.mean() * 10 ** (_RELATIVE_LU / 10)]
    return _OFFSET_LUFS + 10 * float(np.log10(powers.mean()))


def block_powers(samples: np.ndarray, rate_hz: int) -> np.ndarray:
    """Weighted mean squares of blocks of 0.4 s, 0.1 s apart, of samples (N,)."""
    block, step = round(_BLOCK_S * rate_hz), round(_STEP_S * rate_hz)
    padded = np.pad(samples.astype(np.float64), (0, max(0, block - len(samples))))
    spectrum = np.fft.rfft(padded) * _weighting(len(padded), rate_hz)
    sums = np.concatenate([[0.0], np.cumsum(np.square(np.fft.irfft(spectrum, len(padded))))])
    starts = np.arange(0, len(padded) - block + 1, step)
    return (sums[starts + block] - sums[starts]) / block


def _weighting(n: int, rate_hz: int) -> np.ndarray:
    """What the two filters do to the magnitude of each bin of a transform of n samples."""
    z = np.exp(-2j * np.pi * np.fft.rfftfreq(n))
    k, q = np.tan(np.pi * 1681.974450955533 / rate_hz), 0.7071752369554196
    gain = 10 ** (3.999843853973347 / 20)
    middle = gain**0.4996667741545416
    shelf = _second_order(
        (gain + middle * k / q + k * k, 2 * (k * k - gain), gain - middle * k / q + k * k), k, q, z
    )
    k, q = np.tan(np.pi * 38.13547087602444 / rate_hz), 0.5003270373238773
    norm = 1 + k / q + k * k
    return np.abs(shelf * _second_order((norm, -2 * norm, norm), k, q, z))


def _second_order(
    numerator: tuple[float, float, float], k: float, q: float, z: np.ndarray
) -> np.ndarray:
    b0, b1, b2 = numerator
    below = (1 + k / q + k * k) + 2 * (k * k - 1) * z + (1 - k / q + k * k) * z * z
    return (b0 + b1 * z + b2 * z * z) / below
