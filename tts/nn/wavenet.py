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
from tts.nn.precision import exact

# Elements before a gate that are worked on at a time without gradients: they stay in the cache,
# and the allocator keeps buffers of that size instead of asking for fresh pages every time.
PIECE = 1 << 21


def gate(x: torch.Tensor) -> torch.Tensor:
    """tanh of the first half of the channels times the sigmoid of the second."""
    filtered, gated = x.chunk(2, 1)
    return filtered.tanh() * gated.sigmoid()


def gate_in_place(x: torch.Tensor) -> torch.Tensor:
    """The same in float32, whatever the format of x, without a gradient and spoiling x.

    tanh(a) = 2 sigmoid(2 a) - 1, and torch's sigmoid is ten times as fast as its tanh on a CPU.
    """
    wide = exact(x)
    wide.chunk(2, 1)[0].mul_(2).sigmoid_().mul_(2).sub_(1)
    return nn.functional.glu(wide, 1).to(x.dtype)


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
        learning = self.training or torch.is_grad_enabled()
        if x.dim() == 4 and x.device.type == "cpu" and not learning:
            return self._infer(x, mask, cond)
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

    def _infer(
        self, x: torch.Tensor, mask: torch.Tensor | None, cond: torch.Tensor | None
    ) -> torch.Tensor:
        """The same on a CPU without gradients: in place, and piece by piece along time."""
        dtype = torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else x.dtype
        spans = [(conv.kernel_size[0] - 1) * conv.dilation[0] for conv in self.dilated]
        befores = [span if self.causal else span // 2 for span in spans]
        room, n_frames = max(befores), x.shape[3]
        x = nn.functional.pad(x.to(dtype), (room, 0 if self.causal else room))
        following = torch.zeros_like(x)
        skipped = x.new_zeros(len(x), 1, n_frames, self.skip_channels).permute(0, 3, 1, 2)
        n_piece = max(1, PIECE // (self.gate_channels * len(x)))
        conditioners = self._conditioners() if cond is not None else []
        for layer, (dilated, res_skip) in enumerate(zip(self.dilated, self.res_skip)):
            weight, dilation = dilated.weight.to(dtype).unsqueeze(2), (1, dilated.dilation[0])
            for start in range(0, n_frames, n_piece):
                end = min(start + n_piece, n_frames)
                left, own = room + start - befores[layer], slice(room + start, room + end)
                seen = x[..., left : left + end - start + spans[layer]]
                hidden = nn.functional.conv2d(seen, weight, dilated.bias, dilation=dilation)
                if cond is not None:
                    seen = cond if cond.shape[3] == 1 else cond[..., start:end]
                    hidden.add_(pointwise(seen, *conditioners[layer]))
                hidden = res_skip(gate_in_place(hidden))
                if layer < self.n_layers - 1:
                    residual, hidden = hidden.split([self.channels, self.skip_channels], 1)
                    torch.add(x[..., own], residual, out=following[..., own])
                    if self.residual_scale != 1:
                        following[..., own].mul_(self.residual_scale)
                    if mask is not None:
                        following[..., own].mul_(mask[..., start:end])
                skipped[..., start:end].add_(hidden, alpha=self.skip_scales[layer])
            x, following = following, x
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
            for weight, bias in self._conditioners():
                yield pointwise(cond, weight, bias)

    def _conditioners(self) -> list[tuple[torch.Tensor, torch.Tensor | None]]:
        """Each layer's weight and bias for the conditioning."""
        weights, bias = self.cond.weight.chunk(self.n_layers), self.cond.bias
        biases = [None] * self.n_layers if bias is None else bias.chunk(self.n_layers)
        return list(zip(weights, biases))
