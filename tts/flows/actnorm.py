"""Activation normalisation: a scale and a bias per channel."""

from __future__ import annotations

import torch
from torch import nn

from tts.flows.base import Flow, frame_counts
from tts.nn.precision import exact

MIN_VARIANCE = 1e-6  # guards the logarithm on a channel that is constant in the first batch


class ActNorm(Flow):
    """y = exp(log_scale) * x + bias, initialised so that a first batch has mean 0 and variance 1.

    References:
        Glow (Kingma and Dhariwal, 2018), section 3.1. https://arxiv.org/abs/1807.03039
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.log_scale = nn.Parameter(torch.zeros(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(
        self, x: torch.Tensor, mask: torch.Tensor, cond: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        y = (self.log_scale.exp()[:, None] * x + self.bias[:, None]) * mask
        return y, exact(self.log_scale).sum() * frame_counts(mask)

    def inverse(
        self, y: torch.Tensor, mask: torch.Tensor, cond: torch.Tensor | None = None
    ) -> torch.Tensor:
        return (y - self.bias[:, None]) * torch.exp(-self.log_scale)[:, None] * mask

    @torch.no_grad()
    def initialise(
        self, x: torch.Tensor, mask: torch.Tensor, cond: torch.Tensor | None = None
    ) -> torch.Tensor:
        n_frames = mask.sum()
        mean = (x * mask).sum((0, 2)) / n_frames
        variance = ((x - mean[:, None]).square() * mask).sum((0, 2)) / n_frames
        log_scale = -0.5 * variance.clamp_min(MIN_VARIANCE).log()
        self.log_scale.copy_(log_scale)
        self.bias.copy_(-mean * log_scale.exp())
        return self(x, mask, cond)[0]
