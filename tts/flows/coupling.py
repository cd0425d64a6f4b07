"""Affine coupling: half of the channels scale and shift the other half."""

from __future__ import annotations

import torch
from torch import nn

from tts.flows.base import Flow
from tts.nn.precision import exact


class AffineCoupling(Flow):
    """y = (x_a, shift(x_a) + exp(log_scale(x_a)) * x_b), on the two halves of the channels.

    The affine map and the log-determinant are computed in float32 even under autocast.

    Args:
        net: called as net(x_a, mask, cond); returns (B, C, T): the shift (first half of the
            channels) and the log-scale (second half) of x_b, x_b having C / 2 channels.

    References:
        Density estimation using Real NVP (Dinh et al., 2017), section 3.2.
            https://arxiv.org/abs/1605.08803
    """

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(
        self, x: torch.Tensor, mask: torch.Tensor, cond: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        x_a, x_b = x.chunk(2, 1)
        shift, log_scale = self._affine(x_a, mask, cond)
        y_b = (shift + log_scale.exp() * x_b) * mask
        return torch.cat([x_a, y_b], 1), (log_scale * mask).sum((1, 2))

    def inverse(
        self, y: torch.Tensor, mask: torch.Tensor, cond: torch.Tensor | None = None
    ) -> torch.Tensor:
        y_a, y_b = y.chunk(2, 1)
        shift, log_scale = self._affine(y_a, mask, cond)
        x_b = (y_b - shift) * torch.exp(-log_scale) * mask
        return torch.cat([y_a, x_b], 1)

    def _affine(
        self, x_a: torch.Tensor, mask: torch.Tensor, cond: torch.Tensor | None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        shift, log_scale = exact(self.net(x_a, mask, cond)).chunk(2, 1)
        return shift, log_scale
