"""The prior of a text: densities against torch's own, draws, whole durations."""

from __future__ import annotations

import math

import pytest
import torch

from tts.nn.prior import MAX_TOKEN_FRAMES, Prior

DURATIONS = torch.tensor([[1, 3, 2], [2, 4, 0]])
TOKENS = [[0, 1, 1, 1, 2, 2], [0, 0, 1, 1, 1, 1]]


def prior(scaled: bool = True, log_durations: torch.Tensor | None = None) -> Prior:
    """Of two texts, the second a token shorter, in four channels."""
    mask = torch.tensor([[[1.0, 1, 1]], [[1, 1, 0]]])
    mean, log_scale = torch.randn(2, 4, 3) * mask, 0.3 * torch.randn(2, 4, 3) * mask
    log_durations = torch.zeros(2, 3) if log_durations is None else log_durations
    return Prior(mean, log_scale if scaled else None, log_durations, mask)


def log_prob(of: Prior, row: int, token: int, latent: torch.Tensor) -> torch.Tensor:
    """Of one frame (C,), or of several (C, T), under one token."""
    scale = torch.ones(4) if of.log_scale is None else of.log_scale[row, :, token].exp()
    normal = torch.distributions.Normal(of.mean[row, :, token], scale)
    return normal.log_prob(latent.movedim(0, -1)).sum(-1)


@pytest.mark.parametrize("scaled", [True, False])
def test_scores_rank_paths_as_the_density_does(scaled: bool) -> None:
    of, latent = prior(scaled), torch.randn(2, 4, 6)
    scores = of.scores(latent)
    exact = torch.stack(
        [torch.stack([log_prob(of, row, k, latent[row]) for k in range(3)], 1) for row in (0, 1)]
    )
    torch.testing.assert_close(
        scores - scores[..., :1], exact - exact[..., :1], atol=1e-4, rtol=1e-4
    )


@pytest.mark.parametrize("scaled", [True, False])
def test_density_is_that_of_each_frames_token(scaled: bool) -> None:
    of, latent = prior(scaled), torch.randn(2, 4, 6)
    found = of.negative_log_density(latent, DURATIONS).sum(1) + 4 * 0.5 * math.log(2 * math.pi)
    for row, tokens in enumerate(TOKENS):
        expected = [-log_prob(of, row, k, latent[row, :, t]) for t, k in enumerate(tokens)]
        torch.testing.assert_close(found[row], torch.stack(expected))


def test_draws_lie_around_the_means_along_the_durations() -> None:
    of, noise = prior(), torch.randn(2, 4, 6)
    means = torch.stack([of.mean[row][:, tokens] for row, tokens in enumerate(TOKENS)])
    assert torch.equal(of.draw(DURATIONS, noise, 0.0), means)
    drawn = of.draw(DURATIONS, noise, 1.0)
    density = of.negative_log_density(drawn, DURATIONS)
    flat = of.negative_log_density(means, DURATIONS)
    torch.testing.assert_close(density - flat, 0.5 * noise.square(), atol=1e-5, rtol=1e-4)


def test_durations_fill_whole_groups() -> None:
    lens = torch.tensor([3, 2])
    of = prior(log_durations=torch.tensor([[1.5, 2.0, 3.0], [1.0, 1.0, 9.0]]).log())
    assert of.whole_durations(lens, 1.0, 1).tolist() == [[2, 2, 3], [1, 1, 0]]
    assert of.whole_durations(lens, 1.0, 2).tolist() == [[2, 2, 2], [1, 1, 0]]
    assert of.whole_durations(lens, 1.0, 4).tolist() == [[2, 2, 0], [1, 3, 0]]
    assert of.whole_durations(lens, 0.5, 1).tolist() == [[3, 4, 6], [2, 2, 0]]
    endless = prior(log_durations=torch.full((2, 3), 99.0))
    assert endless.whole_durations(lens, 1.0, 2).max() == MAX_TOKEN_FRAMES
