"""Alignment search as others call it: results, layouts, types, and what it refuses."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tts.errors import DataError
from tts.kernels import mas, mas_reference


def search(scores: torch.Tensor, **kwargs) -> torch.Tensor:
    """Durations of a batch without padding."""
    n_items, n_frames, n_tokens = scores.shape
    lens = torch.full((n_items,), n_tokens), torch.full((n_items,), n_frames)
    return mas.durations(scores, *lens, **kwargs)


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def reference(scores: torch.Tensor) -> list[list[int]]:
    return [mas_reference.durations(item).tolist() for item in scores.numpy()]


@given(
    n_frames=st.integers(1, 300), share=st.floats(0, 1), scale=st.sampled_from([0, 1, 1e3, 1e9]),
    seed=st.integers(0, 2**31),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_durations_are_a_monotonic_path_and_the_best_one(n_frames, share, scale, seed) -> None:
    n_tokens = max(1, int(share * n_frames))
    scores = scale * normal(1, n_frames, n_tokens, seed=seed).round(decimals=1)
    found = search(scores)
    assert found.dtype == torch.int64 and found.shape == (1, n_tokens)
    assert found.min() >= 1 and found.sum() == n_frames
    assert found.tolist() == reference(scores)


@given(shift=st.integers(-1000, 1000), seed=st.integers(0, 2**31))
@settings(max_examples=30, deadline=None)
def test_a_score_added_to_a_whole_frame_changes_nothing(shift, seed) -> None:
    scores = (16 * normal(2, 40, 9, seed=seed)).round()  # whole numbers: sums are exact
    moved = scores.clone()
    moved[:, 17] += shift
    assert search(moved).equal(search(scores))


def test_a_constant_matrix_gives_the_last_token_all_that_is_left() -> None:
    assert search(torch.full((2, 9, 4), -3.0)).tolist() == [[1, 1, 1, 6]] * 2


@pytest.mark.parametrize("n_frames", [1, 2, 3, 4, 5, 8, 129, 200])
def test_as_many_tokens_as_frames_get_one_each(n_frames: int) -> None:
    assert search(normal(2, n_frames, n_frames)).tolist() == [[1] * n_frames] * 2


@pytest.mark.parametrize("n_frames", [1, 2, 3, 4, 5, 8, 129, 200])
def test_a_single_token_gets_every_frame(n_frames: int) -> None:
    assert search(normal(2, n_frames, 1)).tolist() == [[n_frames]] * 2


def test_sums_far_below_minus_1e9_do_not_reach_forbidden_cells() -> None:
    scores = -1e9 + 1e7 * normal(2, 1500, 300)
    found = search(scores)
    assert found.min() >= 1 and found.tolist() == reference(scores)


def test_a_path_with_no_finite_score_is_still_a_path() -> None:
    found = search(torch.full((1, 12, 5), -torch.inf))
    assert found.min() >= 1 and found.sum() == 12


def test_an_item_does_not_depend_on_its_batch(make_scores) -> None:
    batch = make_scores(np.random.default_rng(3))
    together = mas.durations(batch.scores, batch.token_lens, batch.frame_lens)
    for i, row in enumerate(together):
        alone = search(torch.from_numpy(batch.item(i))[None])[0]
        assert row[: len(alone)].equal(alone) and not row[len(alone) :].any()


@pytest.mark.parametrize("layout", ["transposed", "sliced", "expanded", "every other frame"])
def test_any_layout_gives_the_same(layout: str) -> None:
    plain = normal(3, 70, 20)
    if layout == "transposed":
        scores = plain.transpose(1, 2).contiguous().transpose(1, 2)
    elif layout == "sliced":
        scores = torch.full((5, 80, 33), torch.nan)[1:4, 7:77, 5:25].copy_(plain)
    elif layout == "expanded":
        plain = plain[:1].repeat(3, 1, 1)
        scores = plain[:1].expand(3, 70, 20)
    else:
        scores = torch.full((3, 140, 20), torch.nan)[:, ::2].copy_(plain)
    assert not scores.is_contiguous()
    assert search(scores).tolist() == reference(plain)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_other_types_are_searched_in_float32(dtype: torch.dtype) -> None:
    scores = normal(2, 60, 20).to(dtype)
    assert search(scores).tolist() == reference(scores.float())


def test_scores_that_carry_a_gradient_and_stay_as_they_were() -> None:
    scores = normal(2, 30, 8).requires_grad_()
    before = scores.detach().clone()
    found = search(scores)
    assert not found.requires_grad and scores.detach().equal(before)


@pytest.mark.parametrize(
    ("n_tokens", "n_frames", "says"),
    [
        (8, 5, "8 tokens and 5 frames; alignment needs at least one frame for each token"),
        (0, 5, "0 tokens and 5 frames; alignment needs at least one of each"),
        (3, 0, "3 tokens and 0 frames; alignment needs at least one of each"),
    ],
)
def test_an_item_without_a_path_is_refused_by_name(n_tokens, n_frames, says) -> None:
    lens = torch.tensor([4, n_tokens, 9]), torch.tensor([10, n_frames, 2])
    with pytest.raises(DataError, match=f"^utterance LJ002 has {says}"):
        mas.durations(normal(3, 10, 9), *lens, names=["LJ001", "LJ002", "LJ003"])
    with pytest.raises(DataError, match=f"^item 1 of the batch has {says}"):
        mas.durations(normal(3, 10, 9), *lens)


@pytest.mark.parametrize("value", [torch.nan, torch.inf])
@pytest.mark.parametrize("frame", range(10, 19))
@pytest.mark.parametrize("token", [3, 5])
def test_scores_that_are_not_numbers_are_refused_by_name(value, frame, token) -> None:
    scores = normal(2, 30, 7)
    scores[1, frame, token] = value
    with pytest.raises(DataError, match=r"^utterance b has 7 tokens and 30 frames.*NaN"):
        search(scores, names=["a", "b"])


def test_lengths_beyond_the_scores_are_a_programmers_error() -> None:
    with pytest.raises(AssertionError, match="exceed scores"):
        mas.durations(normal(1, 10, 4), torch.tensor([4]), torch.tensor([11]))


@pytest.mark.gpu
@pytest.mark.parametrize("shape", [(32, 600, 100), (3, 700, 257), (2, 1500, 1000)])
def test_the_gpu_finds_what_the_cpu_finds(shape: tuple[int, int, int]) -> None:
    scores = normal(*shape).round(decimals=1)
    found = search(scores.cuda())
    assert found.is_cuda and found.cpu().equal(search(scores))
