"""Monotonic alignment search on the GPU, in Triton.

One program searches one item: its lanes are the tokens, its loop the frames. The shift by one
token between two frames is a `gather`, and the compiler synchronises the warps it crosses, so any
number of warps is safe. Directions go to memory as words of 32 frames, over which the same program
walks back, counting the frames of each token. Needs Triton 3.2.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl

_WORD = 32  # frames whose directions share one int32


def search(
    scores: torch.Tensor, token_lens: torch.Tensor, frame_lens: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Durations (B, L) int64, and which items were refused, (B,) bool, both on scores' device.

    Args:
        scores: (B, T, L) float32; copied if the tokens are not contiguous.
        token_lens, frame_lens: (B,).
    """
    if scores.stride(-1) != 1:
        scores = scores.contiguous()
    n_items, n_frames, n_tokens = scores.shape
    found = torch.empty((n_items, n_tokens), dtype=torch.int64, device=scores.device)
    refused = torch.empty(n_items, dtype=torch.bool, device=scores.device)
    n_words = triton.cdiv(n_frames, _WORD)
    came = torch.empty((n_items, n_words, n_tokens), dtype=torch.int32, device=scores.device)
    block = triton.next_power_of_2(n_tokens)
    with torch.cuda.device_of(scores):
        _search[(n_items,)](
            *(scores, scores.stride(0), scores.stride(1), n_frames, n_tokens, n_words),
            *(token_lens.to(scores.device), frame_lens.to(scores.device)),
            *(came, found, refused),
            WORD=_WORD,
            BLOCK=block,
            num_warps=min(8, max(1, block // 128)),
        )
    return found, refused


@triton.jit
def _search(  # type: ignore[no-untyped-def]
    scores,
    item_stride,
    frame_stride,
    n_frames,
    n_tokens,
    n_words,
    token_lens,
    frame_lens,
    came,
    found,
    refused,
    WORD: tl.constexpr,
    BLOCK: tl.constexpr,
):
    """Search one item: run the recursion, then walk back."""
    item = tl.program_id(0).to(tl.int64)
    scores += item * item_stride
    came += item * n_words * n_tokens
    n = tl.load(token_lens + item).to(tl.int32)
    m = tl.load(frame_lens + item).to(tl.int32)
    bad = (n < 1) | (n > m) | (n > n_tokens) | (m > n_frames)
    m = tl.where(bad, 0, m)  # a refused item reads nothing
    token = tl.arange(0, BLOCK)
    left_of = tl.maximum(token - 1, 0)

    best = tl.where(token == 0, 0.0, -float("inf"))  # the path enters the first token from outside
    words = tl.zeros([BLOCK], tl.int32)
    for t in tl.range(0, m, num_stages=4):
        # Only cells that the start reaches and that reach the end; -inf closes the others.
        within = (token <= t) & (token >= n + t - m) & (token < n)
        score = tl.load(scores + t * frame_stride + token, mask=within, other=-float("inf"))
        left = tl.gather(best, left_of, 0)
        # A token with as many frames before it as tokens must be left, whatever the scores.
        moved = (token > 0) & ((best < left) | (token == t))
        best = score + tl.where(moved, left, best)
        words |= moved.to(tl.int32) << (t % WORD)
        full = (t % WORD == WORD - 1) | (t == m - 1)
        word_row = came + (t // WORD) * n_tokens
        tl.store(word_row + token, words, mask=(token < n) & full)
        words = tl.where(full, 0, words)
    # NaN and +inf stay in their column: neither is ever less than what would replace it.
    bad |= tl.max(((token < n) & ~(best < float("inf"))).to(tl.int32), 0) > 0
    tl.debug_barrier()  # every lane's words are in memory before any lane reads them

    counts = tl.zeros([BLOCK], tl.int64)
    at = n - 1
    for back in range(0, m):
        t = m - 1 - back
        counts += (token == at).to(tl.int64)
        word = tl.load(came + (t // WORD) * n_tokens + at)
        at -= (word >> (t % WORD)) & 1
    tl.store(found + item * n_tokens + token, counts, mask=token < n_tokens)
    tl.store(refused + item, bad)
