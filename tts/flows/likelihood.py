"""Exact likelihoods of waveforms, and of frames of a text, and the units they are told in."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from tts.nn.prior import Prior

LOG_2PI = math.log(2 * math.pi)
BITS_OF_A_SAMPLE = 16
# Widths of a quantisation step in [-1, 1], as a power of two: a density times it is a probability.
_LOG2_STEPS = BITS_OF_A_SAMPLE - 1


@dataclass(frozen=True)
class Likelihood:
    """What a flow finds in waveforms.

    Attributes:
        latent: z at the place of the samples, (B, N).
        log_prob: log-density of each waveform, in nats, (B,) float32.
        n_samples: of each waveform, (B,).
    """

    latent: torch.Tensor
    log_prob: torch.Tensor
    n_samples: torch.Tensor

    @property
    def bits_per_sample(self) -> torch.Tensor:
        """What a 16-bit sample takes when coded by this model, (B,).

        The density over [-1, 1] times a quantisation step of 2^-15 is a sample's probability, so
        this is 15 - log2 p(wav) / N; silence apart, uncompressed audio has 16.
        """
        return bits_per_sample(-self.log_prob / self.n_samples)


@dataclass(frozen=True)
class Explanation:
    """What a flow finds in frames whose text is known.

    Attributes:
        prior: what the text says of the latent.
        latent: (B, C, T); mask: (B, 1, T).
        logdet: of the flow, (B,); durations: frames of each token, (B, L) int64.
    """

    prior: Prior
    latent: torch.Tensor
    mask: torch.Tensor
    logdet: torch.Tensor
    durations: torch.Tensor

    @property
    def nll(self) -> torch.Tensor:
        """Negative log-likelihood of all rows, nats per frame and channel."""
        n_values = self.mask.sum() * self.latent.shape[1]
        return (self._density().sum() - self.logdet.sum()) / n_values + 0.5 * LOG_2PI

    @property
    def log_prob_per_frame(self) -> torch.Tensor:
        """Log-likelihood of each row, (B,), nats per frame."""
        log_prob = self.logdet - self._density().sum((1, 2))
        return log_prob / self.mask.sum((1, 2)) - 0.5 * LOG_2PI * self.latent.shape[1]

    def _density(self) -> torch.Tensor:
        return self.prior.negative_log_density(self.latent, self.durations) * self.mask


def bits_per_sample(nats: torch.Tensor) -> torch.Tensor:
    """Bits of a 16-bit sample from the nats per sample of a density over [-1, 1]."""
    return nats / math.log(2) + _LOG2_STEPS


def normal_log_prob(z: torch.Tensor, std: float = 1.0) -> torch.Tensor:
    """log N(z; 0, std^2), summed over all but the first axis: (B, ...) to (B,)."""
    density = -0.5 * (z / std).square() - (0.5 * LOG_2PI + math.log(std))
    return density.flatten(1).sum(1)
