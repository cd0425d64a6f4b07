"""The gated WaveNet stack that flow couplings and vocoders share.

References:
    WaveNet (van den Oord et al., 2016), section 2.3, equation 2. https://arxiv.org/abs/1609.03499
    WaveGlow (Prenger et al., 2018), section 2, the WN block. https://arxiv.org/abs/1811.00002
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import nn

from tts.nn.conv import Conv1d, pointwise, same_padding, weight_norm


def gate(x: torch.Tensor) -> torch.Tensor:
    """tanh of the first half of the channels times the sigmoid of the second."""
    filtered, gated = x.chunk(2, 1)
    return filtered.tanh() * gated.sigmoid()


class GatedStack(nn.Module):
    """Dilated convolutions with gates, residual and skip connections.

    Layer i: h = gate(dilated_i(x) + cond_i(cond)), x = (x + residual_i(h)) * residual_scale,
    skip += skip_scales[i] * skip_i(h); the last layer has no residual. Returns the summed skips.

    Args:
        channels: width of the residual path.
        kernel: of the dilated convolutions; odd, unless they are causal.
        dilations: one per layer.
        gate_channels: width before the gate, which halves it; by default twice `channels`.
        skip_channels: width of the skip path, by default `channels`.
        cond_channels: width of the conditioning, 0 for none; cond_bias: whether it adds a bias.
        causal: whether a position sees no later one.
        residual_scale: factor on every sum of the residual path.
        skip_scales: one factor per layer, by default 1.
        dropout: probability, before the gate; input_dropout: before the dilated convolution.
    """

    def __init__(
        self,
        channels: int,
        kernel: int,
        dilations: Sequence[int],
        *,
        gate_channels: int | None = None,
        skip_channels: int | None = None,
        cond_channels: int = 0,
        cond_bias: bool = True,
        causal: bool = False,
        residual_scale: float = 1.0,
        skip_scales: Sequence[float] | None = None,
        dropout: float = 0.0,
        input_dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.channels, self.n_layers = channels, len(dilations)
        self.gate_channels = gate_channels or 2 * channels
        self.skip_channels = skip_channels or channels
        self.residual_scale, self.causal = residual_scale, causal
        self.skip_scales = tuple(skip_scales or [1.0] * self.n_layers)
        assert len(self.skip_scales) == self.n_layers, "one skip scale per layer"
        self.dropout, self.input_dropout = nn.Dropout(dropout), nn.Dropout(input_dropout)
        self.dilated, self.res_skip = nn.ModuleList(), nn.ModuleList()
        for layer, dilation in enumerate(dilations):
            padding = 0 if causal else same_padding(kernel, dilation)
            out = self.skip_channels + (channels if layer < self.n_layers - 1 else 0)
            self.dilated.append(
                weight_norm(
                    Conv1d(
                        channels, self.gate_channels, kernel, dilation=dilation, padding=padding
                    )
                )
            )
            self.res_skip.append(weight_norm(Conv1d(self.gate_channels // 2, out, 1)))
        if cond_channels:
            width = self.gate_channels * self.n_layers
            self.cond = weight_norm(Conv1d(cond_channels, width, 1, bias=cond_bias))

    def forward(
        self,
        x: torch.Tensor,
        mask: torch.Tensor | None = None,
        cond: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """(B, C, T), zero in the padding, to (B, S, T).

        All three may be `planar` instead, which is faster.

        Args:
            mask: (B, 1, T), or None when there is no padding.
            cond: (B, cond_channels, 1 or T).
        """
        conditioning = self._conditioning(cond)
        skipped = None
        for layer, (dilated, res_skip) in enumerate(zip(self.dilated, self.res_skip)):
            hidden = self.dropout(dilated(self._input(x, layer)))
            own = next(conditioning)
            hidden = res_skip(gate(hidden if own is None else hidden + own))
            if layer < self.n_layers - 1:
                residual, hidden = hidden.split([self.channels, self.skip_channels], 1)
                x = x + residual
                x = x if self.residual_scale == 1 else x * self.residual_scale
                x = x if mask is None else x * mask
            hidden = hidden if self.skip_scales[layer] == 1 else hidden * self.skip_scales[layer]
            skipped = hidden if skipped is None else skipped + hidden
        return skipped if mask is None else skipped * mask

    def _input(self, x: torch.Tensor, layer: int) -> torch.Tensor:
        """What a dilated convolution sees: with the past before it, where it is causal."""
        x = self.input_dropout(x)
        if not self.causal:
            return x
        conv = self.dilated[layer]
        past = (conv.kernel_size[0] - 1) * conv.dilation[0]
        return nn.functional.pad(x, (past, 0))

    def _conditioning(self, cond: torch.Tensor | None) -> Iterator[torch.Tensor | None]:
        """What each layer adds before its gate.

        Of a sequence it is computed layer by layer, since all at once would fill the memory.
        """
        if cond is None:
            yield from [None] * self.n_layers
        elif cond.shape[-1] == 1:
            yield from self.cond(cond).chunk(self.n_layers, 1)
        else:
            weights = self.cond.weight.chunk(self.n_layers)
            bias = self.cond.bias
            biases = [None] * self.n_layers if bias is None else bias.chunk(self.n_layers)
            for weight, own_bias in zip(weights, biases):
                yield pointwise(cond, weight, own_bias)
