"""Noise schedules: how much noise each step of a diffusion adds, or takes away again.

A schedule lists variances beta_1..beta_N from the cleanest step to the noisiest. With
alpha_bar_n = (1 - beta_1) ... (1 - beta_n), the noisy waveform of step n is
sqrt(alpha_bar_n) * clean + sqrt(1 - alpha_bar_n) * noise, and sqrt(alpha_bar_n) is its *level*:
what the network is told, from 1 (clean) down to 0 (noise).

References:
    Denoising Diffusion Probabilistic Models (Ho, Jain and Abbeel, 2020), section 2.
        https://arxiv.org/abs/2006.11239
    WaveGrad: Estimating Gradients for Waveform Generation (Chen et al., 2020), section 2.2.
        https://arxiv.org/abs/2009.00713
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from operator import mul
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
import yaml

from tts.errors import ConfigError
from tts.files import write_text

Precision = Literal["float64", "float32"]

FOLDER = "schedules"  # of an experiment or a voice, for the schedules that were searched for
TRAINING_STEPS = 1000  # of the published training schedule
CLEANEST = 1e-6  # ratio of noise to signal power at the cleanest level training reaches
# Of the noisiest level of a fitted schedule of six steps, and of every doubling of the steps.
_NOISIEST_DB = {"ancestral": (-9.0, 1.75), "ddim": (-0.5, 2.8)}


@dataclass(frozen=True)
class Schedule:
    """Variances of the steps, from the cleanest to the noisiest.

    They need not rise: published ones do not.

    Attributes:
        precision: of alpha_bar. In float32 the cleanest steps come out wrong by a few percent, as
            they do in code that keeps its schedule so; that is for being equal to it.

    Raises:
        ConfigError: there are none, or one does not lie between 0 and 1.
    """

    betas: tuple[float, ...]
    precision: Precision = "float64"

    def __post_init__(self) -> None:
        if not self.betas:
            raise ConfigError("noise schedule: no steps in it; give one beta for each step")
        for step, beta in enumerate(self.betas, 1):
            if not 0 < beta < 1:
                raise ConfigError(
                    f"noise schedule: beta {step} of {len(self.betas)} is {beta:g}; "
                    "all must lie between 0 and 1"
                )

    @property
    def n_steps(self) -> int:
        """How many times the network is asked."""
        return len(self.betas)

    @cached_property
    def alpha_bars(self) -> tuple[float, ...]:
        """The part of the signal's power that is left after each step."""
        if self.precision == "float64":
            return tuple(accumulate((1 - beta for beta in self.betas), mul))
        alphas = np.float32(1) - np.asarray(self.betas, np.float32)
        return tuple(np.cumprod(alphas, dtype=np.float64).astype(np.float32).tolist())

    def at(self, step: int) -> tuple[np.floating, np.floating, np.floating]:
        """Beta and alpha_bar of a step and alpha_bar of the one before, 1 before the first.

        They are of the schedule's precision, and so is what is computed from them.
        """
        number = np.dtype(self.precision).type
        before = self.alpha_bars[step - 1] if step else 1.0
        return number(self.betas[step]), number(self.alpha_bars[step]), number(before)

    @cached_property
    def levels(self) -> tuple[float, ...]:
        """What the network is told at each step: the signal's amplitude.

        In float32 torch's own root, the last bit of which is not everybody's.
        """
        if self.precision == "float32":
            return tuple(torch.tensor(self.alpha_bars).sqrt().tolist())
        return tuple(math.sqrt(alpha_bar) for alpha_bar in self.alpha_bars)


def linear(n_steps: int = TRAINING_STEPS, first: float = 1e-6, last: float = 0.01) -> Schedule:
    """Evenly spaced variances; by default those of training (the paper's section 4)."""
    return Schedule(tuple(np.linspace(first, last, n_steps).tolist()))


def geometric(n_steps: int, first: float = 1e-6, last: float = 0.1) -> Schedule:
    """Variances in geometric progression; by default over the paper's whole grid of search."""
    return Schedule(tuple(np.geomspace(first, last, n_steps).tolist()))


def from_ratios(ratios: Sequence[float]) -> Schedule:
    """The schedule whose steps have these ratios of noise to signal power, which must rise."""
    alpha_bars = [1.0, *(1 / (1 + ratio) for ratio in ratios)]
    return Schedule(tuple(1 - low / high for high, low in pairwise(alpha_bars)))


