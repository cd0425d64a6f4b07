"""A WaveNet as plain numbers, and what generates with one, sample by sample.

`Network` and `Sampling` say what to compute. A generator (`wavenet_numba` on the CPU,
`wavenet_cuda` on a GPU, both equal to `wavenet_reference`) holds the state of some rows and
carries them on, block by block.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import torch


@dataclass(frozen=True)
class Network:
    """The numbers of a WaveNet, weight norm folded; all float32, on one device.

    L layers, C residual, G gate, S skip and H head channels, K taps, C' of the conditioning.

    Attributes:
        front: (C, F), of the last F samples, oldest first; or the table (n_classes, C) of mu-law
            classes; front_bias: (C,), or None with a table.
        front_relu: whether a ReLU follows.
        dilated: (L, G, C, K), oldest tap first; gate_bias: (L, G); dilations: L powers of two.
        cond: (L, G, C').
        residual: (L - 1, C, G / 2); residual_bias: (L - 1, C).
        residual_scale: x becomes (x + residual) * residual_scale.
        skip: (L, S, G / 2), each layer's factor included; skip_bias: (S,), their sum.
        hidden: (H, S), hidden_bias: (H,); last: (P, H), last_bias: (P,). A ReLU precedes both.
    """

    front: torch.Tensor
    front_bias: torch.Tensor | None
    front_relu: bool
    dilated: torch.Tensor
    gate_bias: torch.Tensor
    dilations: tuple[int, ...]
    cond: torch.Tensor
    residual: torch.Tensor
    residual_bias: torch.Tensor
    residual_scale: float
    skip: torch.Tensor
    skip_bias: torch.Tensor
    hidden: torch.Tensor
    hidden_bias: torch.Tensor
    last: torch.Tensor
    last_bias: torch.Tensor

    @property
    def n_parameters(self) -> int:
        """P: what describes a sample's distribution."""
        return len(self.last)


@dataclass(frozen=True)
class Sampling:
    """How parameters become samples, as `tts.nn.output` defines it.

    Attributes:
        n_draws: random numbers a sample takes.
        min_log_scale: floor of log-scales; temperature: 0 gives the most likely value.
        gain, preemphasis: what a signal is multiplied by, and filtered with, before the network;
            undone in what comes out.
    """

    kind: Literal["logistics", "gaussian", "mulaw"]
    n_draws: int
    min_log_scale: float
    temperature: float
    gain: float
    preemphasis: float


class Generator(Protocol):
    """Rows in the midst of being generated, side by side."""

    n_rows: int

    def run(
        self, cond: torch.Tensor, draws: torch.Tensor, parameters: torch.Tensor | None = None
    ) -> torch.Tensor:
        """The next samples of every row, (R, N).

        Args:
            cond: (R, N, C') float32; draws: (R, N, n_draws) float32.
            parameters: (R, N, P), to be filled with the distributions sampled from.
        """

    def keep(self, rows: Sequence[int]) -> None:
        """Go on with these rows only."""
