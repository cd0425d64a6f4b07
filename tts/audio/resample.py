"""Another sampling rate: torchaudio where its wheel fits the torch installed, soxr elsewhere.

Both filters are of one class: flat to 0.91 of the lower Nyquist frequency, half way down at 0.954,
and 100 dB down at that frequency. They differ in the shape of the fall in between: resampled
speech differs by -47 to -70 dB of its own level.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
import soxr

Resampler = Callable[[np.ndarray, int, int], np.ndarray]

# A windowed sinc which falls where soxr's filter does; 128 zero crossings make it as steep.
_SINC = {
    "resampling_method": "sinc_interp_kaiser",
    "lowpass_filter_width": 128,
    "rolloff": 0.954,
    "beta": 14.77,
}


def resample(samples: np.ndarray, from_hz: int, to_hz: int) -> np.ndarray:
    """The same sound at another rate, (ceil(N * to_hz / from_hz),) float32.

    Args:
        samples: (N,) float32.
    """
    assert samples.ndim == 1, f"resample wants (N,), got shape {samples.shape}"
    assert from_hz > 0 and to_hz > 0, f"rates must be positive, got {from_hz} and {to_hz} Hz"
    if from_hz == to_hz or samples.size == 0:
        return samples.astype(np.float32)
    wanted = -(-len(samples) * to_hz // from_hz)
    made = _adapter()[0](samples.astype(np.float32), from_hz, to_hz)[:wanted]
    return np.pad(made, (0, wanted - len(made)))


def backend() -> str:
    """What resamples here, with the reason when it is not torchaudio: one line for the doctor."""
    return _adapter()[1]


@functools.cache
def _adapter() -> tuple[Resampler, str]:
    """The resampler in use and its description; probed once, on first need."""
    try:
        return _probe_torchaudio()
    except Exception as error:  # a wheel built for another torch fails in many ways
        reason = " ".join(str(error).split())
        return _soxr, f"soxr {soxr.__version__} (torchaudio: {type(error).__name__}: {reason})"


def _probe_torchaudio() -> tuple[Resampler, str]:
    import torchaudio

    _torchaudio(np.zeros(64, dtype=np.float32), 3, 2)
    return _torchaudio, f"torchaudio {torchaudio.__version__}"


def _torchaudio(samples: np.ndarray, from_hz: int, to_hz: int) -> np.ndarray:
    import torch
    import torchaudio

    with torch.inference_mode():
        wav = torch.from_numpy(samples)
        return torchaudio.functional.resample(wav, from_hz, to_hz, **_SINC).numpy()


def _soxr(samples: np.ndarray, from_hz: int, to_hz: int) -> np.ndarray:
    return soxr.resample(samples, from_hz, to_hz, quality="VHQ").astype(np.float32)
