"""The log-mel bridge: a fixed transform of the waveform, the contract says which."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from tts.audio.mel import MelSpectrogram
from tts.contracts import Contract


class Model(nn.Module):
    """Waveform to log-mel frames, with nothing to train."""

    def __init__(self, contract: Contract) -> None:
        super().__init__()
        self.contract = contract
        self.mel = MelSpectrogram(contract)

    @torch.no_grad()
    def encode(
        self, wav: torch.Tensor, *, sample: int | Sequence[int] | None = None
    ) -> torch.Tensor:
        """wav (B, N) in [-1, 1] to frames (B, C, T), the same for every `sample`.

        Raises:
            DataError: fewer samples than make one frame.
        """
        del sample
        return self.mel(wav)

    def for_dump(self, wav: torch.Tensor) -> torch.Tensor:
        """The frames of wav (B, N)."""
        return self.encode(wav)
