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


class _Divided(torch.autograd.Function):
    """W / sigma with sigma = u' W v.

    The gradient, (G - <G, W / sigma> u v') / sigma, takes three passes over the weight; recorded
    operation by operation it takes eight, which is a tenth of HiFi-GAN's training step.
    """

    @staticmethod
    def forward(ctx: Any, weight: torch.Tensor, u: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        sigma = u @ (weight.flatten(1) @ v)
        divided = weight / sigma
        ctx.save_for_backward(divided, u, v, sigma)
        return divided

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        divided, u, v, sigma = ctx.saved_tensors
        along = torch.dot(gradient.flatten(), divided.flatten())
        across = torch.addr(gradient.flatten(1), u * -along, v)
        return across.div_(sigma).view_as(gradient), None, None


class _SpectralNorm(nn.Module):
    """W to W / sigma(W), sigma estimated by u and v, which improve with every call in training."""

    def __init__(self, weight: torch.Tensor) -> None:
        super().__init__()
        rows, columns = weight.flatten(1).shape
        self.register_buffer("u", normalize(torch.randn(rows), dim=0, eps=EPS))
        self.register_buffer("v", normalize(torch.randn(columns), dim=0, eps=EPS))

    def forward(self, weight: torch.Tensor) -> torch.Tensor:
        with torch.autocast(weight.device.type, enabled=False):
            if self.training:
                self._iterate(weight.detach().flatten(1))
            # copies: the next call changes the buffers before this one's backward
            return _Divided.apply(weight, self.u.clone(), self.v.clone())

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
