"""WaveNet on the CPU: the whole loop over samples is compiled, for one row or for many.

One sample needs every weight once, so what costs is to read them. Three things spare that. Rows
run side by side, one pass over the weights for all. What the older taps of a dilated convolution
add is known as many steps ahead as the layer is dilated, so it is computed for up to `AHEAD` steps
in one pass, and so is the conditioning. And weights may be kept in half precision.

References:
    Fast Wavenet Generation Algorithm (Paine et al., 2016): the queues.
        https://arxiv.org/abs/1611.09482
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numba
import numpy as np
import torch

from tts.kernels.wavenet import Network, Sampling
from tts.kernels.wavenet_packed import (
    AHEAD,
    Shape,
    State,
    fresh_state,
    shape_of,
    some_rows,
    weights_of,
)
from tts.kernels.wavenet_vector import (
    LANES,
    PANEL,
    exp_vector,
    gate_vector,
    has_halves,
    has_wide_registers,
    stay_apart,
    tile_1,
    tile_2,
    tile_4,
)

_WIDE = has_wide_registers()  # whether the sums of four rows fit in registers
_MARGIN = np.float32(1e-5)  # `tts.nn.output.UNIFORM_MARGIN`
_KINDS = {"logistics": 0, "gaussian": 1, "mulaw": 2}
_GAUSSIAN, _MULAW = _KINDS["gaussian"], _KINDS["mulaw"]
_ZERO, _ONE = np.float32(0), np.float32(1)


class _Rule(NamedTuple):
    """`Sampling` in numbers."""

    kind: int
    min_log_scale: np.float32
    temperature: np.float32
    gain: np.float32
    preemphasis: np.float32


class NumbaGenerator:
    """Generates on the CPU, without the interpreter lock; a `wavenet.Generator`.

    Rows are spread over as many threads as torch uses.

    Args:
        halves: keep weights in half precision, where the processor converts it.
    """

    def __init__(
        self, network: Network, sampling: Sampling, n_rows: int, *, halves: bool = False
    ) -> None:
        dtype = torch.float16 if halves and has_halves() else torch.float32
        shape = shape_of(network, n_rows)
        self._weights = weights_of(network, shape, dtype)
        n_groups = min(torch.get_num_threads(), n_rows)
        shares = [len(share) for share in np.array_split(np.arange(n_rows), n_groups)]
        shapes = [shape._replace(n_rows=share) for share in shares]
        self._groups = [(own, fresh_state(own, self._weights.dilations)) for own in shapes]
        numbers = (sampling.min_log_scale, sampling.temperature, sampling.gain)
        self._rule = _Rule(
            _KINDS[sampling.kind], *map(np.float32, (*numbers, sampling.preemphasis))
        )

    @property
    def n_rows(self) -> int:
        """Rows being generated."""
        return sum(shape.n_rows for shape, _ in self._groups)

    def run(
        self, cond: torch.Tensor, draws: torch.Tensor, parameters: torch.Tensor | None = None
    ) -> torch.Tensor:
        """The next samples of every row; see `wavenet.Generator`."""
        assert len(cond) == len(draws) == self.n_rows, "conditioning and draws for each row"
        shares = [shape.n_rows for shape, _ in self._groups]
        seeing = [parameters is not None] * len(shares)
        with ThreadPoolExecutor(len(shares)) as pool:
            jobs = (self._groups, cond.split(shares), draws.split(shares), seeing)
            made = list(pool.map(self._run, *jobs))
        if parameters is not None:
            parameters.copy_(torch.cat([seen for _, seen in made]))
        return torch.cat([wav for wav, _ in made])

    def _run(
        self, group: tuple[Shape, State], cond: torch.Tensor, draws: torch.Tensor, seeing: bool
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The wav (R, N) and parameters (R, N or 0, P) of a group of rows."""
        shape, state = group
        by_time = (t.float().transpose(0, 1).contiguous().numpy() for t in (cond, draws))
        wav = np.empty((cond.shape[1], shape.n_rows), np.float32)
        n_seen = len(wav) if seeing else 0
        seen = np.empty((n_seen, shape.n_rows, shape.n_parameters), np.float32)
        _generate(shape, self._weights, state, self._rule, *by_time, wav, seen)
        return torch.from_numpy(wav).T.contiguous(), torch.from_numpy(seen).transpose(0, 1)

    def keep(self, rows: Sequence[int]) -> None:
        """Go on with these rows, in rising order, only."""
        kept, first = [], 0
        for shape, state in self._groups:
            own = [row - first for row in rows if first <= row < first + shape.n_rows]
            first += shape.n_rows
            if own:
                less = some_rows(state, shape, own, self._weights.dilations)
                kept.append((shape._replace(n_rows=len(own)), less))
        self._groups = kept


