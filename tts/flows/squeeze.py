"""Squeezing: neighbouring frames become channels, and back."""

from __future__ import annotations

import torch


def squeeze(x: torch.Tensor, n: int) -> torch.Tensor:
    """(B, C, T) to (B, n * C, T / n): channel s * C + c holds channel c of sub-frame s.

    T must be a multiple of n.
    """
    batch, channels, frames = x.shape
    assert frames % n == 0, f"{frames} frames do not divide by {n}"
    return x.view(batch, channels, frames // n, n).permute(0, 3, 1, 2).flatten(1, 2)


def unsqueeze(x: torch.Tensor, n: int) -> torch.Tensor:
    """(B, n * C, T) to (B, C, n * T), the inverse of `squeeze`."""
    batch, channels, frames = x.shape
    return (
        x.view(batch, n, channels // n, frames).permute(0, 2, 3, 1).reshape(batch, -1, n * frames)
    )
