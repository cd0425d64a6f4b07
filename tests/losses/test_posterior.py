"""The divergence from the standard normal against Monte Carlo and torch."""

from __future__ import annotations

import torch
from torch.distributions import Normal, kl_divergence

from tts.losses.posterior import standard_kl


def test_it_is_what_samples_say() -> None:
    mean, log_std = torch.tensor([0.0, 1.5, -0.3]), torch.tensor([0.0, -1.0, 0.4])
    q, p = Normal(mean, log_std.exp()), Normal(0.0, 1.0)
    torch.testing.assert_close(standard_kl(mean, log_std), kl_divergence(q, p))
    drawn = q.sample((400_000,))
    sampled = (q.log_prob(drawn) - p.log_prob(drawn)).mean(0)
    torch.testing.assert_close(standard_kl(mean, log_std), sampled, atol=0.01, rtol=0)
    assert standard_kl(mean, log_std)[0] == 0


def test_it_is_exact_in_half_precision() -> None:
    mean, log_std = torch.randn(100).bfloat16(), torch.randn(100).bfloat16()
    assert standard_kl(mean, log_std).dtype == torch.float32
    assert standard_kl(mean.double(), log_std.double()).dtype == torch.float64
