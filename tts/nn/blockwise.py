"""A causal WaveNet run block by block: what it carries from one block to the next is its past.

A block's activations stay in the processor's cache, memory does not grow with the length, and a
block of one sample is a step of autoregression.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from tts.nn.conv import pointwise
from tts.nn.precision import exact
from tts.nn.wavenet import GatedStack


@dataclass
class _Layer:
    """One layer's matrices, to outputs side by side from inputs side by side.

    tanh(a) sigmoid(b) is -(sigmoid(b) - 2 sigmoid(2 a) sigmoid(b)), which takes a fraction of
    tanh's time; the 2 inside and the sign are in these matrices, as is the residual scale.
    """

    dilation: int
    n_past: int
    gates: torch.Tensor  # (G, kernel * C + D, 1)
    gates_bias: torch.Tensor
    out: torch.Tensor  # (C + S, G / 2, 1), of the last layer (S, G / 2, 1)
    out_bias: torch.Tensor


class BlockwiseStack:
    """A causal `GatedStack`, with its weights as they are now, over rows of time (N, C).

    Args:
        stack: causal.
        dtype: to compute in; the sum of the skips is kept in at least float32.
    """

    def __init__(self, stack: GatedStack, dtype: torch.dtype) -> None:
        assert stack.causal, "only what never looks ahead can run block by block"
        self.channels, self.dtype, self.scale = stack.channels, dtype, stack.residual_scale
        self.skip_scales = stack.skip_scales
        own = zip(stack.cond.weight.chunk(stack.n_layers), _cond_biases(stack))
        self.layers = [self._layer(stack, i, *cond) for i, cond in enumerate(own)]
        self.past = [x.gates.new_zeros(x.n_past, self.channels) for x in self.layers]

    def _layer(
        self, stack: GatedStack, i: int, cond: torch.Tensor, cond_bias: torch.Tensor | float
    ) -> _Layer:
        dilated, res_skip = stack.dilated[i], stack.res_skip[i]
        (kernel,), (dilation,) = dilated.kernel_size, dilated.dilation
        taps = dilated.weight.transpose(1, 2).flatten(1)  # (O, C, K) to (O, K * C)
        gates = torch.cat([taps.unsqueeze(2), cond], 1)
        doubled = torch.ones(stack.gate_channels, device=gates.device, dtype=gates.dtype)
        doubled[: stack.gate_channels // 2] = 2
        scales = torch.full((len(res_skip.weight),), self.skip_scales[i]).to(gates)
        scales[: -stack.skip_channels] = self.scale
        return _Layer(
            dilation,
            (kernel - 1) * dilation,
            (gates * doubled[:, None, None]).to(self.dtype),
            ((dilated.bias + cond_bias) * doubled).to(self.dtype),
            (-res_skip.weight * scales[:, None, None]).to(self.dtype),
            (res_skip.bias * scales).to(self.dtype),
        )

    def __call__(self, x: torch.Tensor, cond: torch.Tensor) -> torch.Tensor:
        """The next block: x (N, C) and conditioning (N, D), of this `dtype`, to (N, S)."""
        skipped = None
        for i, layer in enumerate(self.layers):
            seen = torch.cat([self.past[i], x])
            self.past[i] = seen[len(x) :]
            starts = range(0, layer.n_past + 1, layer.dilation)
            inputs = torch.cat([*(seen[s : s + len(x)] for s in starts), cond], 1)
            gates = exact(product(inputs, layer.gates, layer.gates_bias)).sigmoid_()
            a, b = gates.chunk(2, 1)
            hidden = torch.addcmul(b, a, b, value=-2).to(self.dtype)
            out = product(hidden, layer.out, layer.out_bias)
            if i < len(self.layers) - 1:
                x = torch.add(out[:, : self.channels], x, alpha=self.scale)
                out = out[:, self.channels :]
            skipped = exact(out) if skipped is None else skipped.add_(out)
        return skipped


def product(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
    """Rows (N, C) times a weight (O, C, 1), with a bias: (N, O).

    One thread of a CPU is fastest at it, in float32, as a convolution of the planar layout.
    """
    if x.dtype == torch.float32:
        return pointwise(x.t()[None, :, None], weight, bias)[0, :, 0].t()
    return torch.addmm(bias, x, weight.squeeze(2).t())


def _cond_biases(stack: GatedStack) -> list[torch.Tensor | float]:
    bias = stack.cond.bias
    return [0.0] * stack.n_layers if bias is None else list(bias.chunk(stack.n_layers))
