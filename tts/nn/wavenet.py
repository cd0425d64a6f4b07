"""The gated WaveNet stack that flow couplings and vocoders share.

References:
    WaveNet (van den Oord et al., 2016), section 2.3, equation 2. https://arxiv.org/abs/1609.03499
    WaveGlow (Prenger et al., 2018), section 2, the WN block. https://arxiv.org/abs/1811.00002
"""

from __future__ import annotations

import torch
from torch import nn

from tts.nn.conv import Conv1d, same_conv, weight_norm


def gate(x: torch.Tensor) -> torch.Tensor:
    """tanh of the first half of the channels times the sigmoid of the second."""
    filtered, gated = x.chunk(2, 1)
    return filtered.tanh() * gated.sigmoid()


class GatedStack(nn.Module):
    """Dilated non-causal convolutions with gates, residual and skip connections.

    Every layer: h = gate(dropout(conv(x)) + cond), x += residual(h), skip += skip(h); the last
    layer has no residual. Returns the summed skips.

    Args:
        channels: width of the residual and skip paths.
        kernel: odd.
        n_layers: number of layers; layer i has dilation `dilation_base ** i`.
        cond_channels: width of the conditioning, 0 for none.
        dropout: probability, on the convolution's output before the gate.
    """

    def __init__(
        self,
        channels: int,
        kernel: int,
        n_layers: int,
        dilation_base: int = 1,
        cond_channels: int = 0,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.channels, self.n_layers = channels, n_layers
        self.dropout = nn.Dropout(dropout)
        self.dilated = nn.ModuleList()
        self.res_skip = nn.ModuleList()
        for layer in range(n_layers):
            last = layer == n_layers - 1
            dilation = dilation_base**layer
            self.dilated.append(weight_norm(same_conv(channels, 2 * channels, kernel, dilation)))
            self.res_skip.append(weight_norm(Conv1d(channels, (1 if last else 2) * channels, 1)))
        if cond_channels:
            self.cond = weight_norm(Conv1d(cond_channels, 2 * channels * n_layers, 1))

    def forward(
        self, x: torch.Tensor, mask: torch.Tensor, cond: torch.Tensor | None = None
    ) -> torch.Tensor:
        """(B, C, T), zero in the padding, to the same; cond is (B, cond_channels, 1 or T).

        All three may be `planar` instead, which is faster.
        """
        conds = None if cond is None else self.cond(cond).chunk(self.n_layers, 1)
        skipped = 0
        for layer, (dilated, res_skip) in enumerate(zip(self.dilated, self.res_skip)):
            hidden = self.dropout(dilated(x))
            hidden = gate(hidden if conds is None else hidden + conds[layer])
            hidden = res_skip(hidden)
            if layer < self.n_layers - 1:
                residual, hidden = hidden.chunk(2, 1)
                x = (x + residual) * mask
            skipped = skipped + hidden
        return skipped * mask
