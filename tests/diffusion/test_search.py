"""The search for a schedule: better than its starts, within its budget, the same every time."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from tests.diffusion.gaussian import variances
from tts.diffusion import schedules
from tts.diffusion.schedules import Schedule
from tts.diffusion.search import Found, search


def distance(schedule: Schedule) -> float:
    """Mean square distance in decades from a schedule that is on no grid."""
    target = [-5.6, -4.9, -3.6, -3.1, -1.9, -1.3]
    return sum((math.log10(b) - t) ** 2 for b, t in zip(schedule.betas, target))


def test_it_finds_what_it_is_asked_for() -> None:
    found = search(distance, [schedules.geometric(6)], budget=250)
    assert found.score == distance(found.schedule)
    assert found.start_score == distance(schedules.geometric(6))
    assert found.score < 0.02 * found.start_score
    assert found.n_tried <= 250


def test_a_better_schedule_for_gaussian_speech() -> None:
    def error(schedule: Schedule) -> float:
        bands = [10**-x for x in (1, 2, 3, 4, 5, 6)]
        made = [variances(schedule, "ancestral", 0.0, v)[1] / v for v in bands]
        return sum(math.log(ratio) ** 2 for ratio in made)

    starts = [schedules.fitted(6), schedules.geometric(6)]
    found = search(error, starts, budget=120)
    assert found.score < 0.9 * min(error(start) for start in starts)


def test_the_budget_holds_and_progress_is_told() -> None:
    told: list[Found] = []
    scored: list[Schedule] = []

    def score(schedule: Schedule) -> float:
        scored.append(schedule)
        return distance(schedule)

    found = search(score, [schedules.geometric(6)], budget=20, progress=told.append)
    assert len(scored) == len(set(scored)) == len(told) == found.n_tried == 20
    assert [t.n_tried for t in told] == list(range(1, 21))
    assert all(a.score >= b.score for a, b in pairwise(told))
    assert told[-1] == found


def test_the_same_seed_finds_the_same() -> None:
    tried: list[list[Schedule]] = []

    def score(schedule: Schedule) -> float:
        tried[-1].append(schedule)
        return distance(schedule)

    for seed in (1, 1, 2):
        tried.append([])
        search(score, [schedules.geometric(6)], budget=30, seed=seed)
    assert tried[0] == tried[1] != tried[2]


@pytest.mark.parametrize("n_steps", [1, 3, 25])
def test_any_length(n_steps: int) -> None:
    def score(schedule: Schedule) -> float:
        return sum((math.log10(b) + 3) ** 2 for b in schedule.betas) / n_steps

    found = search(score, [schedules.fitted(n_steps)], budget=150)
    assert found.schedule.n_steps == n_steps
    assert found.score < 0.3 * found.start_score


def test_scores_that_are_no_numbers_lose() -> None:
    def score(schedule: Schedule) -> float:
        return math.nan if schedule.betas[-1] >= 0.1 else distance(schedule)

    found = search(score, [schedules.geometric(6)], budget=80)
    assert math.isinf(found.start_score) and math.isfinite(found.score)


def test_every_beta_stays_possible() -> None:
    found = search(lambda s: -sum(s.betas), [schedules.geometric(3)], budget=60)
    assert all(0 < beta < 1 for beta in found.schedule.betas)
    assert found.schedule.betas[-1] > 0.9
