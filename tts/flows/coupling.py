"""Affine coupling: half of the channels scale and shift the other half."""

from __future__ import annotations

import torch
from torch import nn

from tts.flows.base import Flow, masked
from tts.nn.precision import exact


class AffineCoupling(Flow):
    """y = (x_a, shift(x_a) + exp(log_scale(x_a)) * x_b), on the two halves of the channels.

    The affine map and the log-determinant are computed in float32 even under autocast.

    Args:
        net: called as net(x_a, mask, cond); returns (B, C, T): the shift (first half of the
            channels) and the log-scale (second half) of x_b, x_b having C / 2 channels.
        normalises: the flow takes shift and scale away instead, y_b = (x_b - shift) *
            exp(-log_scale): x_b becomes a standard normal when it was N(shift, exp(log_scale)).
        exchanged: the halves exchange their roles, the second being x_a.

    References:
        Density estimation using Real NVP (Dinh et al., 2017), section 3.2.
            https://arxiv.org/abs/1605.08803
    """

    def __init__(
        self, net: nn.Module, *, normalises: bool = False, exchanged: bool = False
    ) -> None:
        super().__init__()
        self.net, self.normalises, self.exchanged = net, normalises, exchanged

    def forward(
        self, x: torch.Tensor, mask: torch.Tensor | None, cond: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        y, log_scale = self._affine(x, mask, cond, not self.normalises)
        logdet = masked(log_scale, mask).sum((1, 2))
        return y, -logdet if self.normalises else logdet

    def inverse(
        self, y: torch.Tensor, mask: torch.Tensor | None, cond: torch.Tensor | None = None
    ) -> torch.Tensor:
        return self._affine(y, mask, cond, self.normalises)[0]

    def _affine(
        self, x: torch.Tensor, mask: torch.Tensor | None, cond: torch.Tensor | None, adds: bool
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """x with shift and scale put on x_b (`adds`) or taken away, and the log-scale."""
        x_a, x_b = x.chunk(2, 1)[:: -1 if self.exchanged else 1]
        shift, log_scale = exact(self.net(x_a, mask, cond)).chunk(2, 1)
        if adds:
            y_b = shift + log_scale.exp() * x_b
        else:
            y_b = (x_b - shift) * torch.exp(-log_scale)
        y_b = masked(y_b, mask)
        return torch.cat([y_b, x_a] if self.exchanged else [x_a, y_b], 1), log_scale
