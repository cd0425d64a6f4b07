"""Whether two utterances are of one speaker."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from tts.audio.resample import resample
from tts.metrics.packages import need

Embedder = Callable[[np.ndarray, int], np.ndarray]  # samples (N,) and their rate, to a unit vector

_ENCODER_HZ = 16_000
_INSTALL = "pip install webrtcvad-wheels && pip install --no-deps resemblyzer"


def speaker_similarity(
    ref: np.ndarray, made: np.ndarray, rate_hz: int, embedder: Embedder | None = None
) -> float | None:
    """The cosine of two embeddings of speakers, up to 1; None where one is silence.

    Args:
        ref, made: samples (N,), of any lengths.
        embedder: Resemblyzer's by default, whose weights come with its package.
    Raises:
        MissingPackage: it is not installed.
    """
    if not (ref.any() and made.any()):
        return None
    embed = embedder or resemblyzer
    a, b = (embed(samples, rate_hz).astype(np.float64) for samples in (ref, made))
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


def resemblyzer(samples: np.ndarray, rate_hz: int) -> np.ndarray:
    """The embedding of Resemblyzer's encoder, (256,).

    References:
        Generalized end-to-end loss for speaker verification (Wan et al., 2018).
            https://arxiv.org/abs/1710.10467
    """
    package = need("resemblyzer", "speaker_similarity", _INSTALL)
    return _encoder().embed_utterance(
        package.preprocess_wav(resample(samples, rate_hz, _ENCODER_HZ))
    )


@functools.cache
def _encoder() -> Any:
    """The network, loaded once."""
    return need("resemblyzer", "speaker_similarity", _INSTALL).VoiceEncoder("cpu", verbose=False)
