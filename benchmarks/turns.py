"""Contenders timed in turns, in one process: what the other scripts share.

Neighbours shift the speed of a machine from minute to minute, so each round times every contender
once, in turning order, and ratios are taken within a round. Times are of the processor, which
counts less of what the neighbours do; with one thread that is the time a user waits.
"""

from __future__ import annotations

import importlib.util
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from typing import Any

import torch


def load_peers(file: Path) -> Any:
    """The module in a Python file that runs other people's code.

    Raises:
        SystemExit: it is no Python file.
    """
    sys.path.insert(0, str(file.resolve().parent))  # what it imports may lie beside it
    spec = importlib.util.spec_from_file_location("peers", file)
    if not file.is_file() or spec is None or spec.loader is None:
        sys.exit(f"{file} is no Python file; see docs/benchmarks.md")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def timed(turns: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Seconds of processor time, by contender, one for each round, after a warm-up."""
    taken: dict[str, list[float]] = {name: [] for name in turns}
    order = list(turns)
    for run in turns.values():
        run()
    for _ in range(rounds):
        for name in order:
            start = time.process_time()
            turns[name]()
            taken[name].append(time.process_time() - start)
        order = order[1:] + order[:1]
    return taken


def times_as_fast(taken: Mapping[str, list[float]], name: str, reference: str) -> float:
    """The reference's time over another's, median over the rounds."""
    return median(a / b for a, b in zip(taken[reference], taken[name], strict=True))


def snr_db(reference: torch.Tensor, other: torch.Tensor) -> float:
    """Variance of the reference over that of the difference."""
    return float(10 * torch.log10(reference.var() / (reference - other).var()))
