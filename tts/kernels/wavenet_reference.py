"""WaveNet generation as it is written down, one sample of one row at a time: the oracle."""

from __future__ import annotations

from collections.abc import Callable

import torch

from tts.kernels.wavenet import Network


def generate(
    network: Network,
    cond: torch.Tensor,
    sample: Callable[[int, torch.Tensor], tuple[float, int]],
) -> torch.Tensor:
    """Parameters (N, P) of the samples of one row.

    Args:
        cond: (N, C').
        sample: takes the position and parameters (P,); returns the sample, as the network is
            given it, and its class.
    """
    n_layers, _, channels, _ = network.dilated.shape
    inputs = torch.zeros(n_layers, len(cond), channels, dtype=cond.dtype)  # of every layer
    signal: list[float] = []
    classes: list[int] = []
    made: list[torch.Tensor] = []
    for now in range(len(cond)):
        x = _front(network, signal, classes)
        skips = network.skip_bias.clone()
        for layer in range(n_layers):
            inputs[layer, now] = x
            gated = _gated(network, layer, inputs[layer, : now + 1], cond[now])
            skips += network.skip[layer] @ gated
            if layer < n_layers - 1:
                residual = network.residual[layer] @ gated + network.residual_bias[layer]
                x = (x + residual) * network.residual_scale
        hidden = network.hidden @ skips.relu() + network.hidden_bias
        made.append(network.last @ hidden.relu() + network.last_bias)
        value, its_class = sample(now, made[-1])
        signal.append(value)
        classes.append(its_class)
    return torch.stack(made)


def _front(network: Network, signal: list[float], classes: list[int]) -> torch.Tensor:
    """The residual path's start, from the samples so far; silence came before them."""
    if network.front_bias is None:
        silence = len(network.front) // 2
        return network.front[classes[-1] if classes else silence]
    n_seen = network.front.shape[1]
    past = torch.tensor([0.0] * n_seen + signal, dtype=network.front.dtype)[-n_seen:]
    x = network.front @ past + network.front_bias
    return x.relu() if network.front_relu else x


def _gated(network: Network, layer: int, x: torch.Tensor, cond: torch.Tensor) -> torch.Tensor:
    """tanh times sigmoid, of a layer's inputs up to now (n, C)."""
    weights, n_taps = network.dilated[layer], network.dilated.shape[3]
    sums = network.gate_bias[layer] + network.cond[layer] @ cond
    for tap in range(n_taps):
        place = len(x) - 1 - (n_taps - 1 - tap) * network.dilations[layer]
        if place >= 0:
            sums = sums + weights[:, :, tap] @ x[place]
    filtered, gate = sums.chunk(2)
    return filtered.tanh() * gate.sigmoid()
