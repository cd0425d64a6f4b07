"""Activation normalisation: a scale and a bias per channel."""

from __future__ import annotations

import torch
from torch import nn

from tts.flows.base import Flow, frame_counts, masked
from tts.nn.precision import exact

MIN_VARIANCE = 1e-6  # guards the logarithm on a channel that is constant in the first batch


class ActNorm(Flow):
    """y = scale * x + bias, initialised so that a first batch has mean 0 and variance 1.

    Args:
        channels: of x.
        signed: keep the scale itself, which may turn negative, instead of its logarithm.

    References:
        Glow (Kingma and Dhariwal, 2018), section 3.1. https://arxiv.org/abs/1807.03039
    """

    def __init__(self, channels: int, *, signed: bool = False) -> None:
        super().__init__()
        self.signed = signed
        if signed:
            self.scale = nn.Parameter(torch.ones(channels))
        else:
            self.log_scale = nn.Parameter(torch.zeros(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(
        self, x: torch.Tensor, mask: torch.Tensor | None, cond: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        scale = self.scale if self.signed else self.log_scale.exp()
        log_scale = self.scale.abs().log() if self.signed else self.log_scale
        y = masked(scale[:, None] * x + self.bias[:, None], mask)
        return y, exact(log_scale).sum() * frame_counts(x, mask)

    def inverse(
        self, y: torch.Tensor, mask: torch.Tensor | None, cond: torch.Tensor | None = None
    ) -> torch.Tensor:
        shrink = self.scale.reciprocal() if self.signed else torch.exp(-self.log_scale)
        return masked((y - self.bias[:, None]) * shrink[:, None], mask)

    @torch.no_grad()
    def initialise(
        self, x: torch.Tensor, mask: torch.Tensor | None, cond: torch.Tensor | None = None
    ) -> torch.Tensor:
        n_frames = frame_counts(x, mask).sum()
        mean = masked(x, mask).sum((0, 2)) / n_frames
        variance = masked((x - mean[:, None]).square(), mask).sum((0, 2)) / n_frames
        log_scale = -0.5 * variance.clamp_min(MIN_VARIANCE).log()
        if self.signed:
            self.scale.copy_(log_scale.exp())
        else:
            self.log_scale.copy_(log_scale)
        self.bias.copy_(-mean * log_scale.exp())
        return self(x, mask, cond)[0]
