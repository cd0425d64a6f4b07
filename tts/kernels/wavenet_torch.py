"""WaveNet on a GPU: `STEPS` samples at a time as one captured graph, without a Python step each.

All that changes from sample to sample lies in memory that stays in place, the position included,
so the same graph serves from the first sample to the last. Rows cost little: one of them leaves
most of the device idle.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from tts.kernels.wavenet import Network, Sampling

STEPS = 64  # samples of a graph

Sample = Callable[[torch.Tensor, torch.Tensor], tuple[torch.Tensor, torch.Tensor]]


class TorchGenerator:
    """Generates by torch's operations, on any device, captured where that is CUDA.

    A `wavenet.Generator`.

    Args:
        sample: takes parameters (R, P) and draws (R, n_draws); returns the signal (R,), and its
            classes (R,) where the network's input is one of classes.
    """

    def __init__(self, network: Network, sampling: Sampling, n_rows: int, sample: Sample) -> None:
        self.n_rows, self._network, self._sampling, self._sample = (
            n_rows,
            network,
            sampling,
            sample,
        )
        self._device = network.last.device
        n_layers, gate_channels, channels, kernel = network.dilated.shape
        # Matrices from the taps, oldest first, side by side; and to residual and skip.
        self._dilated = network.dilated.permute(0, 3, 2, 1).reshape(n_layers, -1, gate_channels)
        self._out, self._out_bias = _residual_and_skip(network)
        self._cond = network.cond.flatten(0, 1).T
        dilations = torch.tensor(network.dilations, device=self._device)[:, None]
        self._tap_at = dilations * torch.arange(kernel - 1, device=self._device)
        self._n_slots = dilations * (kernel - 1)
        slots = [d * (kernel - 1) for d in network.dilations]
        self._rings = [self._zeros(n, n_rows, channels) for n in slots]
        self._clock = torch.zeros((), dtype=torch.long, device=self._device)
        self._has_table = network.front_bias is None
        silence = len(network.front) // 2
        self._classes = torch.full((n_rows,), silence, device=self._device)
        self._past = self._zeros(n_rows, 1 if self._has_table else network.front.shape[1])
        self._wav = self._zeros(n_rows)
        self._make_room(gate_channels, sampling.n_draws)

    def _make_room(self, gate_channels: int, n_draws: int) -> None:
        """Memory for the inputs and outputs of a graph."""
        n, n_layers = self.n_rows, len(self._rings)
        self._given = self._zeros(STEPS, n, n_layers, gate_channels)
        self._draws = self._zeros(STEPS, n, n_draws)
        self._made = self._zeros(STEPS, n)
        self._seen = self._zeros(STEPS, n, self._network.n_parameters)
        self._graph: torch.cuda.CUDAGraph | None = None

    def _zeros(self, *shape: int) -> torch.Tensor:
        return torch.zeros(*shape, device=self._device)

    @torch.no_grad()
    def run(
        self, cond: torch.Tensor, draws: torch.Tensor, parameters: torch.Tensor | None = None
    ) -> torch.Tensor:
        """The next samples of every row; see `wavenet.Generator`."""
        assert len(cond) == len(draws) == self.n_rows, "conditioning and draws for each row"
        wav = cond.new_zeros(cond.shape[:2])
        for start in range(0, cond.shape[1], STEPS):
            part = slice(start, min(start + STEPS, cond.shape[1]))
            n = part.stop - start
            given = (cond[:, part].to(self._device) @ self._cond).unflatten(
                2, self._given.shape[2:]
            )
            self._given[:n] = (given + self._network.gate_bias).transpose(0, 1)
            self._draws[:n] = draws[:, part].transpose(0, 1)
            self._advance(n)
            wav[:, part] = self._made[:n].T
            if parameters is not None:
                parameters[:, part] = self._seen[:n].transpose(0, 1)
        return wav

    def keep(self, rows: Sequence[int]) -> None:
        """Go on with these rows only."""
        index = torch.tensor(list(rows), device=self._device)
        self.n_rows = len(index)
        self._rings = [ring[:, index] for ring in self._rings]
        self._classes, self._past, self._wav = (
            state[index] for state in (self._classes, self._past, self._wav)
        )
        self._make_room(self._given.shape[3], self._draws.shape[2])

    def _advance(self, n: int) -> None:
        """Make `n` samples."""
        if self._device.type != "cuda" or n < STEPS:
            for step in range(n):
                self._step(step)
            return
        if self._graph is None:
            self._graph = self._captured()
        self._graph.replay()

    def _captured(self) -> torch.cuda.CUDAGraph:
        """A graph of `STEPS` steps; what its warm-up changes is put back."""
        state = [*self._rings, self._clock, self._classes, self._past, self._wav]
        before = [tensor.clone() for tensor in state]
        stream = torch.cuda.Stream(self._device)
        stream.wait_stream(torch.cuda.current_stream(self._device))
        with torch.cuda.stream(stream):
            for step in range(2):
                self._step(step)
        torch.cuda.current_stream(self._device).wait_stream(stream)
        for tensor, kept in zip(state, before):
            tensor.copy_(kept)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            for step in range(STEPS):
                self._step(step)
        return graph

    def _step(self, step: int) -> None:
        """One sample of every row, all of it in place."""
        network = self._network
        x, skips = self._front(), network.skip_bias
        slots = (self._clock + self._tap_at) % self._n_slots
        for layer, ring in enumerate(self._rings):
            older = ring.index_select(0, slots[layer])
            ring.index_copy_(0, slots[layer, :1], x[None])
            sums = torch.addmm(
                self._given[step, :, layer], torch.cat([*older, x], 1), self._dilated[layer]
            )
            filtered, gate = sums.chunk(2, 1)
            out = torch.addmm(
                self._out_bias[layer], filtered.tanh() * gate.sigmoid(), self._out[layer]
            )
            skips = skips + out[:, -len(network.skip_bias) :]
            if layer < len(self._rings) - 1:
                x = torch.add(out[:, : x.shape[1]], x, alpha=network.residual_scale)
        hidden = torch.addmm(network.hidden_bias, skips.relu(), network.hidden.T)
        parameters = torch.addmm(network.last_bias, hidden.relu(), network.last.T)
        self._seen[step] = parameters
        signal, classes = self._sample(parameters, self._draws[step])
        self._remember(step, signal, classes)

    def _front(self) -> torch.Tensor:
        network = self._network
        if network.front_bias is None:
            return network.front[self._classes]
        x = torch.addmm(network.front_bias, self._past, network.front.T)
        return x.relu() if network.front_relu else x

    def _remember(self, step: int, signal: torch.Tensor, classes: torch.Tensor) -> None:
        if self._has_table:
            self._classes.copy_(classes)
        else:
            self._past.copy_(torch.cat([self._past[:, 1:], signal[:, None]], 1))
        emphasis = self._sampling.preemphasis * self._wav
        self._wav.copy_(signal / self._sampling.gain + emphasis)
        self._made[step] = self._wav
        self._clock.add_(1)


def _residual_and_skip(network: Network) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    """Matrices (G / 2, C + S) and biases of every layer; of the last one (G / 2, S)."""
    none = torch.zeros_like(network.skip_bias)  # the skips' bias is added once
    scale, n_layers = network.residual_scale, len(network.skip)
    matrices, biases = [], []
    for layer in range(n_layers - 1):
        residual = scale * network.residual[layer]
        matrices.append(torch.cat([residual, network.skip[layer]]).T)
        biases.append(torch.cat([scale * network.residual_bias[layer], none]))
    return [*matrices, network.skip[-1].T], [*biases, none]
