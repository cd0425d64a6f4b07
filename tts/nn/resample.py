"""Resampling by whole factors, without a filter, and which positions go into which.

A span is the first and the last position of a run of them.
"""

from __future__ import annotations

from typing import Literal

import torch
import torch.nn.functional as F

Resampling = Literal["nearest", "linear"]
Span = tuple[int, int]


def resample(x: torch.Tensor, n: int, mode: Resampling) -> torch.Tensor:
    """Planar (B, C, 1, T) to (B, C, 1, n), one of T and n being a multiple of the other.

    `nearest` repeats every position, or takes the first of every group; `linear` interpolates
    between the middles of positions, and holds the ends.
    """
    if n > x.shape[3] and mode == "nearest":
        return F.interpolate(x, (1, n))
    x = x.permute(0, 2, 3, 1)  # (B, 1, T, C), as it lies in memory
    if n > x.shape[2]:
        x = _interpolated(x, n // x.shape[2])
    elif n < x.shape[2]:
        x = _thinned(x, x.shape[2] // n, mode)
    return x.permute(0, 3, 1, 2)


def _interpolated(x: torch.Tensor, up: int) -> torch.Tensor:
    """Repeated, then drawn towards the neighbour on the nearer side, phase by phase.

    torch's own interpolation errs by how far a position is from the start.
    """
    before = torch.cat([x[:, :, :1], x[:, :, :-1]], 2)
    after = torch.cat([x[:, :, 1:], x[:, :, -1:]], 2)
    made = x.unsqueeze(3).expand(-1, -1, -1, up, -1).contiguous()  # (B, 1, T, up, C)
    for phase in range(up):
        offset = (phase + 0.5) / up - 0.5
        made[:, :, :, phase].lerp_(after if offset > 0 else before, abs(offset))
    return made.flatten(2, 3)


def _thinned(x: torch.Tensor, down: int, mode: Resampling) -> torch.Tensor:
    """The middle of every group, which for an even number lies between two positions."""
    if mode == "nearest":
        return x[:, :, ::down].contiguous()
    if down % 2:
        return x[:, :, down // 2 :: down].contiguous()
    return (x[:, :, down // 2 - 1 :: down] + x[:, :, down // 2 :: down]) / 2


def source(span: Span, up: int, down: int, mode: Resampling) -> Span:
    """The positions that a span is made of, after resampling by up / down, one of which is 1."""
    if mode == "nearest" or up == down:
        return span[0] * down // up, span[1] * down // up
    low, high = ((2 * place + 1) * down - up for place in span)  # twice `up` times the position
    return low // (2 * up), -(-high // (2 * up))


def widened(span: Span, reach: int) -> Span:
    """The positions that a convolution of so much reach on both sides makes a span of."""
    return span[0] - reach, span[1] + reach


def union(a: Span, b: Span) -> Span:
    """The least span that holds both."""
    return min(a[0], b[0]), max(a[1], b[1])
