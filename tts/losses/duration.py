"""The duration loss: squared error of logarithms."""

from __future__ import annotations

import torch

MIN_FRAMES = 1e-8  # guards the logarithm where a token got no frame, and in the padding


def duration_loss(
    log_durations: torch.Tensor, durations: torch.Tensor, token_lens: torch.Tensor
) -> torch.Tensor:
    """Mean squared error between predicted and true log-durations, over the real tokens.

    Args:
        log_durations: predicted, natural log of frames, (B, L).
        durations: true frames per token, (B, L).
        token_lens: (B,).

    References:
        Glow-TTS (Kim et al., 2020), equation 7. https://arxiv.org/abs/2005.11129
    """
    real = torch.arange(durations.shape[1], device=durations.device) < token_lens[:, None]
    error = log_durations - (MIN_FRAMES + durations.to(log_durations.dtype)).log()
    return (error.square() * real).sum() / token_lens.sum()
