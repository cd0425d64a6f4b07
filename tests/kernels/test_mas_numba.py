"""The CPU kernel against the reference and against the public implementation."""

import numba
import numpy as np
import pytest
import torch

from tts.kernels import mas_numba, mas_reference


@pytest.mark.parametrize("ties", [False, True])
def test_it_agrees_with_the_reference_and_reads_no_padding(make_scores, ties: bool) -> None:
    rng = np.random.default_rng(11)
    for _ in range(200):
        batch = make_scores(rng, ties)
        found, refused = mas_numba.search(batch.scores, batch.token_lens, batch.frame_lens)
        assert not refused.any()
        for i, row in enumerate(found.numpy()):
            expected = mas_reference.durations(batch.item(i))
            assert row[: len(expected)].tolist() == expected.tolist()
            assert not row[len(expected) :].any()


@pytest.mark.parametrize("ties", [False, True])
def test_it_agrees_with_monotonic_align(make_scores, ties: bool) -> None:
    core = pytest.importorskip(
        "monotonic_align.core", reason="monotonic-align is not installed (extra `oracle`)"
    )
    rng = np.random.default_rng(12)
    for _ in range(200):
        batch = make_scores(rng, ties)
        found, _ = mas_numba.search(batch.scores, batch.token_lens, batch.frame_lens)
        path = np.zeros(batch.scores.shape, np.int32)
        lens = batch.frame_lens.int().numpy(), batch.token_lens.int().numpy()
        core.maximum_path_c(path, batch.scores.numpy().copy(), *lens)
        assert found.tolist() == path.sum(1).tolist()


def test_a_refused_item_leaves_the_others_as_they_are() -> None:
    scores = torch.zeros(4, 10, 6)
    scores[2, 4, 2] = torch.nan
    lens = torch.tensor([6, 6, 6, 2]), torch.tensor([10, 5, 10, 4])
    found, refused = mas_numba.search(scores, *lens)
    assert refused.tolist() == [False, True, True, False]
    assert found[0].tolist() == [1, 1, 1, 1, 1, 5] and found[3].tolist() == [1, 3, 0, 0, 0, 0]


def test_lengths_of_any_integer_type() -> None:
    scores = torch.zeros(1, 10, 3)
    for dtype in (torch.int32, torch.int16, torch.int64):
        lens = torch.tensor([3], dtype=dtype), torch.tensor([10], dtype=dtype)
        assert mas_numba.search(scores, *lens)[0].tolist() == [[1, 1, 8]]


def test_threads_agree(make_scores, monkeypatch) -> None:
    monkeypatch.setattr(mas_numba, "_SHARE", 1)
    rng = np.random.default_rng(14)
    n_threads = torch.get_num_threads()
    try:
        for _ in range(10):
            batch = make_scores(rng)
            args = batch.scores, batch.token_lens, batch.frame_lens
            torch.set_num_threads(1)
            one = mas_numba.search(*args)[0]
            torch.set_num_threads(3)
            assert mas_numba.search(*args)[0].equal(one)
    finally:
        torch.set_num_threads(n_threads)


def test_it_compiles_where_no_cache_can_be_written(monkeypatch) -> None:
    compile_as_told = numba.njit

    def njit(*args, cache=False, **kwargs):
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return compile_as_told(*args, **kwargs)

    monkeypatch.setattr(numba, "njit", njit)
    assert mas_numba._compiled(lambda x: x + 1)(1) == 2