def _compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile without the interpreter lock, kept on disk if a folder for that can be written."""
    try:
        return numba.njit(nogil=True, cache=True)(function)
    except RuntimeError:  # numba found no folder for its cache: compile anew in each process
        return numba.njit(nogil=True)(function)


@numba.njit
def _multiply(w, n_out, n_in, x, x_step, y, y_step, n_rows):  # type: ignore[no-untyped-def]
    """y[r] += W x[r] for all rows; n_out is padded to panels."""
    stay_apart()
    first = 0
    for panel in range(0, n_out, PANEL):
        row = 0
        while _WIDE and row + 4 <= n_rows:
            tile_4(w, first, n_in, x, row * x_step, x_step, y, row * y_step + panel, y_step)
            row += 4
        while row + 2 <= n_rows:
            tile_2(w, first, n_in, x, row * x_step, x_step, y, row * y_step + panel, y_step)
            row += 2
        if row < n_rows:
            tile_1(w, first, n_in, x, row * x_step, x_step, y, row * y_step + panel, y_step)
        first += PANEL * n_in


@numba.njit
def _copy(x, y):  # type: ignore[no-untyped-def]
    """y becomes x, over and over again."""
    for start in range(0, len(y), len(x)):
        for i in range(len(x)):
            y[start + i] = x[i]


@numba.njit
def _rectify(y):  # type: ignore[no-untyped-def]
    for i in range(len(y)):
        y[i] = max(y[i], _ZERO)


@numba.njit
def _condition(s, w, st, cond, n_steps):  # type: ignore[no-untyped-def]
    """The conditioning of the next few steps, for all layers."""
    width, n_rows = s.n_layers * s.gate_step, n_steps * s.n_rows
    _copy(w.gate_bias, st.cond[: n_rows * width])
    _multiply(w.packed[w.rest_at[0] :], width, s.cond, cond, s.cond, st.cond, width, n_rows)


@numba.njit
def _look_ahead(s, w, st, layer, now):  # type: ignore[no-untyped-def]
    """What older taps add to this step and the next ones, as far as their inputs are known."""
    dilation = w.dilations[layer]
    n_steps = min(dilation, AHEAD)
    if now % n_steps:
        return
    n_rows, n_slots = n_steps * s.n_rows, (s.kernel - 1) * dilation
    sums = st.older[layer * AHEAD * s.n_rows * s.gate_step :]
    for i in range(n_rows * s.gate_step):
        sums[i] = _ZERO
    for tap in range(s.kernel - 1):
        slot = (now + tap * dilation) % n_slots
        x = st.rings[st.ring_at[layer] + slot * s.n_rows * s.x_step :]
        tap_w = w.packed[w.at[layer, tap] :]
        _multiply(tap_w, s.gate_step, s.channels, x, s.x_step, sums, s.gate_step, n_rows)


@numba.njit
def _layer(s, w, st, layer, now, step):  # type: ignore[no-untyped-def]
    """One layer, from x to x; its skip is added to the others."""
    _look_ahead(s, w, st, layer, now)
    dilation = w.dilations[layer]
    slot = st.ring_at[layer] + now % ((s.kernel - 1) * dilation) * s.n_rows * s.x_step
    _copy(st.x, st.rings[slot : slot + len(st.x)])
    ahead = layer * AHEAD + now % min(dilation, AHEAD)
    sums = st.older[ahead * s.n_rows * s.gate_step :]
    newest = w.packed[w.at[layer, s.kernel - 1] :]
    _multiply(newest, s.gate_step, s.channels, st.x, s.x_step, sums, s.gate_step, s.n_rows)
    for row in range(s.n_rows):
        a, h = row * s.gate_step, row * s.half_step
        c = ((step * s.n_rows + row) * s.n_layers + layer) * s.gate_step
        for i in range(0, s.half_step, LANES):
            gate_vector(sums, a + i, st.cond, c + i, s.half_step, st.gated, h + i)
    if layer < s.n_layers - 1:
        residual, bias = w.packed[w.at[layer, s.kernel] :], w.residual_bias[layer]
        for start in range(0, len(st.x), s.x_step):
            for i in range(s.x_step):
                st.x[start + i] = st.x[start + i] * w.residual_scale + bias[i]
        _multiply(residual, s.x_step, s.half, st.gated, s.half_step, st.x, s.x_step, s.n_rows)
    skip = w.packed[w.at[layer, s.kernel + 1] :]
    _multiply(skip, s.skip_step, s.half, st.gated, s.half_step, st.skip, s.skip_step, s.n_rows)


@numba.njit
def _front(s, w, st):  # type: ignore[no-untyped-def]
    """x from the samples before."""
    if s.front == 0:
        for row in range(s.n_rows):
            _copy(w.table[int(st.past[row])], st.x[row * s.x_step : (row + 1) * s.x_step])
        return
    _copy(w.front_bias, st.x)
    front = w.packed[w.rest_at[1] :]
    _multiply(front, s.x_step, s.front, st.past, s.front, st.x, s.x_step, s.n_rows)
    if s.front_relu:
        _rectify(st.x)


@numba.njit
def _head(s, w, st):  # type: ignore[no-untyped-def]
    """Parameters from the summed skips."""
    _rectify(st.skip)
    _copy(w.hidden_bias, st.hidden)
    hidden, last = w.packed[w.rest_at[2] :], w.packed[w.rest_at[3] :]
    _multiply(hidden, s.head_step, s.skip, st.skip, s.skip_step, st.hidden, s.head_step, s.n_rows)
    _rectify(st.hidden)
    _copy(w.last_bias, st.last)
    _multiply(last, s.last_step, s.head, st.hidden, s.head_step, st.last, s.last_step, s.n_rows)


@numba.njit
def _draw_logistics(last, draws, rule):  # type: ignore[no-untyped-def]
    n_mixtures = len(draws) - 1
    chosen, best = 0, -np.float32(np.inf)
    for k in range(n_mixtures):
        uniform = _MARGIN + (_ONE - 2 * _MARGIN) * draws[k]
        score = last[k] - rule.temperature * np.log(-np.log(uniform))
        if score > best:
            chosen, best = k, score
    uniform = _MARGIN + (_ONE - 2 * _MARGIN) * draws[n_mixtures]
    log_scale = max(last[2 * n_mixtures + chosen], rule.min_log_scale)
    logistic = np.log(uniform) - np.log1p(-uniform)
    return last[n_mixtures + chosen] + rule.temperature * np.exp(log_scale) * logistic


@numba.njit
def _draw_class(last, n_classes, uniform, temperature):  # type: ignore[no-untyped-def]
    """A class from its logits, which are spoiled."""
    best = 0
    for k in range(n_classes):
        if last[k] > last[best]:
            best = k
    if temperature == 0:
        return best
    highest, total = last[best], _ZERO
    for k in range(len(last)):
        last[k] = (last[k] - highest) / temperature
    for k in range(0, len(last), LANES):
        exp_vector(last, k)
    for k in range(n_classes):
        total += last[k]
        last[k] = total
    threshold = uniform * total
    for k in range(n_classes):
        if last[k] > threshold:
            return k
    return n_classes - 1


@numba.njit
def _expanded(k, n_classes):  # type: ignore[no-untyped-def]
    """The sample in the middle of a mu-law class."""
    mu = np.float32(n_classes - 1)
    companded = 2 * np.float32(k) / mu - _ONE
    magnitude = np.expm1(abs(companded) * np.log1p(mu)) / mu
    return magnitude if companded >= 0 else -magnitude


@numba.njit
def _draw(s, st, rule, draws, wav):  # type: ignore[no-untyped-def]
    """The next sample of every row, which is also the next input."""
    for row in range(s.n_rows):
        last = st.last[row * s.last_step : (row + 1) * s.last_step]
        if rule.kind == _MULAW:
            k = _draw_class(last, s.n_parameters, draws[row, 0], rule.temperature)
            signal = _expanded(k, s.n_parameters)
            st.past[row] = k
        else:
            if rule.kind == _GAUSSIAN:
                scale = np.exp(max(last[1], rule.min_log_scale))
                signal = last[0] + rule.temperature * scale * draws[row, 0]
            else:
                signal = _draw_logistics(last, draws[row], rule)
            signal = min(max(signal, -_ONE), _ONE)
            past = st.past[row * s.front : (row + 1) * s.front]
            for i in range(s.front - 1):
                past[i] = past[i + 1]
            past[s.front - 1] = signal
        st.wav[row] = signal / rule.gain + rule.preemphasis * st.wav[row]
        wav[row] = st.wav[row]


@_compiled
def _generate(s, w, st, rule, cond, draws, wav, seen):  # type: ignore[no-untyped-def]
    """Fill wav (N, R) and, if it is not empty, seen (N, R, P); time comes first in all arrays."""
    for n in range(len(wav)):
        step = n % AHEAD
        if step == 0:
            _condition(s, w, st, cond[n:].reshape(-1), min(AHEAD, len(wav) - n))
        _front(s, w, st)
        _copy(w.skip_bias, st.skip)
        for layer in range(s.n_layers):
            _layer(s, w, st, layer, st.clock[0], step)
        _head(s, w, st)
        if len(seen):
            for row in range(s.n_rows):
                last = row * s.last_step
                _copy(st.last[last : last + s.n_parameters], seen[n, row])
        _draw(s, st, rule, draws[n], wav[n])
        st.clock[0] += 1
