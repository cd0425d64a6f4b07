"""A model along utterances: what it is given depends on the utterance alone, bit for bit."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch

from tts.contracts import Window
from tts.nn import stepwise
from tts.nn.conv import fold
from tts.nn.stepwise import BLOCK_FRAMES, along, steady_block
from tts.nn.upsample import Upsampling, build_upsampler

HOP, C = 12, 5
KINDS = ("transposed", "stretch", "direct")


@pytest.fixture(params=KINDS)
def upsampler(request: pytest.FixtureRequest) -> torch.nn.Module:
    return fold(build_upsampler(Upsampling(kind=request.param), C, HOP)).requires_grad_(False)


def test_blocks_are_the_upsampled_utterance(upsampler: torch.nn.Module) -> None:
    frames = torch.randn(C, 3 * BLOCK_FRAMES - 5)
    whole = upsampler(frames[None])[0]
    starts = range(0, 3 * BLOCK_FRAMES, BLOCK_FRAMES)
    made = torch.cat([steady_block(upsampler, frames, 0, start) for start in starts], 1)
    torch.testing.assert_close(made[:, : whole.shape[1]], whole, atol=1e-6, rtol=1e-5)
    assert made[:, whole.shape[1] :].abs().max() == 0


def test_a_block_does_not_know_what_lies_outside_its_context(upsampler: torch.nn.Module) -> None:
    frames, context = torch.randn(C, 4 * BLOCK_FRAMES), upsampler.context_frames
    begin, wanted = BLOCK_FRAMES, slice(3 * HOP, 7 * HOP)
    whole = steady_block(upsampler, frames, 0, begin)[:, wanted]
    first, end = begin + 3 - context, begin + 7 + context
    run = steady_block(upsampler, frames[:, first:end], first, begin)[:, wanted]
    assert torch.equal(run, whole)


class Counter:
    """A generator whose samples are a running sum of all it was given."""

    def __init__(self, n_rows: int) -> None:
        self.total = torch.zeros(n_rows)
        self.widths: list[int] = []

    @property
    def n_rows(self) -> int:
        return len(self.total)

    def run(self, cond: torch.Tensor, draws: torch.Tensor) -> torch.Tensor:
        self.widths.append(len(cond))
        sums = (cond.sum(2) + draws.sum(2)).cumsum(1) + self.total[:, None]
        self.total = sums[:, -1]
        return sums

    def keep(self, rows: Sequence[int]) -> None:
        self.total = self.total[list(rows)]


def run_along(lens: list[int], window: Window) -> tuple[torch.Tensor, Window]:
    """A run of rows whose frames are numbered by their place in the utterance."""

    def given(row: int, frame: int) -> torch.Tensor:
        numbers = torch.arange(frame * HOP, (frame + BLOCK_FRAMES) * HOP).float()
        return (row + 1) * numbers[:, None]

    def draws(rows: Sequence[int], low: int, high: int) -> torch.Tensor:
        return torch.ones(len(rows), (high - low) * HOP, 2)

    return along(lambda: Counter(len(lens)), given, draws, lens, HOP, window), window


def expected(row: int, n_frames: int) -> torch.Tensor:
    return ((row + 1) * torch.arange(n_frames * HOP).float() + 2).cumsum(0)


def test_rows_end_one_by_one() -> None:
    lens = [40, 3, 17]
    made, window = run_along(lens, Window())
    assert made.shape == (3, 40 * HOP)
    for row, n_frames in enumerate(lens):
        torch.testing.assert_close(made[row, : n_frames * HOP], expected(row, n_frames))
        assert (made[row, n_frames * HOP :] == 0).all()
    assert window.state["generator"].widths == [3, 2, 1]


def test_pieces_follow_one_another() -> None:
    state: dict = {}
    whole, _ = run_along([50], Window())
    pieces = []
    for start, end in ((0, 7), (7, 16), (16, 33), (33, 50)):
        context = min(start, 4)
        window = Window(start - context, context, context + end - start, state)
        pieces.append(run_along([50 - start + context], window)[0])
    assert torch.equal(torch.cat(pieces, 1), whole)
    with pytest.raises(AssertionError, match="follow one another"):
        run_along([50], Window(0, 0, 5, state))
    with pytest.raises(AssertionError, match="follow one another"):
        run_along([50], Window(3, 4, 5, {}))


def test_what_takes_long_shows_its_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list = []

    class Bar:
        def __init__(self, **options: object) -> None:
            seen.append(options)

        def __enter__(self) -> Bar:
            return self

        def __exit__(self, *_: object) -> None:
            seen.append("closed")

        def update(self, n: int) -> None:
            seen.append(n)

    monkeypatch.setattr(stepwise, "tqdm", Bar)
    run_along([40, 3], Window())
    options, *steps = seen
    assert options["total"] == 40 and options["delay"] == stepwise.SLOW_S
    assert options["disable"] is None, "no bar where nobody looks"
    assert steps == [16, 16, 8, "closed"]


def test_nothing_to_make() -> None:
    assert run_along([0, 0], Window())[0].shape == (2, 0)
