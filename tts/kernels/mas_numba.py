"""Monotonic alignment search on the CPU.

The scores are read once, four frames at a time. The inner loop runs over the tokens and takes
each through its four frames in registers, carrying along what its left neighbour held one frame
earlier; the compiler makes vector code of that, without a branch. Of the table of best scores one
row is kept, and for each cell a bit that says where the path came from.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numba
import numpy as np
import torch
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

_INF = np.float32(np.inf)
_LINE = 16  # float32 values in a cache line
_TILE = 64  # tokens between two bursts of prefetching: longer bursts stall, shorter loops cost
_AHEAD = 16  # frames from where the scores are read to where they are prefetched
_SHARE = 1 << 22  # cells, half a millisecond, for which a further thread is worth its start
_inlined = numba.njit(inline="always")


def search(
    scores: torch.Tensor, token_lens: torch.Tensor, frame_lens: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Durations (B, L) int64, and which items were refused, (B,) bool.

    Large batches use as many threads as torch does, one item to a thread at a time.

    Args:
        scores: (B, T, L) float32 on the CPU; copied if the tokens are not contiguous.
        token_lens, frame_lens: (B,).
    """
    if scores.stride(-1) != 1:
        scores = _tokens_contiguous(scores)
    n_items, n_frames, n_tokens = scores.shape
    lens = torch.stack([token_lens, frame_lens], dim=1).long().numpy()
    found = np.zeros((n_items, n_tokens), dtype=np.int64)
    refused = np.zeros(n_items, dtype=np.bool_)
    strides = (scores.stride(0), scores.stride(1))
    args = (_storage(scores), strides, n_frames, lens, found, refused)
    n_threads = min(torch.get_num_threads(), n_items, 1 + scores.numel() // _SHARE)
    with ThreadPoolExecutor(n_threads) as pool:  # starts a thread for each job, none for none
        jobs = [pool.submit(_search, *args, i, n_threads) for i in range(1, n_threads)]
        _search(*args, 0, n_threads)
    for job in jobs:
        job.result()
    return torch.from_numpy(found), torch.from_numpy(refused)


def _tokens_contiguous(scores: torch.Tensor) -> torch.Tensor:
    copied = torch.empty(scores.shape)
    # Item by item: torch transposes one matrix in tiles, a batch of them value by value.
    for mine, theirs in zip(copied, scores, strict=True):
        mine.copy_(theirs)
    return copied


def _storage(scores: torch.Tensor) -> np.ndarray:
    """The memory that a tensor spans, from its first element to its last, as one flat array."""
    sizes = zip(scores.shape, scores.stride(), strict=True)
    return scores.as_strided((1 + sum((n - 1) * stride for n, stride in sizes),), (1,)).numpy()


def _compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile without the interpreter lock, kept on disk if a folder for that can be written."""
    try:
        return numba.njit(nogil=True, cache=True)(function)
    except RuntimeError:  # numba found no folder for its cache: compile anew in each process
        return numba.njit(nogil=True)(function)


@intrinsic
def _prefetch(_context: Any, array: Any, index: Any) -> Any:  # noqa: ARG001
    """Ask for the cache line of array[index], without waiting for it."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        start = context.make_array(signature.args[0])(context, builder, args[0]).data
        address = builder.gep(start, [args[1]])
        flag = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [address.type, flag, flag, flag])
        prefetch = builder.module.declare_intrinsic("llvm.prefetch", [address.type], kind)
        builder.call(prefetch, [address, flag(0), flag(3), flag(1)])  # to read, soon, as data
        return context.get_dummy_value()

    return types.void(array, types.intp), emit


@_inlined
def _step(stay, left, score, flag):  # type: ignore[no-untyped-def]
    """The best score of a cell, and its flag if the path came from the token on the left."""
    moved = stay < left
    return score + (left if moved else stay), (flag if moved else np.uint8(0))


@_inlined
def _forward(scores, stride, n_tokens, n_frames, best, came):  # type: ignore[no-untyped-def]
    """Run the recursion over one item, leaving its directions in `came`, one bit a frame.

    The last block repeats the last frame until it is full. That spoils `best`, which by then only
    serves the check for NaN, and sets bits of frames that do not exist. Cells that no path from
    the start reaches come out as -inf by themselves; cells that cannot reach the end are skipped.
    """
    best[:] = -_INF
    last = n_frames - 1
    for t in range(0, n_frames, 4):
        low, high = max(0, n_tokens + t - n_frames), min(t + 4, n_tokens)
        # The path enters the first token from outside.
        left0 = best[low - 1] if low > 0 else np.float32(0) if t == 0 else -_INF
        left1 = left2 = left3 = -_INF
        row0, row1 = t * stride, min(t + 1, last) * stride
        row2, row3 = min(t + 2, last) * stride, min(t + 3, last) * stride
        for start in range(low, high, _TILE):
            for frame in range(t + _AHEAD, t + _AHEAD + 4):
                for token in range(start, min(start + _TILE, high), _LINE):
                    _prefetch(scores, frame * stride + token)
            end = min(start + _TILE, high)
            row, bits = best[start:end], came[t >> 2, start:end]
            s0, s1 = scores[row0 + start : row0 + end], scores[row1 + start : row1 + end]
            s2, s3 = scores[row2 + start : row2 + end], scores[row3 + start : row3 + end]
            for i in range(end - start):
                q0 = row[i]
                q1, b0 = _step(q0, left0, s0[i], np.uint8(1))
                q2, b1 = _step(q1, left1, s1[i], np.uint8(2))
                q3, b2 = _step(q2, left2, s2[i], np.uint8(4))
                row[i], b3 = _step(q3, left3, s3[i], np.uint8(8))
                left0, left1, left2, left3 = q0, q1, q2, q3
                bits[i] = b0 | b1 | b2 | b3


@_compiled
def _search(scores, strides, n_frames, lens, found, refused, first, step):  # type: ignore[no-untyped-def]
    """Search items first, first + step, …; fill their rows of `found` and `refused`."""
    n_items, n_tokens = found.shape
    came = np.empty((n_frames // 4 + 1, n_tokens), np.uint8)
    best = np.empty(n_tokens, np.float32)
    for item in range(first, n_items, step):
        n, m = lens[item]
        if not 1 <= n <= m or n > n_tokens or m > n_frames:
            refused[item] = True
            continue
        _forward(scores[item * strides[0] :], strides[1], n, m, best, came)
        # NaN and +inf stay in their column: neither is ever less than what would replace it.
        for token in range(n):
            refused[item] |= not (best[token] < _INF)
        end, t = m, m - 1
        for token in range(n - 1, 0, -1):
            while t > token and not (came[t >> 2, token] >> (t & 3)) & 1:
                t -= 1
            found[item, token] = end - t
            end, t = t, t - 1
        found[item, 0] = end
