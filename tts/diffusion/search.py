"""Search for the best schedule of a given length, by a score of what it makes.

The paper tries every beta_n = m * 10^e with m of 1..9 and one exponent e for each of six steps,
from -6 to -1: 9^6 schedules. Here a budget says how many are tried: the given starts, then random
ones of that grid; then the best is improved by raising and lowering one beta at a time (of a long
schedule: a group of neighbours), in factors that shrink.

References:
    WaveGrad (Chen et al., 2020), appendix B, as far as remembered: the grid.
        https://arxiv.org/abs/2009.00713
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from tts.diffusion.schedules import Schedule

GRID_EXPONENTS = (-6.0, -1.0)  # of ten, for the first and the last step
RANDOM_PART = 0.3  # of the budget, at most, goes to random schedules
FACTORS = (10**0.5, 10**0.2, 10**0.08)  # by which refinement raises and lowers a beta
N_GROUPS = 6  # of betas that move together: each its own in a schedule of six steps
LARGEST = 0.999  # of any beta
N_DIGITS = 3  # of every beta that is tried

Score = Callable[[Schedule], float]  # less is better


@dataclass(frozen=True)
class Found:
    """The best schedule so far.

    Attributes:
        score: its score; start_score: that of the first start.
        n_tried: schedules that have been scored.
    """

    schedule: Schedule
    score: float
    start_score: float
    n_tried: int


def search(
    score: Score,
    starts: Sequence[Schedule],
    *,
    budget: int = 150,
    seed: int = 0,
    progress: Callable[[Found], None] | None = None,
) -> Found:
    """The schedule of least score; all that are tried have as many steps as the starts.

    Args:
        score: of one schedule; one that is not a number counts as the worst.
        starts: schedules to begin with, at least one.
        budget: how many schedules may be scored, at least one.
        seed: of the random ones.
        progress: told the best so far after each.
    """
    assert starts and budget > 0, "a search needs a start and a budget"
    assert len({start.n_steps for start in starts}) == 1, "starts of one length"
    trials = _Trials(score, starts[0], budget, progress)
    for start in starts[1:]:
        trials.improves(start)
    random_ones = _of_grid(starts[0].n_steps, random.Random(seed))
    for _ in range(round(RANDOM_PART * budget)):
        trials.improves(next(random_ones))
    for factor in FACTORS:
        while not trials.spent and _sweep(trials, factor):
            pass
    return trials.found


class _Trials:
    """Schedules scored one after another, none twice, and the best of them."""

    def __init__(
        self,
        score: Score,
        start: Schedule,
        budget: int,
        progress: Callable[[Found], None] | None,
    ) -> None:
        self.score, self.budget, self.progress = score, budget, progress
        self.tried = {start.betas}
        first = self._scored(start)
        self._report(Found(start, first, first, 1))

    @property
    def spent(self) -> bool:
        return self.found.n_tried >= self.budget

    def improves(self, schedule: Schedule) -> bool:
        """Whether a schedule is better than all before; False when the budget is spent."""
        if self.spent or schedule.betas in self.tried:
            return False
        self.tried.add(schedule.betas)
        score = self._scored(schedule)
        better = score < self.found.score
        best = replace(self.found, schedule=schedule, score=score) if better else self.found
        self._report(replace(best, n_tried=self.found.n_tried + 1))
        return better

    def _report(self, found: Found) -> None:
        self.found = found
        if self.progress is not None:
            self.progress(found)

    def _scored(self, schedule: Schedule) -> float:
        score = float(self.score(schedule))
        return math.inf if math.isnan(score) else score


def _sweep(trials: _Trials, factor: float) -> bool:
    """Move every group up, else down, as long as that helps; whether anything did."""
    helped = False
    for weights in _groups(trials.found.schedule.n_steps):
        for direction in (factor, 1 / factor):
            while trials.improves(_moved(trials.found.schedule, weights, direction)):
                helped = True
    return helped


def _groups(n_steps: int) -> list[list[float]]:
    """How much each step belongs to each group: hats that add up to one."""
    n_groups = min(n_steps, N_GROUPS)
    places = [step * (n_groups - 1) / max(1, n_steps - 1) for step in range(n_steps)]
    return [[max(0.0, 1 - abs(place - group)) for place in places] for group in range(n_groups)]


def _moved(schedule: Schedule, weights: Sequence[float], factor: float) -> Schedule:
    return _rounded([beta * factor**w for beta, w in zip(schedule.betas, weights)])


def _of_grid(n_steps: int, rng: random.Random) -> Iterator[Schedule]:
    """Random schedules of the paper's grid, for any number of steps, without end."""
    low, high = GRID_EXPONENTS
    slope = (high - low) / max(1, n_steps - 1)
    while True:
        yield _rounded([rng.randint(1, 9) * 10 ** (low + slope * n) for n in range(n_steps)])


def _rounded(betas: Sequence[float]) -> Schedule:
    """Few digits, so that what is written is what was scored."""
    return Schedule(tuple(min(LARGEST, float(f"{beta:.{N_DIGITS}g}")) for beta in betas))
