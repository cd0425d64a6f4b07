"""Samplers: from noise to a sample, step by step, by a prediction of the noise in it.

Both start from standard normal noise and ask, from the noisiest step to the cleanest, what noise
is in the waveform y. The predicted clean waveform is x = (y - sqrt(1 - alpha_bar) * eps) /
sqrt(alpha_bar).

References:
    Denoising Diffusion Probabilistic Models (Ho, Jain and Abbeel, 2020), equation 7 and
        algorithm 2. https://arxiv.org/abs/2006.11239
    WaveGrad (Chen et al., 2020), algorithm 2. https://arxiv.org/abs/2009.00713
    Denoising Diffusion Implicit Models (Song, Meng and Ermon, 2020), equation 12 with sigma = 0.
        https://arxiv.org/abs/2010.02502
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, get_args

import numpy as np
import torch

from tts.diffusion.schedules import Schedule
from tts.errors import ConfigError

Predict = Callable[[torch.Tensor, float], torch.Tensor]  # y and its level to the noise in it
Draw = Callable[[int], torch.Tensor]  # standard normal numbers, by their place in the order of use
Sampler = Literal["ancestral", "ddim"]
# Of the predicted clean waveform, or of the waveform after each step, to [-1, 1].
Clamp = Literal["none", "clean", "sample"]


def sample(
    predict: Predict, draw: Draw, schedule: Schedule, sampler: Sampler, clamp: Clamp = "none"
) -> torch.Tensor:
    """Go through all steps of a schedule; what `draw` gives decides the shape.

    Raises:
        ConfigError: no such sampler.
    """
    check_sampler(sampler)
    step_back = ancestral_step if sampler == "ancestral" else ddim_step
    y = draw(0)
    for step in reversed(range(schedule.n_steps)):
        clean = clean_part(y, predict(y, schedule.levels[step]), schedule, step)
        y = step_back(y, clean.clamp(-1, 1) if clamp == "clean" else clean, schedule, step)
        if sampler == "ancestral" and step > 0:
            y = y + posterior_deviation(schedule, step) * draw(schedule.n_steps - step)
        if clamp == "sample":
            y = y.clamp(-1, 1)
    return y


def check_sampler(sampler: str) -> None:
    """Refuse the name of a sampler that there is not.

    Raises:
        ConfigError: names those there are.
    """
    if sampler not in get_args(Sampler):
        raise ConfigError(f"sampler {sampler!r}: there are {', '.join(get_args(Sampler))}")


def n_draws(schedule: Schedule, sampler: Sampler) -> int:
    """How often a sampler draws: to start, and for ancestral after every step but the last."""
    return schedule.n_steps if sampler == "ancestral" else 1


def clean_part(y: torch.Tensor, eps: torch.Tensor, schedule: Schedule, step: int) -> torch.Tensor:
    """The clean waveform in the noisy one of a step, if that noise is in it."""
    _, alpha_bar, _ = schedule.at(step)
    gain = np.sqrt(1 / alpha_bar)
    return y * float(gain) - eps * float(np.sqrt(1 - alpha_bar) * gain)


def ancestral_step(
    y: torch.Tensor, clean: torch.Tensor, schedule: Schedule, step: int
) -> torch.Tensor:
    """The mean of the waveform one step cleaner; step 0 leads to the clean one."""
    beta, alpha_bar, before = schedule.at(step)
    of_clean = beta * np.sqrt(before) / (1 - alpha_bar)
    of_noisy = (1 - before) * np.sqrt(1 - beta) / (1 - alpha_bar)
    return clean * float(of_clean) + y * float(of_noisy)


def posterior_deviation(schedule: Schedule, step: int) -> float:
    """The standard deviation of the noise that the ancestral sampler adds after a step."""
    beta, alpha_bar, before = schedule.at(step)
    return float(np.sqrt(beta * (1 - before) / (1 - alpha_bar)))


def ddim_step(y: torch.Tensor, clean: torch.Tensor, schedule: Schedule, step: int) -> torch.Tensor:
    """The waveform one step cleaner: the clean one, and less of the same noise."""
    _, alpha_bar, before = schedule.at(step)
    eps = (y - clean * float(np.sqrt(alpha_bar))) / float(np.sqrt(1 - alpha_bar))
    return clean * float(np.sqrt(before)) + eps * float(np.sqrt(1 - before))
