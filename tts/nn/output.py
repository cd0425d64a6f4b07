"""What a model of single samples gives: distributions over the next sample, from its channels.

Each takes parameters (…, P, N), the model's output, and samples (…, N) in [-1, 1]; leading
dimensions broadcast, so that many samples can be scored under one output. Log-likelihoods are
natural logarithms in float32. The floor of log-scales, which bounds the likelihood in training,
also holds in sampling, so that the samples are those of the distribution that was trained.

References:
    WaveNet (van den Oord et al., 2016), section 2.2: mu-law classes.
        https://arxiv.org/abs/1609.03499
    PixelCNN++ (Salimans et al., 2017), section 2.1: the discretised mixture of logistics.
        https://arxiv.org/abs/1701.05517
    ClariNet (Ping et al., 2018), section 3.2: a single Gaussian. https://arxiv.org/abs/1807.07281
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

import torch
from torch.nn import functional as F

from tts.audio import mulaw
from tts.nn.precision import exact

TAIL = 0.999
UNIFORM_MARGIN = 1e-5  # uniform numbers keep this off 0 and 1, whose logarithms are not finite


class Output(ABC):
    """A distribution over a sample.

    Attributes:
        n_parameters: channels it takes.
        n_draws: random numbers that one sample takes; `normal`: whether these are standard normal
            ones, otherwise they are uniform in [0, 1).
    """

    n_parameters: int
    n_draws: int = 1
    normal: bool = False

    @abstractmethod
    def log_prob(self, parameters: torch.Tensor, wav: torch.Tensor) -> torch.Tensor:
        """Log-likelihood of samples, nats, (…, N)."""

    @abstractmethod
    def sample(
        self, parameters: torch.Tensor, draws: torch.Tensor, temperature: float = 1.0
    ) -> torch.Tensor:
        """Samples (…, N) in [-1, 1].

        Args:
            draws: random numbers, (…, n_draws, N).
            temperature: 1 is the distribution itself, 0 its most likely value.
        """


class MuLaw(Output):
    """A softmax over mu-law classes; temperature divides the logits."""

    def __init__(self, n_classes: int) -> None:
        self.n_parameters = self.n_classes = n_classes

    def log_prob(self, parameters: torch.Tensor, wav: torch.Tensor) -> torch.Tensor:
        """Log-probability of the class a sample lies in."""
        logits = exact(parameters).log_softmax(-2)
        classes = mulaw.encode(wav, self.n_classes - 1).unsqueeze(-2)
        shape = torch.broadcast_shapes(logits.shape[:-2], classes.shape[:-2])
        logits = logits.expand(*shape, *logits.shape[-2:])
        return logits.gather(-2, classes.expand(*shape, *classes.shape[-2:])).squeeze(-2)

    def sample(
        self, parameters: torch.Tensor, draws: torch.Tensor, temperature: float = 1.0
    ) -> torch.Tensor:
        """The first class whose cumulative probability exceeds the uniform number."""
        logits = exact(parameters)
        if temperature == 0:
            return mulaw.decode(logits.argmax(-2), self.n_classes - 1)
        weights = ((logits - logits.amax(-2, keepdim=True)) / temperature).exp().cumsum(-2)
        passed = (weights <= draws * weights[..., -1:, :]).sum(-2)
        return mulaw.decode(passed.clamp_max(self.n_classes - 1), self.n_classes - 1)


class LogisticMixture(Output):
    """A mixture of logistics over `n_levels` equally spaced values; the outermost hold the tails.

    Parameters are the logits of the K components, their means and their log-scales. Temperature
    scales the spread of the chosen component, and the Gumbel noise that chooses it.

    Levels beyond `TAIL`, which clipped recordings reach, are each given all there is beyond them,
    as the published implementations do. With fewer than a thousand levels those are the outermost
    two, and the masses sum to one.
    """

    def __init__(self, n_mixtures: int, n_levels: int, min_log_scale: float) -> None:
        self.n_parameters, self.n_draws = 3 * n_mixtures, n_mixtures + 1
        self.n_mixtures, self.half_bin = n_mixtures, 1 / (n_levels - 1)
        self.min_log_scale = min_log_scale

    def split(self, parameters: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Log-weights that sum to one, means and floored log-scales, each (…, K, N)."""
        logits, means, log_scales = exact(parameters).chunk(3, -2)
        return logits.log_softmax(-2), means, log_scales.clamp_min(self.min_log_scale)

    def log_prob(self, parameters: torch.Tensor, wav: torch.Tensor) -> torch.Tensor:
        """Log-mass of the bin of width 2 / (n_levels - 1) around a sample.

        With a, b = (x - mean +- half a bin) / scale, a component gives it sigmoid(a) - sigmoid(b),
        computed as sigmoid(a) sigmoid(-b) (1 - exp(b - a)), which cancels nowhere.
        """
        log_weights, means, log_scales = self.split(parameters)
        wav = exact(wav).unsqueeze(-2)
        gain = torch.exp(-log_scales)
        above = (wav - means + self.half_bin) * gain
        below = (wav - means - self.half_bin) * gain
        inside = torch.log(-torch.expm1(-2 * self.half_bin * gain))
        masses = F.logsigmoid(above) + F.logsigmoid(-below) + inside
        masses = torch.where(wav < -TAIL, F.logsigmoid(above), masses)
        masses = torch.where(wav > TAIL, F.logsigmoid(-below), masses)
        return torch.logsumexp(log_weights + masses, -2)

    def sample(
        self, parameters: torch.Tensor, draws: torch.Tensor, temperature: float = 1.0
    ) -> torch.Tensor:
        """The component of the largest logit plus Gumbel noise, then a logistic by inversion."""
        logits, means, log_scales = exact(parameters).chunk(3, -2)
        draws = UNIFORM_MARGIN + (1 - 2 * UNIFORM_MARGIN) * draws
        gumbel = -torch.log(-torch.log(draws[..., :-1, :]))
        chosen = (logits + temperature * gumbel).argmax(-2, keepdim=True)
        mean = means.gather(-2, chosen).squeeze(-2)
        scale = log_scales.gather(-2, chosen).squeeze(-2).clamp_min(self.min_log_scale).exp()
        uniform = draws[..., -1, :]
        logistic = torch.log(uniform) - torch.log1p(-uniform)
        return (mean + temperature * scale * logistic).clamp(-1, 1)


class Gaussian(Output):
    """One Gaussian: its mean and log-scale; temperature multiplies the scale."""

    n_parameters = 2
    normal = True

    def __init__(self, min_log_scale: float) -> None:
        self.min_log_scale = min_log_scale

    def split(self, parameters: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean and floored log-scale, each (…, N)."""
        mean, log_scale = exact(parameters).unbind(-2)
        return mean, log_scale.clamp_min(self.min_log_scale)

    def log_prob(self, parameters: torch.Tensor, wav: torch.Tensor) -> torch.Tensor:
        """Log-density."""
        mean, log_scale = self.split(parameters)
        standard = (exact(wav) - mean) * torch.exp(-log_scale)
        return -0.5 * (math.log(2 * math.pi) + standard.square()) - log_scale

    def sample(
        self, parameters: torch.Tensor, draws: torch.Tensor, temperature: float = 1.0
    ) -> torch.Tensor:
        """Mean plus the scaled normal number."""
        mean, log_scale = self.split(parameters)
        return (mean + temperature * log_scale.exp() * draws.squeeze(-2)).clamp(-1, 1)
