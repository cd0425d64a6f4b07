"""When a run is over: after its last step, or when its dev score has not improved for a while."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch

from tts.train.parallel import in_any_process


@dataclass
class Patience:
    """The best score so far, and how many validations have passed without a better one.

    Attributes:
        limit: so many end the run; None never does.
    """

    limit: int | None
    best: float = math.inf
    n_worse: int = 0

    def is_better(self, score: float) -> bool:
        """Take a score into account; whether it is the best so far."""
        better = score < self.best
        self.best = min(self.best, score)
        self.n_worse = 0 if better else self.n_worse + 1
        return better

    @property
    def is_out(self) -> bool:
        """Whether the run is to end."""
        return self.limit is not None and self.n_worse >= self.limit

    def agree(self, device: torch.device) -> None:
        """Have the first process, which validates, tell the others."""
        if self.limit is not None and in_any_process(self.is_out, device):
            self.n_worse = self.limit

    def state(self) -> dict[str, Any]:
        """What a checkpoint keeps."""
        return {"best": self.best, "n_worse": self.n_worse}

    def take(self, state: dict[str, Any]) -> None:
        """Go on from what a checkpoint kept."""
        self.best, self.n_worse = state["best"], state.get("n_worse", 0)
