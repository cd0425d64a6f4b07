"""Schedules: their arithmetic, the fitted ones against the search that fitted them, files."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.diffusion.gaussian import variances
from tts.diffusion import schedules
from tts.diffusion.schedules import Schedule
from tts.errors import ConfigError

PUBLISHED_6 = (1e-6, 1.8929e-5, 1.194e-4, 1.005e-3, 1.109e-2, 0.06)


def test_levels_are_what_is_left_of_the_signal() -> None:
    schedule = Schedule((0.1, 0.5, 0.2))
    assert schedule.n_steps == 3
    assert schedule.alpha_bars == pytest.approx((0.9, 0.45, 0.36))
    assert schedule.levels == pytest.approx((0.9**0.5, 0.45**0.5, 0.6))


def test_the_training_schedule_is_the_published_one() -> None:
    schedule = schedules.linear()
    assert schedule.n_steps == 1000
    assert (schedule.betas[0], schedule.betas[-1]) == (1e-6, 0.01)
    assert schedule.alpha_bars[-1] == pytest.approx(math.exp(-5.0172), rel=1e-3)
    assert Schedule(PUBLISHED_6).alpha_bars[-1] == pytest.approx(0.9285, abs=1e-4)


def test_from_ratios() -> None:
    ratios = [1e-6, 1e-3, 2.0]
    found = [(1 - a) / a for a in schedules.from_ratios(ratios).alpha_bars]
    assert found == pytest.approx(ratios)


@pytest.mark.parametrize("n_steps", [1, 2, 6, 25, 50, 200])
@pytest.mark.parametrize("sampler", ["ancestral", "ddim"])
def test_fitted_schedules_of_any_length(n_steps: int, sampler: str) -> None:
    schedule = schedules.fitted(n_steps, sampler)
    assert schedule.n_steps == n_steps
    assert list(schedule.levels) == sorted(schedule.levels, reverse=True)
    if n_steps > 1:
        assert 1 - schedule.alpha_bars[0] == pytest.approx(1e-6, rel=1e-3)


def test_a_thousand_steps_are_those_of_training() -> None:
    assert schedules.fitted(1000) == schedules.linear()


def error_db(schedule: Schedule, sampler: str) -> float:
    """How far the bands' variances come out, of the Gaussian that the fit takes for speech."""
    true = np.logspace(-6, -1, 51)
    found = np.array([variances(schedule, sampler, 0.0, v)[1] for v in true])
    return float(np.sqrt(np.mean(np.square(10 * np.log10(found / true)))))


@pytest.mark.parametrize(
    ("sampler", "n_steps", "claimed_db"),
    [
        ("ancestral", 6, 3.6),
        ("ancestral", 12, 2.2),
        ("ancestral", 25, 1.4),
        ("ancestral", 50, 1.0),
        ("ddim", 6, 0.4),
        ("ddim", 50, 0.7),
    ],
)
def test_the_fit_is_where_it_says(sampler: str, n_steps: int, claimed_db: float) -> None:
    fitted = schedules.fitted(n_steps, sampler)
    assert error_db(fitted, sampler) == pytest.approx(claimed_db, abs=0.1)
    noisiest = 1 / fitted.alpha_bars[-1] - 1
    for shift_db in (-4, 4):  # other ends are worse
        last = noisiest * 10 ** (shift_db / 10)
        other = schedules.from_ratios(np.geomspace(1e-6, last, n_steps).tolist())
        assert error_db(other, sampler) > error_db(fitted, sampler)


def test_the_fit_beats_published_schedules() -> None:
    assert error_db(schedules.fitted(6), "ancestral") < error_db(
        Schedule(PUBLISHED_6), "ancestral"
    )
    published_50 = schedules.linear(50, 1e-4, 0.05)
    assert error_db(schedules.fitted(50), "ancestral") < error_db(published_50, "ancestral")


