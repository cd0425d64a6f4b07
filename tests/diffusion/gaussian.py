"""What a sampler must make of Gaussian data, of which the best prediction is known exactly."""

from __future__ import annotations

import math

import torch

from tts.diffusion.samplers import Predict
from tts.diffusion.schedules import Schedule


def best_prediction(mean: float, variance: float) -> Predict:
    """The expected noise in y = level * x + sqrt(1 - level^2) * noise, for x of that Gaussian."""

    def predict(y: torch.Tensor, level: float) -> torch.Tensor:
        left = 1 - level**2
        return math.sqrt(left) * (y - level * mean) / (level**2 * variance + left)

    return predict


def variances(
    schedule: Schedule, sampler: str, mean: float, variance: float
) -> tuple[float, float]:
    """Mean and variance of the samples, exactly: both go through each step as linear maps.

    Written out from the papers' equations, apart from the samplers' own code.
    """
    m, v = 0.0, 1.0
    for n in range(schedule.n_steps, 0, -1):
        beta, alpha_bar = schedule.betas[n - 1], math.prod(1 - b for b in schedule.betas[:n])
        before = math.prod(1 - b for b in schedule.betas[: n - 1])
        total = alpha_bar * variance + 1 - alpha_bar
        slope = math.sqrt(1 - alpha_bar) / total  # of the predicted noise over y
        offset = -slope * math.sqrt(alpha_bar) * mean
        if sampler == "ancestral":
            gain = (1 - beta / math.sqrt(1 - alpha_bar) * slope) / math.sqrt(1 - beta)
            shift = -beta / math.sqrt(1 - alpha_bar) * offset / math.sqrt(1 - beta)
            added = (1 - before) / (1 - alpha_bar) * beta
        else:
            clean = (1 - math.sqrt(1 - alpha_bar) * slope) / math.sqrt(alpha_bar)
            gain = math.sqrt(before) * clean + math.sqrt(1 - before) * slope
            shift = (
                math.sqrt(1 - before) - math.sqrt(before * (1 - alpha_bar) / alpha_bar)
            ) * offset
            added = 0.0
        m, v = gain * m + shift, gain**2 * v + added
    return m, v
