"""Squeezing: neighbouring frames become channels, and back; rows made to fill such groups."""

from __future__ import annotations

from typing import Literal

import torch

from tts.nn.masking import length_mask, take_columns

Order = Literal["frame", "channel"]


def squeeze(x: torch.Tensor, n: int, order: Order = "frame") -> torch.Tensor:
    """(B, C, T) to (B, n * C, T / n); T must be a multiple of n.

    Channel c of sub-frame s becomes channel s * C + c (order `frame`) or c * n + s (`channel`).
    """
    batch, channels, frames = x.shape
    assert frames % n == 0, f"{frames} frames do not divide by {n}"
    axes = (0, 3, 1, 2) if order == "frame" else (0, 1, 3, 2)
    return x.view(batch, channels, frames // n, n).permute(axes).flatten(1, 2)


def unsqueeze(x: torch.Tensor, n: int, order: Order = "frame") -> torch.Tensor:
    """(B, n * C, T) to (B, C, n * T), the inverse of `squeeze`."""
    batch, channels, frames = x.shape
    if order == "frame":
        x = x.view(batch, n, channels // n, frames).permute(0, 2, 3, 1)
    else:
        x = x.view(batch, channels // n, n, frames).transpose(2, 3)
    return x.reshape(batch, -1, n * frames)


def squeeze_planar(x: torch.Tensor, n: int) -> torch.Tensor:
    """Planar (B, C, 1, T) to planar (B, n * C, 1, T / n), in the order `frame`, without a copy."""
    x = x.permute(0, 2, 3, 1)  # as it lies in memory: a frame's channels side by side
    assert x.is_contiguous(), "only a planar tensor squeezes without a copy"
    return x.unflatten(2, (-1, n)).flatten(3).permute(0, 3, 1, 2)


def whole_groups(
    frames: torch.Tensor, frame_lens: torch.Tensor, n: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Frames (B, C, T) cut to whole groups of n, zero in the padding, and their mask."""
    n_frames = frames.shape[2] // n * n
    mask = length_mask(frame_lens // n * n, n_frames).to(frames.dtype)
    return frames[:, :, :n_frames] * mask, mask


def filled_groups(
    frames: torch.Tensor, frame_lens: torch.Tensor, n: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Rows (B, C, T) lengthened to whole groups of n by their last frame, and their mask."""
    n_frames = -(-frames.shape[2] // n) * n
    mask = length_mask(-(-frame_lens // n) * n, n_frames).to(frames.dtype)
    place = torch.arange(n_frames, device=frames.device)[None]
    place = torch.minimum(place, frame_lens[:, None] - 1)
    return take_columns(frames, place) * mask, mask
