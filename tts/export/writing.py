"""Graphs written as ONNX files, and held against torch; and their weights in eight bits."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from tts.errors import ConfigError
from tts.export import eight_bits
from tts.export.graphs import Graph
from tts.export.packages import need

OPSET = 20
EXAMPLE = 9  # tokens or frames of the example that is traced
LENGTHS = ((3, 1), (20, 2), (90, 1))  # lengths and rows that every graph is checked at
TOLERANCE = 1e-3  # of the largest difference from torch, relative to the largest number
MIN_SNR_DB = 30.0  # of what a graph in eight bits says, or it stays in float32


@dataclass(frozen=True)
class Check:
    """One graph against torch, or against itself in float32.

    Attributes:
        differences: the largest from torch, in float32, by length.
        bits: of the weights of its layers.
        snr_db: how far below the whole lies what eight bits change, where they were asked for.
    """

    differences: dict[int, float]
    bits: int = 32
    snr_db: float | None = None


def write(graph: Graph, path: Path) -> Check:
    """Write a graph, and hold it against torch at three lengths.

    Raises:
        ConfigError: a package is missing, or the graph does not say what torch says.
    """
    need("onnxscript")
    torch.manual_seed(0)
    example = graph.example(EXAMPLE)
    axes = {
        name: {place: axis for place, axis in enumerate(sizes) if axis}
        for name, sizes in graph.inputs.items()
    }
    with _quiet():
        program = torch.onnx.export(
            graph,
            (),
            kwargs=example,
            input_names=list(example),
            output_names=list(graph.outputs),
            dynamic_shapes=axes,
            dynamo=True,
            opset_version=OPSET,
            verbose=False,
        )
        program.save(path, external_data=False)
    session, differences = open_graph(path), {}
    for length, n_rows in LENGTHS:
        given = graph.example(length, n_rows)
        differences[length] = _largest_difference(graph, session, given)
    return Check(differences)


def open_graph(path: Path) -> Any:
    """An onnxruntime session on one thread of the CPU."""
    runtime = need("onnxruntime")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return runtime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def run_graph(session: Any, given: dict[str, torch.Tensor]) -> list[np.ndarray]:
    """What a graph makes of inputs by name."""
    return session.run(None, {name: tensor.numpy() for name, tensor in given.items()})


@torch.no_grad()
def _largest_difference(graph: Graph, session: Any, given: dict[str, torch.Tensor]) -> float:
    expected = graph(**given)
    expected = expected if isinstance(expected, tuple) else (expected,)
    largest = 0.0
    for name, ours, theirs in zip(graph.outputs, expected, run_graph(session, given)):
        same_shape = tuple(ours.shape) == theirs.shape
        apart = float(np.abs(ours.numpy() - theirs).max()) if same_shape else float("inf")
        if not apart <= TOLERANCE * max(1.0, float(ours.abs().max())):
            raise ConfigError(
                f"export: {name} of the graph is {apart:.2g} from torch's, of shape "
                f"{theirs.shape} against {tuple(ours.shape)}; the model cannot be exported"
            )
        largest = max(largest, apart)
    return largest


def quantise(graph: Graph, path: Path, check: Check) -> Check:
    """Store the weights of a graph's layers in eight bits, where that keeps its quality.

    They become float32 again when the graph is loaded, so that it is a quarter of the size and as
    fast as before. A graph whose output would change too much stays as it is.

    Activations stay in float32: with those of a Vocos in eight bits too, its matrix products made
    it a seventh faster, and its samples 2 dB worse.
    """
    small = path.with_suffix(".int8.onnx")
    eight_bits.convert(path, small)
    snr_db = _kept_db(graph, open_graph(path), open_graph(small))
    if snr_db < MIN_SNR_DB:
        small.unlink()
        return Check(check.differences, snr_db=snr_db)
    small.replace(path)
    return Check(check.differences, 8, snr_db)


def _kept_db(graph: Graph, exact: Any, small: Any) -> float:
    """The lowest signal-to-noise ratio of any output of real numbers, over the lengths."""
    found = []
    for length, n_rows in LENGTHS:
        given = graph.example(length, n_rows)
        for a, b in zip(run_graph(exact, given), run_graph(small, given)):
            if a.dtype == np.float32:  # a duration is now and then another
                noise = max(np.square(a - b).sum(dtype=float), 1e-30)
                found.append(10 * np.log10(np.square(a).sum(dtype=float) / noise))
    return float(min(found))


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without what the exporter tells about packages that it does not find."""
    disabled = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(disabled)
