"""Changes of the channels' order."""

from __future__ import annotations

import torch

from tts.flows.base import Flow, frame_counts


class Swap(Flow):
    """The two halves of the channels change places.

    References:
        FloWaveNet (Kim et al., 2019), section 3.3: change of order. https://arxiv.org/abs/1811.02155
    """

    def forward(
        self, x: torch.Tensor, mask: torch.Tensor | None, cond: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        return self.inverse(x, mask), torch.zeros_like(frame_counts(x, mask))

    def inverse(
        self, y: torch.Tensor, mask: torch.Tensor | None, cond: torch.Tensor | None = None
    ) -> torch.Tensor:
        return torch.cat(y.chunk(2, 1)[::-1], 1)
