"""A log-mel spectrogram to look at, made while the samples come."""

from __future__ import annotations

import numpy as np
import torch

from tts.audio.mel import MelSpectrogram, edge_samples
from tts.contracts import Contract

_LOW, _HIGH = -9.0, 1.5  # natural logarithms that are black and white
_WINDOW_S = 0.04


class Picture:
    """Frames of one byte for each of the channels, 0 for silence; frame by frame.

    Args:
        contract: of the voice; its hop and rate are those of the picture.
    """

    def __init__(self, contract: Contract) -> None:
        shown = _shown(contract)
        self.hop, self.n_channels = shown.hop, shown.channels
        self._mel = MelSpectrogram(shown)
        self._context = -(-edge_samples(shown) // shown.hop)  # frames that reflected edges reach
        self._samples = np.zeros(0, np.float32)  # from `_first` frames of context on
        self._n_before = 0  # frames of context that stand before the next frame

    def push(self, samples: np.ndarray) -> bytes:
        """The frames that samples (n,) complete, (frames, channels) as bytes."""
        self._samples = np.concatenate([self._samples, samples])
        return self._frames(len(self._samples) // self.hop - self._context)

    def finish(self) -> bytes:
        """The last frames."""
        return self._frames(len(self._samples) // self.hop)

    @torch.inference_mode()
    def _frames(self, end: int) -> bytes:
        """Those up to frame `end` of the samples that are kept."""
        if end <= self._n_before:
            return b""
        frames = self._mel(torch.from_numpy(self._samples)[None])[0, :, self._n_before : end]
        kept = max(0, end - self._context)
        self._samples, self._n_before = self._samples[kept * self.hop :], end - kept
        shade = (frames.T - _LOW) / (_HIGH - _LOW) * 255
        return shade.clamp(0, 255).round().to(torch.uint8).numpy().tobytes()


def _shown(contract: Contract) -> Contract:
    """The voice's own mel in natural logarithms, or a usual one where its frames are no mel."""
    rate_hz, hop = contract.sample_rate_hz, contract.hop
    if contract.kind == "mel":
        n_fft, channels, fmax_hz = contract.n_fft, contract.channels, contract.fmax_hz
    else:
        n_fft = 1 << round(np.log2(max(_WINDOW_S * rate_hz, hop)))
        channels, fmax_hz = 80, min(8000.0, rate_hz / 2)
    n_fft += (n_fft - hop) % 2
    return Contract(
        sample_rate_hz=rate_hz,
        hop=hop,
        n_fft=n_fft,
        win=n_fft,
        channels=channels,
        fmax_hz=fmax_hz,
    )
