"""Spectral normalisation: weights divided by their largest singular value.

Torch has one too; this one takes the two half-steps of the power iteration in the paper's order,
which makes training losses equal those of published checkpoints.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn.functional import normalize
from torch.nn.utils import parametrize

EPS = 1e-12  # guards the division by the norm of a vector of zeros


class _SpectralNorm(nn.Module):
    """W to W / sigma(W), sigma estimated by u and v, which improve with every call in training."""

    def __init__(self, weight: torch.Tensor) -> None:
        super().__init__()
        rows, columns = weight.flatten(1).shape
        self.register_buffer("u", normalize(torch.randn(rows), dim=0, eps=EPS))
        self.register_buffer("v", normalize(torch.randn(columns), dim=0, eps=EPS))

    def forward(self, weight: torch.Tensor) -> torch.Tensor:
        matrix = weight.flatten(1)
        with torch.autocast(weight.device.type, enabled=False):
            if self.training:
                self._iterate(matrix.detach())
            # copies: the next call changes the buffers before this one's backward
            sigma = self.u.clone() @ (matrix @ self.v.clone())
        return weight / sigma

    @torch.no_grad()
    def _iterate(self, matrix: torch.Tensor) -> None:
        self.v.copy_(normalize(matrix.T @ self.u, dim=0, eps=EPS))
        self.u.copy_(normalize(matrix @ self.v, dim=0, eps=EPS))


def spectral_norm(module: nn.Module) -> Any:
    """The module with its weight divided by its largest singular value.

    References:
        Spectral Normalization for Generative Adversarial Networks (Miyato et al., 2018),
            algorithm 1. https://arxiv.org/abs/1802.05957
    """
    return parametrize.register_parametrization(module, "weight", _SpectralNorm(module.weight))