def test_no_steps_are_refused() -> None:
    with pytest.raises(ConfigError, match="steps 0: a diffusion takes one step at least"):
        schedules.fitted(0)


@pytest.mark.parametrize("betas", [(), (0.1, 0.0), (1.0,), (-1e-7, 0.1), (float("nan"),)])
def test_impossible_betas_are_refused(betas: tuple[float, ...]) -> None:
    with pytest.raises(ConfigError, match="noise schedule"):
        Schedule(betas)


def test_levels_are_drawn_by_segment() -> None:
    schedule = Schedule((0.01, 0.5, 0.9))
    edges = [1.0, *schedule.levels]
    generator = torch.Generator().manual_seed(0)
    drawn = schedules.draw_levels(schedule, 30_000, generator)
    assert drawn.dtype == torch.float64
    assert edges[-1] <= float(drawn.min()) and float(drawn.max()) <= 1
    for high, low in pairwise(edges):
        inside = drawn[(drawn <= high) & (drawn > low)]
        assert len(inside) == pytest.approx(10_000, abs=4 * math.sqrt(10_000 * 2 / 3))
        assert float(inside.mean()) == pytest.approx((high + low) / 2, abs=(high - low) * 0.012)


def test_a_level_within_a_segment() -> None:
    schedule = Schedule((0.19, 0.75))  # levels 0.9 and 0.45
    step, part = torch.tensor([0, 0, 1, 1]), torch.tensor([0.0, 1.0, 0.5, 1.0])
    found = schedules.level_within(schedule, step, part)
    assert found.tolist() == pytest.approx([1.0, 0.9, 0.675, 0.45])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", json.dumps({"betas": [1e-6, 0.5], "score": 1.0})),
        ("a.json", "[1e-06, 0.5]"),
        ("a.yaml", "betas:\n- 1e-6\n- 0.5\n"),
        ("a.txt", "1e-6\n0.5\n"),
        ("a.txt", "1e-6, 0.5"),
    ],
)
def test_others_lists_are_read(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert schedules.read(tmp_path / name) == Schedule((1e-6, 0.5))


def test_a_numpy_array_and_a_single_number(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([1e-6, 0.5]))
    assert schedules.read(tmp_path / "a.npy") == Schedule((1e-6, 0.5))
    (tmp_path / "one.txt").write_text("0.5\n")
    assert schedules.read(tmp_path / "one.txt") == Schedule((0.5,))


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    schedule = schedules.fitted(25)
    schedules.write(schedule, tmp_path / "25.json", {"score": 0.5})
    assert schedules.read(tmp_path / "25.json") == schedule
    assert json.loads((tmp_path / "25.json").read_text())["score"] == 0.5


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.json", b'{"gammas": [0.1]}', "no noise schedule; expected a list of betas"),
        ("a.json", b'{"betas": [0.1, "x"]}', "no noise schedule"),
        ("a.yaml", b"betas: [", "no noise schedule"),
        ("a.txt", b"", "no noise schedule"),
        ("a.txt", b"\xff\xfe\x00", "no noise schedule"),
        ("a.npy", b"nothing", "no noise schedule"),
        ("a.json", b"[0.1, 2]", "beta 2 of 2 is 2; all must lie between 0 and 1"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ConfigError, match=message) as error:
        schedules.read(tmp_path / name)
    assert str(tmp_path / name) in str(error.value)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        schedules.read(tmp_path / "none.json")


def test_float32_keeps_what_float32_code_keeps() -> None:
    """Its rounding shows where almost all of the power is left, and only there."""
    single = Schedule((1e-6, 0.05), precision="float32")
    alphas = 1 - torch.tensor([1e-6, 0.05])
    assert single.alpha_bars == tuple(alphas.cumprod(0).tolist())
    left = [1 - alpha_bar for alpha_bar in single.alpha_bars]
    assert left[0] == pytest.approx(1.0133e-6, rel=1e-4)  # not 1e-6
    assert left[1] == pytest.approx(0.05, rel=1e-4)
