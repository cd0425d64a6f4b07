"""What a student's distribution of each sample lacks against its teacher's.

A student q gives every sample a location and a log-scale; the teacher p, fed with what the student
has made before it, gives the distribution that the sample should have had. Everything here is
per sample, in nats, in at least float32.

References:
    Parallel WaveNet (van den Oord et al., 2017), section 4.
        https://arxiv.org/abs/1711.10433
    ClariNet (Ping et al., 2018), section 3.3.1.
        https://arxiv.org/abs/1807.07281
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import torch
from torch.utils.checkpoint import checkpoint

from tts.nn.precision import exact

MIN_LOG_SCALE = -6.0  # of both sides in the Gaussian divergence, which else grows without bound
UNIFORM_MARGIN = 2.0**-24  # keeps uniform numbers off 0 and 1, whose logits are not finite

Direction = Literal["student_teacher", "teacher_student"]


def gaussian_kl(
    mean_q: torch.Tensor, log_q: torch.Tensor, mean_p: torch.Tensor, log_p: torch.Tensor
) -> torch.Tensor:
    """KL(q || p) of two Gaussians with log-scales floored at -6.

    log s_p - log s_q + (s_q^2 + (m_p - m_q)^2) / (2 s_p^2) - 1/2.
    """
    log_q, log_p = exact(log_q).clamp_min(MIN_LOG_SCALE), exact(log_p).clamp_min(MIN_LOG_SCALE)
    apart = (exact(mean_p) - exact(mean_q)).square()
    return log_p - log_q + 0.5 * ((2 * log_q).exp() + apart) * (-2 * log_p).exp() - 0.5


def scale_regulariser(log_q: torch.Tensor, log_p: torch.Tensor) -> torch.Tensor:
    """(log s_p - log s_q)^2, not floored: it pulls where the divergence has no slope left."""
    return (exact(log_p) - exact(log_q)).square()


def directed_gaussian_kl(
    student: tuple[torch.Tensor, torch.Tensor],
    teacher: tuple[torch.Tensor, torch.Tensor],
    direction: Direction = "student_teacher",
) -> torch.Tensor:
    """KL(student || teacher) of means and log-scales, or the other way round."""
    q, p = (student, teacher) if direction == "student_teacher" else (teacher, student)
    return gaussian_kl(*q, *p)


def logistic_entropy(log_scale: torch.Tensor) -> torch.Tensor:
    """Differential entropy of a logistic distribution: log s + 2."""
    return exact(log_scale) + 2


def standard_logistic(uniform: torch.Tensor) -> torch.Tensor:
    """Logistic numbers, of mean 0 and scale 1, from uniform ones in [0, 1]."""
    return uniform.clamp(UNIFORM_MARGIN, 1 - UNIFORM_MARGIN).logit()


def cross_entropy(
    score: Callable[[torch.Tensor], torch.Tensor],
    mean: torch.Tensor,
    log_scale: torch.Tensor,
    n_scores: int,
    *,
    generator: torch.Generator | None = None,
    n_at_once: int = 4,
) -> torch.Tensor:
    """H(q, p), by Monte Carlo: minus the mean score of samples of logistic distributions.

    The samples of a position are independent of what the teacher saw, so that one pass of the
    teacher scores them all (Parallel WaveNet, section 4). They are stratified: one in each of
    `n_scores` slices of equal probability, which is unbiased and varies much less. Scores are
    computed again in the backward pass, a few at a time, so that their number costs no memory.

    Args:
        score: log-density of samples (K, B, N) under the teacher, (K, B, N).
        mean, log_scale: of the student's logistic at each position, (B, N).
        n_at_once: samples of a position in memory at a time.
    Returns:
        (B, N)
    """
    mean, scale = exact(mean), exact(log_scale).exp()

    def part(standard: torch.Tensor) -> torch.Tensor:
        return score(mean + scale * standard).sum(0)

    total = torch.zeros_like(mean)
    for first in range(0, n_scores, n_at_once):
        slices = torch.arange(first, min(n_scores, first + n_at_once), device=mean.device)
        within = torch.rand(
            len(slices), *mean.shape, generator=generator, device=mean.device, dtype=mean.dtype
        )
        standard = standard_logistic((slices.view(-1, 1, 1) + within) / n_scores)
        total = total + checkpoint(part, standard, use_reentrant=False, preserve_rng_state=False)
    return -total / n_scores
