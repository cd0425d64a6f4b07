"""A WaveNet's numbers laid out in memory as the compiled loop reads them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch

from tts.kernels.wavenet import Network
from tts.kernels.wavenet_vector import LANES, PANEL, padded

AHEAD = 8  # steps for which older taps and the conditioning are computed at once
_LINE = 64  # bytes in a cache line


class Shape(NamedTuple):
    """Sizes; those that end in `_step` are how far one row is from the next, in padded memory."""

    n_rows: int
    n_layers: int
    kernel: int
    front: int  # samples it sees, or 0 for a table
    front_relu: int
    cond: int
    channels: int
    half: int  # of the gate's channels
    skip: int
    head: int
    n_parameters: int
    x_step: int
    half_step: int
    gate_step: int
    skip_step: int
    head_step: int
    last_step: int


class Weights(NamedTuple):
    """Packed matrices in one array, and where in it they start; biases in padded rows."""

    packed: np.ndarray
    at: np.ndarray  # (L, K + 2): taps, oldest first, then residual and skip
    rest_at: np.ndarray  # conditioning, front, hidden, last
    table: np.ndarray
    front_bias: np.ndarray
    gate_bias: np.ndarray
    residual_bias: np.ndarray
    skip_bias: np.ndarray
    hidden_bias: np.ndarray
    last_bias: np.ndarray
    dilations: np.ndarray
    residual_scale: np.float32


class State(NamedTuple):
    """What is carried from sample to sample, and memory to work in."""

    clock: np.ndarray  # samples made so far
    rings: np.ndarray  # for each layer, its last (K - 1) d inputs: (slot, row, channel)
    ring_at: np.ndarray
    older: np.ndarray  # what older taps add to the next steps: (layer, step, row, gate)
    past: np.ndarray  # the last samples the front sees, oldest first, or the last class
    wav: np.ndarray  # the last sample that came out
    cond: np.ndarray  # (step, row, layer, gate)
    x: np.ndarray
    gated: np.ndarray
    skip: np.ndarray
    hidden: np.ndarray
    last: np.ndarray


def shape_of(network: Network, n_rows: int) -> Shape:
    """Sizes of a network and of its rows in memory."""
    n_layers, gate_channels, channels, kernel = network.dilated.shape
    half, has_table = gate_channels // 2, network.front_bias is None
    skip, head, last = (
        len(bias) for bias in (network.skip_bias, network.hidden_bias, network.last_bias)
    )
    return Shape(
        n_rows=n_rows,
        n_layers=n_layers,
        kernel=kernel,
        front=0 if has_table else network.front.shape[1],
        front_relu=int(network.front_relu),
        cond=network.cond.shape[2],
        channels=channels,
        half=half,
        skip=skip,
        head=head,
        n_parameters=last,
        x_step=padded(channels),
        half_step=padded(half, LANES),
        gate_step=padded(2 * padded(half, LANES)),
        skip_step=padded(skip),
        head_step=padded(head),
        last_step=padded(last),
    )


class _Packer:
    """Puts matrices (n_out, n_in) one after another, in panels of `PANEL` outputs."""

    def __init__(self, dtype: torch.dtype) -> None:
        self.dtype, self.end = dtype, 0
        self.pieces: list[torch.Tensor] = []

    def add(self, matrix: torch.Tensor) -> int:
        """Where the matrix starts."""
        n_out, n_in = matrix.shape
        panels = torch.zeros(padded(n_out) // PANEL, n_in, PANEL, dtype=self.dtype)
        for panel, rows in zip(panels, matrix.split(PANEL)):
            panel[:, : len(rows)].copy_(rows.T)
        self.pieces.append(panels.flatten())
        start, self.end = self.end, self.end + panels.numel()
        return start

    def packed(self) -> np.ndarray:
        """All of them; half precision as uint16, which is how numba knows it."""
        whole = _aligned(torch.cat(self.pieces).numpy())
        return whole.view(np.uint16) if self.dtype == torch.float16 else whole


def weights_of(network: Network, shape: Shape, dtype: torch.dtype) -> Weights:
    """Packed in float32 or float16."""
    packer, scale = _Packer(dtype), network.residual_scale
    at = np.zeros((shape.n_layers, shape.kernel + 2), np.int64)
    for layer in range(shape.n_layers):
        for tap in range(shape.kernel):
            own = network.dilated[layer, :, :, tap]
            at[layer, tap] = packer.add(_halves_apart(own, shape))
        if layer < shape.n_layers - 1:
            at[layer, shape.kernel] = packer.add(network.residual[layer] * scale)
        at[layer, shape.kernel + 1] = packer.add(network.skip[layer])
    has_table = shape.front == 0
    cond = torch.cat([_halves_apart(own, shape) for own in network.cond])
    front = torch.zeros(0, 1) if has_table else network.front
    rest_at = [packer.add(matrix) for matrix in (cond, front, network.hidden, network.last)]
    gate_bias = [_halves_apart(own[:, None], shape) for own in network.gate_bias]
    return Weights(
        packed=packer.packed(),
        at=at,
        rest_at=np.array(rest_at),
        table=_rows(network.front) if has_table else np.zeros((0, PANEL), np.float32),
        front_bias=_rows(network.front_bias if network.front_bias is not None else front[:, 0]),
        gate_bias=torch.cat(gate_bias)[:, 0].numpy().copy(),
        residual_bias=_rows(network.residual_bias * scale),
        skip_bias=_rows(network.skip_bias),
        hidden_bias=_rows(network.hidden_bias),
        last_bias=_rows(network.last_bias),
        dilations=np.array(network.dilations),
        residual_scale=np.float32(scale),
    )


def fresh_state(shape: Shape, dilations: np.ndarray) -> State:
    """The state before the first sample: silence."""
    slots = (shape.kernel - 1) * dilations
    n, x_step = shape.n_rows, shape.x_step
    older = shape.n_layers * AHEAD * n * shape.gate_step
    silence = 0 if shape.front else shape.n_parameters // 2  # a sample, or its class
    return State(
        clock=np.zeros(1, np.int64),
        rings=_zeros(int(slots.sum()) * n * x_step),
        ring_at=(np.cumsum(slots) - slots) * n * x_step,
        older=_zeros(older),
        past=np.full(n * max(1, shape.front), silence, np.float32),
        wav=np.zeros(n, np.float32),
        cond=_zeros(older),
        x=_zeros(n * x_step),
        gated=_zeros(n * shape.half_step),
        skip=_zeros(n * shape.skip_step),
        hidden=_zeros(n * shape.head_step),
        last=_zeros(n * shape.last_step),
    )


def some_rows(state: State, shape: Shape, rows: Sequence[int], dilations: np.ndarray) -> State:
    """The state of some rows alone."""
    kept = fresh_state(shape._replace(n_rows=len(rows)), dilations)
    kept.clock[:] = state.clock
    steps = {
        "rings": shape.x_step,
        "older": shape.gate_step,
        "past": max(1, shape.front),
        "wav": 1,
    }
    for name, step in steps.items():
        mine, theirs = getattr(kept, name), getattr(state, name)
        mine.reshape(-1, len(rows), step)[:] = theirs.reshape(-1, shape.n_rows, step)[:, rows]
    return kept


def _halves_apart(matrix: torch.Tensor, shape: Shape) -> torch.Tensor:
    """Rows (G, n) with each half, tanh's and sigmoid's, padded: (gate_step, n)."""
    whole = torch.zeros(shape.gate_step, matrix.shape[1])
    whole[: shape.half] = matrix[: shape.half]
    whole[shape.half_step : shape.half_step + shape.half] = matrix[shape.half :]
    return whole


def _rows(numbers: torch.Tensor) -> np.ndarray:
    """Rows (…, n), padded to whole panels."""
    whole = np.zeros((*numbers.shape[:-1], padded(numbers.shape[-1])), np.float32)
    whole[..., : numbers.shape[-1]] = numbers.numpy()
    return whole


def _zeros(n: int) -> np.ndarray:
    return _aligned(np.zeros(n, np.float32))


def _aligned(numbers: np.ndarray) -> np.ndarray:
    """A copy that starts on a cache line, so that no vector lies on two."""
    memory = np.empty(numbers.nbytes + _LINE, np.uint8)
    start = -memory.ctypes.data % _LINE
    aligned = memory[start : start + numbers.nbytes].view(numbers.dtype)
    aligned[:] = numbers
    return aligned
