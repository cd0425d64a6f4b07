"""Random padded batches to align."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch


@dataclass(frozen=True)
class Scores:
    """A batch whose padding is poison."""

    scores: torch.Tensor
    token_lens: torch.Tensor
    frame_lens: torch.Tensor

    def item(self, i: int) -> np.ndarray:
        """One item's own rectangle, (T_i, L_i)."""
        return self.scores[i, : self.frame_lens[i], : self.token_lens[i]].numpy()


@pytest.fixture
def make_scores():
    """Makes 1 to 4 items of up to 90 frames, with or without ties, NaN and inf in the padding."""

    def make(rng: np.random.Generator, ties: bool = False) -> Scores:
        n_items, n_frames = int(rng.integers(1, 5)), int(rng.integers(1, 91))
        frame_lens = rng.integers(1, n_frames + 1, n_items)
        frame_lens[0] = n_frames
        token_lens = rng.integers(1, frame_lens + 1)
        shape = (n_items, n_frames, int(token_lens.max()) + int(rng.integers(0, 20)))
        scores = rng.normal(-100, 8, shape).astype(np.float32)
        if ties:
            scores = np.round(scores / 8)
        for i in range(n_items):
            scores[i, frame_lens[i] :] = np.nan
            scores[i, :, token_lens[i] :] = np.inf
        lens = torch.from_numpy(token_lens), torch.from_numpy(frame_lens)
        return Scores(torch.from_numpy(scores), *lens)

    return make
