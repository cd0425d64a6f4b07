"""The inverse short-time Fourier transform, on the frame grid of a bridge.

References:
    Signal Estimation from Modified Short-Time Fourier Transform (Griffin and Lim, 1984),
        equation 6. https://doi.org/10.1109/TASSP.1984.1164317
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import nn
from torch.nn.functional import pad

from tts.errors import ConfigError

MIN_ENVELOPE = 1e-6  # guards the division where a batch is padded and no frame lies


class InverseStft(nn.Module):
    """Overlap-add of the windowed inverse transforms over that of the squared windows.

    Frame t of a bridge is centred on sample (t + 1/2) * hop where its padding is `half`, and on
    t * hop where it is `centre`. Either way T frames make the T * hop samples from the start on.

    Args:
        n_fft: samples of a frame, and of its Hann window.
    Raises:
        ConfigError: the frames overlap too little for the samples at the ends.
    """

    def __init__(self, n_fft: int, hop: int, padding: Literal["half", "centre"]) -> None:
        super().__init__()
        if n_fft < 3 * hop or (padding == "half" and (n_fft - hop) % 2):
            raise ConfigError(
                f"an inverse transform over n_fft {n_fft} cannot make frames of hop {hop}; choose "
                f"an n_fft of {3 * hop} or more, which differs from the hop by an even number"
            )
        self.n_fft, self.hop = n_fft, hop
        self.before = (n_fft - hop if padding == "half" else n_fft) // 2  # the first sample
        self.register_buffer("window", torch.hann_window(n_fft), persistent=False)

    @property
    def context_frames(self) -> int:
        """How many frames on each side of a frame its samples depend on."""
        later = (self.before + self.hop - 1) // self.hop
        return max(later, (self.n_fft - 1 - self.before) // self.hop)

    def forward(
        self, real: torch.Tensor, imaginary: torch.Tensor, mask: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Spectra (B, T, n_fft // 2 + 1) to samples (B, T * hop), zero where the mask ends.

        Args:
            mask: (B, T, 1), so that each row comes out as if it were alone.
        """
        n_frames = real.shape[1]
        frames = torch.fft.irfft(torch.complex(real, imaginary), self.n_fft) * self.window
        squares = self.window.square().expand(1, n_frames, -1)
        if mask is not None:
            frames, squares = frames * mask, squares * mask
        wav = self._overlapped(frames) / self._overlapped(squares).clamp_min(MIN_ENVELOPE)
        return wav if mask is None else wav * mask.expand(-1, -1, self.hop).flatten(1)

    def _overlapped(self, frames: torch.Tensor) -> torch.Tensor:
        """Sums of frames (B, T, n_fft) that follow one another by a hop: (B, T * hop)."""
        n_rows, n_frames, _ = frames.shape
        n_hops = -(-self.n_fft // self.hop)
        pieces = pad(frames, (0, n_hops * self.hop - self.n_fft)).unflatten(2, (n_hops, self.hop))
        total = frames.new_zeros(n_rows, n_frames + n_hops - 1, self.hop)
        for later in range(n_hops):
            total[:, later : later + n_frames] += pieces[:, :, later]
        return total.flatten(1)[:, self.before : self.before + n_frames * self.hop]
