"""Tokens to a prior of each: transformer blocks behind a convolutional prenet, and durations.

References:
    Glow-TTS (Kim et al., 2020), section 3.3 and appendix A.1. https://arxiv.org/abs/2005.11129
"""

from __future__ import annotations

import math

import torch
from torch import nn

from tts.nn.attention import EncoderBlock
from tts.nn.conv import ChannelNorm, same_conv
from tts.nn.precision import exact
from tts.nn.prior import Prior


class Prenet(nn.Module):
    """Convolutions with norm, ReLU and dropout, and a residual that starts at zero."""

    def __init__(
        self, channels: int, kernel: int, n_layers: int, dropout: float, eps: float
    ) -> None:
        super().__init__()
        layers = range(n_layers)
        self.convs = nn.ModuleList(same_conv(channels, channels, kernel) for _ in layers)
        self.norms = nn.ModuleList(ChannelNorm(channels, eps) for _ in layers)
        self.dropout = nn.Dropout(dropout)
        self.out = nn.Conv1d(channels, channels, 1)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """(B, C, L), zero in the padding, to the same."""
        hidden = x
        for conv, norm in zip(self.convs, self.norms):
            hidden = self.dropout(norm(conv(hidden)).relu()) * mask
        return (x + self.out(hidden)) * mask


class DurationPredictor(nn.Module):
    """Encoded text to the logarithm of each token's frames."""

    def __init__(
        self, channels_in: int, channels: int, kernel: int, dropout: float, eps: float
    ) -> None:
        super().__init__()
        self.convs = nn.ModuleList(same_conv(c, channels, kernel) for c in (channels_in, channels))
        self.norms = nn.ModuleList(ChannelNorm(channels, eps) for _ in self.convs)
        self.dropout = nn.Dropout(dropout)
        self.out = nn.Conv1d(channels, 1, 1)

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """(B, C, L) to log-durations (B, 1, L), zero in the padding."""
        for conv, norm in zip(self.convs, self.norms):
            x = self.dropout(norm(conv(x * mask).relu()))
        return self.out(x * mask) * mask


class TextEncoder(nn.Module):
    """Tokens to the prior of each token, and their log-durations.

    Args:
        n_tokens: size of the token table.
        out_channels: of the prior.
        speaker_channels: width of the vectors that say who speaks, 0 for none.
        channels, n_blocks: width and depth of the transformer.
        feed_forward_channels, n_heads, window, block: of its `EncoderBlock`s.
        kernel, dropout, eps: of the blocks and of the duration predictor.
        duration_channels: width of the duration predictor.
        prenet: kernel, layers and dropout of the convolutions before the blocks, or None.
        mean_only: the prior's log-scale is 0 everywhere.
        told: the blocks see the speaker, too, and not the duration predictor alone.
    """

    def __init__(
        self,
        n_tokens: int,
        out_channels: int,
        speaker_channels: int,
        *,
        channels: int,
        n_blocks: int,
        feed_forward_channels: int,
        n_heads: int,
        window: int | None,
        block: int | None,
        kernel: int,
        dropout: float,
        eps: float,
        duration_channels: int,
        prenet: tuple[int, int, float] | None,
        mean_only: bool,
        told: bool,
    ) -> None:
        super().__init__()
        self.mean_only, self.gain = mean_only, math.sqrt(channels)
        self.embedding = nn.Embedding(n_tokens, channels)
        nn.init.normal_(self.embedding.weight, 0.0, channels**-0.5)
        self.prenet = Prenet(channels, *prenet, eps) if prenet else None
        self.speaker: nn.Conv1d | None = None
        if told and speaker_channels:
            self.speaker = nn.Conv1d(speaker_channels, channels, 1)
            nn.init.zeros_(self.speaker.weight)
            nn.init.zeros_(self.speaker.bias)
        sizes = channels, feed_forward_channels, kernel, n_heads, window, block, dropout, eps
        self.blocks = nn.ModuleList(EncoderBlock(*sizes) for _ in range(n_blocks))
        self.mean = nn.Conv1d(channels, out_channels, 1)
        self.log_scale = None if mean_only else nn.Conv1d(channels, out_channels, 1)
        self.durations = DurationPredictor(
            channels + speaker_channels, duration_channels, kernel, dropout, eps
        )

    def forward(
        self, tokens: torch.Tensor, mask: torch.Tensor, speaker: torch.Tensor | None
    ) -> Prior:
        """tokens (B, L), mask (B, 1, L), speaker (B, S, 1) or None."""
        x = (self.embedding(tokens) * self.gain).transpose(1, 2) * mask
        if self.prenet is not None:
            x = self.prenet(x, mask)
        if self.speaker is not None and speaker is not None:
            x = x + self.speaker(speaker) * mask
        for block in self.blocks:
            x = block(x, mask)
        seen = x.detach()  # durations teach the predictor only (section 3.3)
        if speaker is not None:
            seen = torch.cat([seen, speaker.expand(-1, -1, x.shape[2])], 1)
        log_durations = exact(self.durations(seen, mask)).squeeze(1)
        log_scale = None if self.log_scale is None else exact(self.log_scale(x)) * mask
        return Prior(exact(self.mean(x)) * mask, log_scale, log_durations, mask)
