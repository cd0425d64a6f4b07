"""Masks and per-row noise: what makes a row of a batch equal to the row alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from tts.contracts import Window

NOISE_BLOCK = 64  # frames drawn at once: torch's normal numbers depend on how many are asked for


def length_mask(lens: torch.Tensor, max_len: int) -> torch.Tensor:
    """1.0 for the first `lens[b]` positions of each row, else 0.0: (B,) to (B, 1, max_len)."""
    positions = torch.arange(max_len, device=lens.device)
    return (positions < lens[:, None]).unsqueeze(1).float()


def row_noise(
    seed: int | Sequence[int], lens: Sequence[int], channels: int, max_len: int, start: int = 0
) -> torch.Tensor:
    """Standard normal noise that depends on a row's seed and position only, on the CPU.

    Neither the other rows nor the length nor the device change what stands at a position. One seed
    for all gives every row the same noise.

    Args:
        seed: one for all rows, or one a row.
        lens: the rows' lengths, at most `max_len`.
        start: the position of the first column, for what is made piece by piece.
    Returns:
        (B, channels, max_len) float32, zero in the padding.
    """
    return _by_position(torch.randn, seed, lens, channels, max_len, start)


def row_uniform(
    seed: int | Sequence[int], lens: Sequence[int], channels: int, max_len: int, start: int = 0
) -> torch.Tensor:
    """The same with numbers uniform in [0, 1)."""
    return _by_position(torch.rand, seed, lens, channels, max_len, start)


def sample_noise(
    seed: int | Sequence[int],
    frames: torch.Tensor,
    frame_lens: torch.Tensor | None,
    hop: int,
    window: Window | None = None,
) -> torch.Tensor:
    """Standard normal noise at the rate of samples, for frames (B, C, T): (B, T * hop).

    It lies on the frames' device, and in the window of an utterance made piece by piece.
    """
    n_rows, _, n_frames = frames.shape
    lens = [n_frames] * n_rows if frame_lens is None else frame_lens.tolist()
    first = 0 if window is None else window.first
    noise = row_noise(seed, lens, hop, n_frames, first)
    return noise.transpose(1, 2).flatten(1).to(frames.device)


def _by_position(
    drawn: Callable[..., torch.Tensor],
    seed: int | Sequence[int],
    lens: Sequence[int],
    channels: int,
    max_len: int,
    start: int,
) -> torch.Tensor:
    """Numbers drawn in blocks, each of which has a generator of its own."""
    seeds = [seed] * len(lens) if isinstance(seed, int) else list(seed)
    assert len(seeds) == len(lens), f"{len(seeds)} seeds for {len(lens)} rows"
    numbers = torch.zeros(len(lens), channels, max_len)
    for row, (row_seed, row_len) in enumerate(zip(seeds, lens)):
        for block in range(start // NOISE_BLOCK, -(-(start + row_len) // NOISE_BLOCK)):
            generator = torch.Generator().manual_seed(_mixed(row_seed, block))
            drawn_block = drawn(NOISE_BLOCK, channels, generator=generator).T
            first = max(start, block * NOISE_BLOCK)
            end = min(start + row_len, (block + 1) * NOISE_BLOCK)
            within = slice(first - block * NOISE_BLOCK, end - block * NOISE_BLOCK)
            numbers[row, :, first - start : end - start] = drawn_block[:, within]
    return numbers


def _mixed(seed: int, block: int) -> int:
    """One 64-bit seed of both, far from those of other blocks and seeds.

    References:
        Fast splittable pseudorandom number generators (Steele, Lea and Flood, 2014), figure 14:
            the finaliser of SplitMix64, with its constants. https://doi.org/10.1145/2660193.2660195
    """
    mask = 2**64 - 1
    mixed = (seed * 0x9E3779B97F4A7C15 + block * 0xD1B54A32D192ED03) & mask
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = ((mixed ^ (mixed >> shift)) * factor) & mask
    return mixed ^ (mixed >> 31)


def token_of_frame(durations: torch.Tensor, max_frames: int) -> torch.Tensor:
    """Which token each frame belongs to: durations (B, L) int64 to (B, max_frames) int64.

    Frames past a row's total are given its last column; mask them.
    """
    ends = durations.cumsum(1)
    frames = torch.arange(max_frames, device=durations.device).expand(len(durations), -1)
    index = torch.searchsorted(ends, frames.contiguous(), right=True)
    return index.clamp_max(durations.shape[1] - 1)


def take_columns(values: torch.Tensor, index: torch.Tensor) -> torch.Tensor:
    """Columns of (B, C, L), such as each frame's token, by index (B, T): (B, C, T)."""
    return values.gather(2, index.unsqueeze(1).expand(-1, values.shape[1], -1))
