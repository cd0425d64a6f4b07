"""Mu-law companding: a sample as one of 256 classes, finer near zero.

References:
    ITU-T Recommendation G.711 (1988), continuous form; WaveNet (van den Oord et al., 2016),
    section 2.2, https://arxiv.org/abs/1609.03499
"""

from __future__ import annotations

import math

import torch


def encode(wav: torch.Tensor, mu: int = 255) -> torch.Tensor:
    """Classes in 0 .. mu, int64, of samples in [-1, 1]; beyond is clipped. Any shape."""
    magnitude = torch.log1p(mu * wav.abs().clamp(max=1.0)) / math.log1p(mu)
    return ((torch.sign(wav) * magnitude + 1) / 2 * mu + 0.5).long()


def decode(classes: torch.Tensor, mu: int = 255) -> torch.Tensor:
    """Samples in [-1, 1], float32, at the middle of each class. Any shape."""
    companded = 2 * classes.float() / mu - 1
    return torch.sign(companded) * torch.expm1(companded.abs() * math.log1p(mu)) / mu
