"""The text encoder: padding, what it starts as, whom durations teach."""

from __future__ import annotations

from typing import Any

import torch

from tests.checks import perturb
from tts.nn.masking import length_mask
from tts.nn.text_encoder import Prenet, TextEncoder

TOKENS, SPEAKERS = torch.tensor([[1, 2, 3, 4], [5, 6, 0, 0]]), torch.randn(2, 3, 1)
MASK = length_mask(torch.tensor([4, 2]), 4)


def encoder(**changes: Any) -> TextEncoder:
    sizes: dict[str, Any] = {
        "channels": 8,
        "n_blocks": 2,
        "feed_forward_channels": 12,
        "n_heads": 2,
        "window": 2,
        "block": None,
        "kernel": 3,
        "dropout": 0.0,
        "eps": 1e-4,
        "duration_channels": 6,
        "prenet": (5, 2, 0.0),
        "mean_only": False,
        "told": True,
    }
    model = TextEncoder(10, 4, 3, **{**sizes, **changes})
    perturb(model)
    return model


def test_a_row_is_encoded_as_if_alone() -> None:
    model = encoder()
    both = model(TOKENS, MASK, SPEAKERS)
    alone = model(TOKENS[1:, :2], MASK[1:, :, :2], SPEAKERS[1:])
    for name in ("mean", "log_scale", "log_durations"):
        of_both, of_alone = getattr(both, name), getattr(alone, name)
        torch.testing.assert_close(of_both[1:, ..., :2], of_alone, atol=1e-5, rtol=1e-4)
        assert (of_both[1, ..., 2:] == 0).all()


def test_durations_teach_their_predictor_alone() -> None:
    model = encoder()
    model(TOKENS, MASK, SPEAKERS).log_durations.sum().backward()
    taught = {name.split(".")[0] for name, p in model.named_parameters() if p.grad is not None}
    assert taught == {"durations"}


def test_only_durations_know_the_speaker_unless_the_blocks_are_told() -> None:
    for told in (False, True):
        model = encoder(told=told)
        one, other = (model(TOKENS, MASK, who) for who in (SPEAKERS, SPEAKERS.flip(0)))
        assert torch.equal(one.mean, other.mean) is not told
        assert not torch.equal(one.log_durations, other.log_durations)


def test_parts_that_are_not_asked_for_have_no_weights() -> None:
    model = encoder(prenet=None, mean_only=True, told=False)
    assert not {"prenet", "log_scale", "speaker"} & {n for n, _ in model.named_children()}
    assert model(TOKENS, MASK, SPEAKERS).log_scale is None


def test_the_prenet_starts_as_nothing() -> None:
    x = torch.randn(2, 8, 4) * MASK
    assert torch.equal(Prenet(8, 5, 3, 0.5, 1e-4)(x, MASK), x)
