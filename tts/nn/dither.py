"""Noise under the recordings that a model learns from."""

from __future__ import annotations

import torch


def dithered(wav: torch.Tensor, std: float, training: bool) -> torch.Tensor:
    """A waveform or frames with white noise of this standard deviation, in training only."""
    return wav + std * torch.randn_like(wav) if training and std else wav
