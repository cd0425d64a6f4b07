"""How long our alignment search takes, beside the public implementation if that is installed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any, Literal

import numpy as np
import torch

from tts.kernels import mas


def bench_mas(
    shape: tuple[int, int, int] = (32, 256, 2048),
    repeats: int = 15,
    threads: int = 1,
    peer: Literal["kernel", "call"] = "kernel",
) -> dict[str, Any]:
    """Time alignment search on the CPU, from scores to durations, against monotonic-align's.

    The two take turns on the same random scores, and each repeat begins by writing the peer's
    buffers anew, so that neither finds its input in the cache because it has just read it.

    Args:
        shape: items, tokens, frames.
        threads: what torch may use; the peer has one.
        peer: its compiled kernel alone, on arrays made beforehand, or its whole public call.
    Returns:
        `shape`, medians `ours_ms` and `peer_ms`, and `ratio`, the median of theirs over ours; the
        last two are None when monotonic-align is not installed.
    """
    n_items, n_tokens, n_frames = shape
    assert 1 <= n_tokens <= n_frames and min(n_items, repeats, threads) > 0, (shape, repeats)
    scores = torch.randn(n_items, n_frames, n_tokens, generator=torch.Generator().manual_seed(0))
    token_lens = torch.full((n_items,), n_tokens)
    frame_lens = torch.full((n_items,), n_frames)
    theirs = _peer(scores, token_lens, frame_lens, peer)
    with torch_threads(threads):
        found = mas.durations(scores, token_lens, frame_lens)  # and compile
        if theirs is not None:
            prepare, run = theirs
            prepare()
            assert np.array_equal(run().sum(1), found), "the peer found another alignment"
        ours_ms, peer_ms = [], []
        for _ in range(repeats):
            if theirs is not None:
                prepare()
                peer_ms.append(_time_ms(run))
                prepare()
            ours_ms.append(_time_ms(lambda: mas.durations(scores, token_lens, frame_lens)))
    return {
        "shape": list(shape),
        "ours_ms": median(ours_ms),
        "peer_ms": median(peer_ms) if peer_ms else None,
        "ratio": median(b / a for a, b in zip(ours_ms, peer_ms)) if peer_ms else None,
    }


def _peer(
    scores: torch.Tensor, token_lens: torch.Tensor, frame_lens: torch.Tensor, which: str
) -> tuple[Callable[[], None], Callable[[], Any]] | None:
    """What readies the peer's buffers, and what searches, giving its path (B, T, L)."""
    try:
        from monotonic_align import maximum_path
        from monotonic_align.core import maximum_path_c
    except ImportError:
        return None
    values, path = np.empty(scores.shape, np.float32), np.empty(scores.shape, np.int32)
    lens = frame_lens.int().numpy(), token_lens.int().numpy()
    mask = torch.ones_like(scores)

    def prepare() -> None:
        values[:] = scores.numpy()  # its kernel leaves its sums there
        path[:] = 0

    def kernel() -> np.ndarray:
        maximum_path_c(path, values, *lens)
        return path

    def call() -> np.ndarray:
        return maximum_path(scores, mask).numpy()

    return prepare, kernel if which == "kernel" else call


def _time_ms(run: Callable[[], Any]) -> float:
    start = time.perf_counter()
    run()
    return 1000 * (time.perf_counter() - start)


@contextmanager
def torch_threads(n: int) -> Iterator[None]:
    """Let torch use so many threads inside."""
    before = torch.get_num_threads()
    torch.set_num_threads(n)
    try:
        yield
    finally:
        torch.set_num_threads(before)