def fitted(n_steps: int, sampler: str = "ancestral") -> Schedule:
    """The schedule of so many steps to use where none was searched for.

    The ratios of noise to signal power, (1 - alpha_bar) / alpha_bar, rise geometrically from
    -60 dB, the cleanest level of training, to -9 dB for six steps of the ancestral sampler and
    1.75 dB more with each doubling; for DDIM to -0.5 dB and 2.8 dB more.

    Those ends are fitted: speech of which only the mel is known is taken as Gaussian, its bands'
    variances spread evenly in decibels from -60 to -10. For that the best possible network is
    known, and so is the variance that a schedule gives each band; the ends are where the mean
    square error of those, in decibels, is least (6, 12, 25 and 50 steps: 3.6, 2.2, 1.4 and 1.0 dB
    ancestral, 0.4 to 0.7 dB with DDIM). As many steps as training has are the training schedule,
    as in the paper.

    Raises:
        ConfigError: fewer than one step.
    """
    if n_steps < 1:
        raise ConfigError(f"steps {n_steps}: a diffusion takes one step at least")
    if n_steps == TRAINING_STEPS:
        return linear()
    at_six_db, by_doubling_db = _NOISIEST_DB[sampler]
    noisiest = 10 ** ((at_six_db + by_doubling_db * math.log2(n_steps / 6)) / 10)
    return from_ratios(np.geomspace(noisiest, CLEANEST, n_steps)[::-1].tolist())


def draw_levels(
    schedule: Schedule, n: int, generator: torch.Generator | None = None
) -> torch.Tensor:
    """Random levels for training, (n,) float64: a step, then uniform to the level before it.

    References:
        WaveGrad (Chen et al., 2020), section 2.2 and algorithm 1: the continuous noise level.
    """
    step = torch.randint(schedule.n_steps, (n,), generator=generator)
    return level_within(schedule, step, torch.rand(n, generator=generator))


def level_within(schedule: Schedule, step: torch.Tensor, part: torch.Tensor) -> torch.Tensor:
    """The level at a part, 0 to 1, of the way from the level before a step (from 0) to its own."""
    edges = torch.tensor([1.0, *schedule.levels], dtype=torch.float64)
    before, after = edges[step], edges[step + 1]
    return before + part * (after - before)


def read(path: str | Path) -> Schedule:
    """The schedule in a file: `betas` in JSON or YAML, a plain list of numbers, or an .npy array.

    Raises:
        ConfigError: the file is missing or is none of these, or a number is out of range.
    """
    path = Path(path)
    try:
        numbers = np.load(path) if path.suffix == ".npy" else _numbers(path)
        betas = tuple(float(number) for number in numbers)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConfigError(f"{path}: cannot be read ({reason}); name a schedule file") from None
    except (ValueError, TypeError, yaml.YAMLError):
        raise ConfigError(
            f"{path}: no noise schedule; expected a list of betas as JSON, YAML, text or .npy"
        ) from None
    try:
        return Schedule(betas)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None


def _numbers(path: Path) -> Sequence[Any]:
    text = path.read_text(encoding="utf-8")
    tree = yaml.safe_load(text)
    if isinstance(tree, dict):
        tree = tree.get("betas")
    if isinstance(tree, (str, float, int)):  # numbers without any punctuation, or a single one
        tree = str(text).replace(",", " ").split()
    if not isinstance(tree, list):
        raise ValueError
    return tree


def write(schedule: Schedule, path: str | Path, facts: Mapping[str, Any] | None = None) -> None:
    """Write a schedule as JSON, with whatever else is to be remembered about it.

    Raises:
        DataError: the folder is missing or the disk is full.
    """
    tree = {"betas": list(schedule.betas), **(facts or {})}
    write_text(path, json.dumps(tree, indent=2) + "\n")


def file_name(n_steps: int, sampler: str) -> str:
    """What the schedule of so many steps of a sampler is called in a folder of them."""
    return f"{sampler}-{n_steps}.json"


def read_folder(folder: str | Path) -> dict[tuple[int, str], Schedule]:
    """The schedules in a folder by steps and sampler; none where there is no folder.

    Raises:
        ConfigError: a file in it cannot be used.
    """
    found = {}
    for path in sorted(Path(folder).glob("*-*.json")):
        schedule = read(path)
        found[schedule.n_steps, path.stem.split("-")[0]] = schedule
    return found
