"""Batches: every utterance once, little padding, the same for the same seed and epoch."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tts.data.batching import LengthBuckets


def lengths(n: int = 2000) -> np.ndarray:
    return np.random.default_rng(0).integers(50, 900, n)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.integers(1, 300), min_size=0, max_size=60),
    st.integers(1, 500),
    st.integers(1, 9),
    st.integers(0, 3),
)
def test_every_utterance_once_and_within_bounds(lens, max_frames, max_utterances, epoch):
    batches = LengthBuckets(lens, max_frames, max_utterances, seed=1).epoch(epoch)
    assert sorted(i for batch in batches for i in batch) == list(range(len(lens)))
    for batch in batches:
        padded = len(batch) * max(lens[i] for i in batch)
        assert 1 <= len(batch) <= max_utterances
        assert padded <= max_frames or len(batch) == 1


def test_little_padding_and_full_batches():
    lens = lengths()
    batches = LengthBuckets(lens, 16_000, 64, seed=0).epoch(0)
    padded = [len(b) * lens[b].max() for b in batches]
    assert 1 - lens.sum() / sum(padded) < 0.05
    assert np.mean(padded) > 0.9 * 16_000


def test_depends_on_seed_and_epoch_alone():
    buckets = LengthBuckets(lengths(), 16_000, 64, seed=3)
    assert buckets.epoch(5) == LengthBuckets(list(lengths()), 16_000, 64, seed=3).epoch(5)
    assert buckets.epoch(5) != buckets.epoch(6)
    assert buckets.epoch(5) != LengthBuckets(lengths(), 16_000, 64, seed=4).epoch(5)
    companions = {frozenset(b) for b in buckets.epoch(5)} & {
        frozenset(b) for b in buckets.epoch(6)
    }
    assert len(companions) < 5


def test_batches_come_in_random_order_of_length():
    longest = [lengths()[b].max() for b in LengthBuckets(lengths(), 16_000, 64).epoch(0)]
    assert abs(np.corrcoef(longest, range(len(longest)))[0, 1]) < 0.4


@pytest.mark.parametrize("world", [2, 3, 8])
def test_shards_are_as_many_disjoint_and_alike(world):
    lens = lengths()
    buckets = LengthBuckets(lens, 16_000, 64, seed=0)
    shards = [buckets.shard(rank, world).epoch(2) for rank in range(world)]
    assert len({len(shard) for shard in shards}) == 1
    assert sorted(i for s in shards for b in s for i in b) == list(range(len(lens)))
    longest = np.array([[lens[b].max() for b in together] for together in zip(*shards)])
    assert np.median(longest.max(1) / longest.min(1)) < 1.3
    assert buckets.shard(0, 1).epoch(2) == buckets.epoch(2)


def test_shards_of_too_few_utterances_repeat_some():
    shards = [LengthBuckets([10, 20, 30], 5, 4).shard(rank, 2).epoch(0) for rank in range(2)]
    assert [len(s) for s in shards] == [2, 2]
    assert {i for s in shards for b in s for i in b} == {0, 1, 2}
    assert all(LengthBuckets([7], 9, 4).shard(rank, 4).epoch(0) == [[0]] for rank in range(4))
