"""Self-attention with windowed relative positions, and the encoder block built on it.

References:
    Self-Attention with Relative Position Representations (Shaw et al., 2018), section 3.
        https://arxiv.org/abs/1803.02155
    Glow-TTS (Kim et al., 2020), appendix A.1. https://arxiv.org/abs/2005.11129
"""

from __future__ import annotations

import math

import torch
from torch import nn

from tts.nn.conv import ChannelNorm, same_conv

MASKED_LOGIT = -1e4  # finite, so that a row with nothing to attend to has no NaN; exp() of it is 0


class RelativeSelfAttention(nn.Module):
    """Multi-head self-attention over (B, C, L) that also knows how far apart two tokens are.

    Each head adds q_i . a^K_{j-i} to its logits and sum_j p_ij a^V_{j-i} to its output, for
    |j - i| <= window; the vectors a are shared by the heads. Farther tokens are attended to
    without a relative term.

    Args:
        channels: width, divisible by n_heads.
        window: largest distance with a relative term, or None for no such term.
        block: largest distance that is attended to at all, or None for no limit.
        dropout: probability on the attention weights.
    """

    def __init__(
        self, channels: int, n_heads: int, window: int | None, block: int | None, dropout: float
    ) -> None:
        super().__init__()
        assert channels % n_heads == 0, f"{channels} channels do not divide into {n_heads} heads"
        self.n_heads, self.head_channels = n_heads, channels // n_heads
        self.window, self.block = window, block
        self.query = nn.Conv1d(channels, channels, 1)
        self.key = nn.Conv1d(channels, channels, 1)
        self.value = nn.Conv1d(channels, channels, 1)
        self.out = nn.Conv1d(channels, channels, 1)
        self.dropout = nn.Dropout(dropout)
        for projection in (self.query, self.key, self.value):
            nn.init.xavier_uniform_(projection.weight)
        if window is not None:
            std = self.head_channels**-0.5
            self.relative_key = nn.Parameter(torch.randn(2 * window + 1, self.head_channels) * std)
            self.relative_value = nn.Parameter(
                torch.randn(2 * window + 1, self.head_channels) * std
            )

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """(B, C, L) and mask (B, 1, L) to (B, C, L)."""
        query, key, value = (self._heads(p(x)) for p in (self.query, self.key, self.value))
        query = query / math.sqrt(self.head_channels)
        logits = query @ key.transpose(2, 3)
        if self.window is not None:
            logits = logits + self._spread(query @ self.relative_key.T)
        pairs = mask.unsqueeze(2) * mask.unsqueeze(3)  # (B, 1, L, L)
        if self.block is not None:
            pairs = pairs.triu(-self.block).tril(self.block)
        weights = logits.masked_fill(pairs == 0, MASKED_LOGIT).softmax(-1)
        weights = self.dropout(weights)
        attended = weights @ value
        if self.window is not None:
            attended = attended + self._band(weights) @ self.relative_value
        return self.out(attended.transpose(2, 3).flatten(1, 2))

    def _heads(self, x: torch.Tensor) -> torch.Tensor:
        """(B, C, L) to (B, heads, L, C / heads)."""
        return x.unflatten(1, (self.n_heads, self.head_channels)).transpose(2, 3)

    def _band_columns(self, like: torch.Tensor) -> torch.Tensor:
        """For query i and distance d: column i + d of rows padded by `window`; (B, H, L, 2w+1)."""
        n_tokens = like.shape[2]
        rows = torch.arange(n_tokens, device=like.device)[:, None]
        columns = rows + torch.arange(2 * self.window + 1, device=like.device)
        return columns.expand(*like.shape[:2], -1, -1)

    def _spread(self, relative: torch.Tensor) -> torch.Tensor:
        """Per-distance logits (B, H, L, 2w+1) to their places in (B, H, L, L), zero elsewhere."""
        n_tokens = relative.shape[2]
        padded = relative.new_zeros(*relative.shape[:3], n_tokens + 2 * self.window)
        padded = padded.scatter(3, self._band_columns(relative), relative)
        return padded[..., self.window : self.window + n_tokens]

    def _band(self, weights: torch.Tensor) -> torch.Tensor:
        """The weights within the window, by distance: (B, H, L, L) to (B, H, L, 2w+1)."""
        padded = nn.functional.pad(weights, (self.window, self.window))
        return padded.gather(3, self._band_columns(weights))


class EncoderBlock(nn.Module):
    """A post-norm transformer block with a convolutional feed-forward.

    Args:
        channels, hidden: width, and width inside the feed-forward.
        kernel: of the feed-forward's two convolutions.
        eps: of the layer norms.
    """

    def __init__(
        self,
        channels: int,
        hidden: int,
        kernel: int,
        n_heads: int,
        window: int | None,
        block: int | None,
        dropout: float,
        eps: float,
    ) -> None:
        super().__init__()
        self.attention = RelativeSelfAttention(channels, n_heads, window, block, dropout)
        self.attention_norm = ChannelNorm(channels, eps)
        self.widen = same_conv(channels, hidden, kernel)
        self.narrow = same_conv(hidden, channels, kernel)
        self.feed_forward_norm = ChannelNorm(channels, eps)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """(B, C, L), zero in the padding, to the same."""
        x = self.attention_norm(x + self.dropout(self.attention(x, mask))) * mask
        hidden = self.dropout(self.widen(x).relu()) * mask
        return self.feed_forward_norm(x + self.dropout(self.narrow(hidden) * mask)) * mask
