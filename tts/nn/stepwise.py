"""Taking an autoregressive model along utterances: block by block, rows ending one by one.

The same samples come out, to the last bit, whatever else is in the batch and into however many
pieces an utterance is cut. A model that feeds its samples back needs that: the slightest
difference grows. So whatever a generator is given must not depend on how much is asked for at
once. Convolutions do, since they round differently in tensors of different shapes; here frames are
upsampled one row and one block at a time, in tensors of one shape, on a grid that is fixed to the
utterance.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from tqdm import tqdm

from tts.contracts import Window
from tts.kernels.wavenet import Generator

BLOCK_FRAMES = 16  # of the grid; the context around a block is upsampled again for the next
SLOW_S = 2.0  # what takes longer shows its progress


def along(
    begin: Callable[[], Generator],
    given: Callable[[int, int], torch.Tensor],
    draws: Callable[[Sequence[int], int, int], torch.Tensor],
    frame_lens: Sequence[int],
    hop: int,
    window: Window,
) -> torch.Tensor:
    """The wanted samples of each row of a run of frames, (B, n_wanted * hop), zero past its end.

    Args:
        begin: makes the generator of all rows, before the first sample.
        given: takes a row and the first frame, in the utterance, of a block of the grid; returns
            its conditioning, (BLOCK_FRAMES * hop, C').
        draws: takes rows, and a first and last frame of the run; returns random numbers,
            (R, N, n_draws).
        frame_lens: of the rows of the run.
        window: the run's place; its state holds the generator from piece to piece.
    """
    first, start, state = window.first, window.start, window.state
    end = max(frame_lens) if window.end is None else window.end
    if not state:
        state.update(generator=begin(), rows=list(range(len(frame_lens))), next=0)
    assert state["next"] == first + start, "pieces must follow one another from the beginning"
    made: list[torch.Tensor] = []
    with tqdm(total=end - start, unit="frame", delay=SLOW_S, leave=False, disable=None) as bar:
        for block in range((first + start) // BLOCK_FRAMES, -(-(first + end) // BLOCK_FRAMES)):
            grid = block * BLOCK_FRAMES - first  # where in the run the block begins
            low, high = max(grid, start), min(grid + BLOCK_FRAMES, end)
            rows = _still_going(state, frame_lens, low)
            wav = torch.zeros(len(frame_lens), (high - low) * hop)
            if rows:
                within = slice((low - grid) * hop, (high - grid) * hop)
                cond = torch.stack([given(row, grid + first)[within] for row in rows])
                wav[rows] = state["generator"].run(cond, draws(rows, low, high)).cpu()
            made.append(wav)
            bar.update(high - low)
    state["next"] = first + end
    whole = torch.cat(made, 1) if made else torch.zeros(len(frame_lens), 0)
    for row, n_frames in enumerate(frame_lens):
        whole[row, max(0, n_frames - start) * hop :] = 0
    return whole


def _still_going(state: dict[str, Any], frame_lens: Sequence[int], frame: int) -> list[int]:
    """The rows that have a frame there; the generator goes on with no others."""
    rows = [row for row in state["rows"] if frame_lens[row] > frame]
    if rows and rows != state["rows"]:
        state["generator"].keep([state["rows"].index(row) for row in rows])
        state["rows"] = rows
    return rows


def steady_block(upsampler: Any, row: torch.Tensor, first: int, begin: int) -> torch.Tensor:
    """What a block of an utterance is upsampled to, (C, BLOCK_FRAMES * hop).

    Args:
        upsampler: of `tts.nn.upsample`.
        row: frames (C, T), from the utterance's `first` on. They hold the block's wanted frames
            with the upsampler's context around them, or what there is of it in the utterance.
        begin: the block's first frame in the utterance.
    """
    context = upsampler.context_frames
    low = max(0, begin - context)
    frames = row.new_zeros(1, len(row), begin + BLOCK_FRAMES + context - low)
    start, end = max(low, first), min(low + frames.shape[2], first + row.shape[1])
    frames[0, :, start - low : end - low] = row[:, start - first : end - first]
    whole = upsampler(frames, torch.tensor([end - low], device=row.device))[0]
    hop = whole.shape[1] // frames.shape[2]
    return whole[:, (begin - low) * hop :][:, : BLOCK_FRAMES * hop]
