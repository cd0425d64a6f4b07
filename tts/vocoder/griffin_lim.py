"""Griffin-Lim as a vocoder: nothing to train, and the floor every trained one must beat.

References:
    Signal Estimation from Modified Short-Time Fourier Transform (Griffin and Lim, 1984).
    A fast Griffin-Lim algorithm (Perraudin, Balazs and Sondergaard, 2013).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from pydantic import Field
from torch import nn

from tts.audio.griffin_lim import griffin_lim
from tts.config import Settings
from tts.contracts import Contract, Window
from tts.errors import ConfigError


class Config(Settings):
    """n_iterations of the fast algorithm, and its momentum in 0..1."""

    n_iterations: int = Field(32, ge=1)
    momentum: float = Field(0.99, ge=0, lt=1)


class Model(nn.Module):
    """Mel frames to a waveform whose spectrogram is consistent with them.

    Raises:
        ConfigError: the bridge is no mel.
    """

    players: tuple[str, ...] = ()
    training_only: tuple[str, ...] = ()
    knobs: tuple[str, ...] = ()
    context_frames = None  # every sample depends on every frame

    def __init__(self, config: Config, contract: Contract, for_training: bool = False) -> None:
        super().__init__()
        del for_training  # there is nothing to train
        if contract.kind != "mel":
            raise ConfigError("griffin_lim: needs a mel bridge; choose another vocoder")
        self.config, self.contract = config, contract

    def generate(
        self,
        frames: torch.Tensor,
        frame_lens: torch.Tensor | None = None,
        *,
        seed: int | Sequence[int] = 0,
        noise: torch.Tensor | None = None,
        window: Window | None = None,
    ) -> torch.Tensor:
        """frames (B, C, T) to wav (B, T * hop); the seed draws the first phases."""
        del noise
        c = self.config
        wav = griffin_lim(
            frames, self.contract, c.n_iterations, c.momentum, seed, frame_lens=frame_lens
        )
        return wav if window is None else window.cut(wav, self.contract.hop)
