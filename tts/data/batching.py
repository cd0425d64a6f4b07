"""Batches of utterances of like length: a pure function of lengths, a seed and the epoch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Batches = list[list[int]]

# Lengths are compared after a random stretch of up to this much, so that each epoch has other
# batches; it bounds the padding as well.
_JITTER = 0.03


class LengthBuckets:
    """Which utterances make up the batches of an epoch.

    A batch holds at most `max_utterances`, and at most `max_frames` frames with its padding
    counted; an utterance longer than that is a batch of its own.

    Args:
        lengths: frames (or any other cost) of each utterance.
        max_frames: bound on number of utterances times longest.
        max_utterances: bound on the number of utterances.
        seed: decides, with the epoch, the batches and their order.
    """

    def __init__(
        self,
        lengths: Sequence[int] | np.ndarray,
        max_frames: int,
        max_utterances: int,
        seed: int = 0,
        *,
        rank: int = 0,
        world: int = 1,
    ) -> None:
        assert max_frames > 0 and max_utterances > 0, "a batch needs room for an utterance"
        assert 0 <= rank < world, f"rank {rank} of {world}"
        self.lengths = np.asarray(lengths, dtype=np.int64)
        self.max_frames, self.max_utterances, self.seed = max_frames, max_utterances, seed
        self.rank, self.world = rank, world

    def shard(self, rank: int, world: int) -> LengthBuckets:
        """The same batches dealt out to `world` processes: as many to each, of like length.

        To come out even, batches are halved; only where there are fewer utterances than processes,
        or none that can be halved, do some come twice.
        """
        return LengthBuckets(
            self.lengths, self.max_frames, self.max_utterances, self.seed, rank=rank, world=world
        )

    def epoch(self, k: int) -> Batches:
        """Batches of epoch k, as indices into the lengths."""
        if not len(self.lengths):
            return []
        rng = np.random.default_rng((self.seed, k))
        stretch = rng.uniform(1 - _JITTER, 1 + _JITTER, len(self.lengths))
        batches = self._fill(np.argsort(self.lengths * stretch, kind="stable"))
        batches = _make_divisible(batches, self.world)
        rounds = [batches[i : i + self.world] for i in range(0, len(batches), self.world)]
        return [rounds[i][self.rank] for i in rng.permutation(len(rounds))]

    def _fill(self, order: np.ndarray) -> Batches:
        """Cut the utterances, in this order, into batches as large as they may be."""
        batches: Batches = []
        longest = 0
        for index in order.tolist():
            length = int(self.lengths[index])
            longest = max(longest, length)
            if batches and self._fits(len(batches[-1]) + 1, longest):
                batches[-1].append(index)
            else:
                batches.append([index])
                longest = length
        return batches

    def _fits(self, n_utterances: int, longest: int) -> bool:
        return n_utterances <= self.max_utterances and n_utterances * longest <= self.max_frames


def _make_divisible(batches: Batches, world: int) -> Batches:
    """Halve the largest batches, in their place, until `world` divides their number."""
    batches = list(batches)
    while len(batches) % world:
        largest = max(range(len(batches)), key=lambda i: len(batches[i]))
        batch = batches[largest]
        half = len(batch) // 2
        batches[largest : largest + 1] = [batch[:half], batch[half:]] if half else [batch, batch]
    return batches
