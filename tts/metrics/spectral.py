"""How far two utterances are apart in their mel spectra."""

from __future__ import annotations

import functools
import math

import numpy as np
import scipy.fft
import torch

from tts.audio.mel import MelSpectrogram
from tts.contracts import Contract

N_CEPSTRA = 13  # compared, from the second on: the first is loudness
DB = 10 / math.log(10)


def log_mel(wav: np.ndarray, contract: Contract) -> np.ndarray:
    """The frames (C, T) of samples (N,) in [-1, 1].

    Raises:
        DataError: fewer samples than make one frame.
    """
    return _transform(contract)(torch.from_numpy(wav)[None])[0].numpy()


@functools.lru_cache(maxsize=4)
def _transform(contract: Contract) -> MelSpectrogram:
    return MelSpectrogram(contract)


def log_mel_distance(ref: np.ndarray, made: np.ndarray) -> float:
    """Mean absolute difference of frames (C, T) that lie in step, in the logarithm's unit."""
    assert ref.shape == made.shape, f"frames {ref.shape} against {made.shape}"
    return float(np.abs(ref - made).mean())


def cepstra(log_mels: np.ndarray) -> np.ndarray:
    """Coefficients c_1 to c_13 of log-mels (C, T) = c_0 + sum of c_d cos(pi d (m + 1/2) / C)."""
    transformed = scipy.fft.dct(log_mels, type=2, axis=0) / len(log_mels)
    return transformed[1 : 1 + N_CEPSTRA]


def mel_cepstral_distortion(ref: np.ndarray, made: np.ndarray, *, warp: bool = True) -> float:
    """10 / ln 10 * mean over frames of sqrt(2 sum of squared differences of cepstra), in dB.

    It is the root mean square, over the mel axis, of the difference of smoothed spectra in dB.
    The cepstra are those of natural-log mels, not of a mel-generalised analysis, so that numbers
    compare among themselves and not with those of other tools.

    Args:
        ref, made: natural logarithms of mel magnitudes (C, T), (C, T').
        warp: align them first by dynamic time warping; else they must lie in step.

    References:
        Mel-cepstral distance measure for objective speech quality assessment (Kubichek, 1993).
            https://doi.org/10.1109/PACRIM.1993.407206
    """
    ours, theirs = cepstra(ref), cepstra(made)
    if warp:
        path = warping_path(ours, theirs)
        ours, theirs = ours[:, path[:, 0]], theirs[:, path[:, 1]]
    assert ours.shape == theirs.shape, f"frames {ref.shape} against {made.shape}"
    per_frame = np.sqrt(2 * np.square(ours - theirs).sum(0))
    return DB * float(per_frame.mean())


def warping_path(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The pairs of frames, (n, 2), on the cheapest monotonic path through (C, T) and (C, T')."""
    import librosa.sequence  # here, because librosa takes a second to import

    _, path = librosa.sequence.dtw(a, b, metric="euclidean")
    return path[::-1]
