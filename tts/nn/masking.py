"""Masks and per-row noise: what makes a row of a batch equal to the row alone."""

from __future__ import annotations

from collections.abc import Sequence

import torch

NOISE_BLOCK = 64  # frames drawn at once: torch's normal numbers depend on how many are asked for


def length_mask(lens: torch.Tensor, max_len: int) -> torch.Tensor:
    """1.0 for the first `lens[b]` positions of each row, else 0.0: (B,) to (B, 1, max_len)."""
    positions = torch.arange(max_len, device=lens.device)
    return (positions < lens[:, None]).unsqueeze(1).float()


def row_noise(
    seed: int | Sequence[int], lens: Sequence[int], channels: int, max_len: int
) -> torch.Tensor:
    """Standard normal noise that depends on a row's seed and position only, on the CPU.

    Neither the other rows nor the length nor the device change what stands at a position. One seed
    for all gives every row the same noise.

    Args:
        seed: one for all rows, or one a row.
        lens: the rows' lengths, at most `max_len`.
    Returns:
        (B, channels, max_len) float32, zero in the padding.
    """
    seeds = [seed] * len(lens) if isinstance(seed, int) else list(seed)
    assert len(seeds) == len(lens), f"{len(seeds)} seeds for {len(lens)} rows"
    noise = torch.zeros(len(lens), channels, max_len)
    for row, (row_seed, row_len) in enumerate(zip(seeds, lens)):
        generator = torch.Generator().manual_seed(row_seed)
        for start in range(0, row_len, NOISE_BLOCK):
            block = torch.randn(NOISE_BLOCK, channels, generator=generator).T
            end = min(row_len, start + NOISE_BLOCK)
            noise[row, :, start:end] = block[:, : end - start]
    return noise


def token_of_frame(durations: torch.Tensor, max_frames: int) -> torch.Tensor:
    """Which token each frame belongs to: durations (B, L) int64 to (B, max_frames) int64.

    Frames past a row's total are given its last column; mask them.
    """
    ends = durations.cumsum(1)
    frames = torch.arange(max_frames, device=durations.device).expand(len(durations), -1)
    index = torch.searchsorted(ends, frames.contiguous(), right=True)
    return index.clamp_max(durations.shape[1] - 1)
