"""Small WaveNets as plain numbers, of every kind that the generators know."""

from __future__ import annotations

from collections.abc import Callable

import torch

from tts.audio import mulaw
from tts.kernels.wavenet import Network, Sampling
from tts.nn.output import Gaussian, LogisticMixture, MuLaw, Output

KINDS = ("logistics", "gaussian", "mulaw")
COND = 5
MIN_LOG_SCALE = -5.0


def output(kind: str) -> Output:
    return {
        "logistics": LogisticMixture(3, 65_536, MIN_LOG_SCALE),
        "gaussian": Gaussian(MIN_LOG_SCALE),
        "mulaw": MuLaw(40),
    }[kind]


def network(
    kind: str,
    *,
    channels: int = 7,
    gate_channels: int = 10,
    skip_channels: int = 9,
    head_channels: int = 6,
    dilations: tuple[int, ...] = (1, 2, 4, 16, 1, 2),
    kernel: int = 3,
    front: int = 3,
    front_relu: bool = False,
    residual_scale: float = 0.7,
) -> Network:
    """Random numbers, of sizes that fill no vector."""
    n_layers, n_out = len(dilations), output(kind).n_parameters

    def weights(*shape: int, fan_in: int) -> torch.Tensor:
        return torch.randn(*shape) * 1.5 / fan_in**0.5

    is_table = kind == "mulaw"
    return Network(
        front=weights(n_out, channels, fan_in=1)
        if is_table
        else weights(channels, front, fan_in=1),
        front_bias=None if is_table else 0.1 * torch.randn(channels),
        front_relu=front_relu,
        dilated=weights(n_layers, gate_channels, channels, kernel, fan_in=channels * kernel),
        gate_bias=0.1 * torch.randn(n_layers, gate_channels),
        dilations=dilations,
        cond=weights(n_layers, gate_channels, COND, fan_in=COND),
        residual=weights(n_layers - 1, channels, gate_channels // 2, fan_in=gate_channels // 2),
        residual_bias=0.1 * torch.randn(n_layers - 1, channels),
        residual_scale=residual_scale,
        skip=weights(n_layers, skip_channels, gate_channels // 2, fan_in=gate_channels),
        skip_bias=0.1 * torch.randn(skip_channels),
        hidden=weights(head_channels, skip_channels, fan_in=skip_channels),
        hidden_bias=0.1 * torch.randn(head_channels),
        last=weights(n_out, head_channels, fan_in=head_channels),
        last_bias=0.1 * torch.randn(n_out),
    )


def sampling(
    kind: str, temperature: float = 1.0, gain: float = 0.8, preemphasis: float = 0.6
) -> Sampling:
    n_draws = output(kind).n_draws
    return Sampling(kind, n_draws, MIN_LOG_SCALE, temperature, gain, preemphasis)


def inputs(kind: str, n_rows: int, n: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Conditioning (R, N, C') and draws (R, N, n_draws)."""
    out = output(kind)
    drawn = torch.randn if out.normal else torch.rand
    return torch.randn(n_rows, n, COND), drawn(n_rows, n, out.n_draws)


def sampler(
    kind: str, temperature: float = 1.0
) -> Callable[[torch.Tensor, torch.Tensor], tuple[torch.Tensor, torch.Tensor]]:
    """Parameters (R, P) and draws (R, n_draws) to the signal (R,) and its classes (R,)."""
    out = output(kind)

    def sample(parameters: torch.Tensor, draws: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        pair = parameters.unsqueeze(2), draws.unsqueeze(2).to(parameters.dtype)
        signal = out.sample(*pair, temperature).squeeze(1)
        return signal, mulaw.encode(signal, max(1, out.n_parameters - 1))

    return sample
