"""HiFi-GAN: the three published sizes, its two players, and what every vocoder must prove."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from tests.checks import (
    check_config,
    check_context,
    check_gradients,
    check_save_load,
    check_vocoder,
    vocoder_batch,
)
from tts.contracts import Contract
from tts.errors import ConfigError
from tts.nn.conv import fold
from tts.vocoder.hifigan import Config, Model

CONTRACT = Contract(channels=6, hop=16, n_fft=64, win=64, sample_rate_hz=4000, fmax_hz=2000)
TINY = Config(
    channels=8,
    rates=(4, 4),
    rate_kernels=(8, 8),
    kernels=(3, 5),
    dilations=((1, 3), (1, 2)),
    periods=(2, 3),
    period_widths=(4, 8),
    n_scales=2,
    scale_width_divisor=16,
)
V3 = {
    "channels": 256,
    "rates": (8, 8, 4),
    "rate_kernels": (16, 16, 8),
    "kernels": (3, 5, 7),
    "dilations": ((1, 2), (2, 6), (3, 12)),
    "block": 2,
}


@pytest.mark.parametrize(
    ("config", "normed", "folded"),
    [
        (Config(), 13_936_130, 13_926_017),
        (Config(channels=128), 928_514, 925_985),
        (Config(**V3), 1_464_322, 1_462_273),
    ],
)
def test_published_sizes(config: Config, normed: int, folded: int) -> None:
    model = Model(config, Contract(), for_training=False)
    assert sum(p.numel() for p in model.parameters()) == normed
    assert sum(p.numel() for p in fold(model).parameters()) == folded


def test_published_discriminator_sizes() -> None:
    periods, scales = Model(Config(channels=16), Contract()).discriminators
    assert sum(t.numel() for t in periods.state_dict().values()) == 41_105_770
    assert sum(t.numel() for t in scales.state_dict().values()) == 29_637_357


@pytest.mark.parametrize("block", [1, 2])
def test_generation(block: int) -> None:
    model = Model(TINY.model_copy(update={"block": block}), CONTRACT)
    check_vocoder(model, torch.randn(2, 6, 20))
    check_context(model, 90)


def test_folding_changes_nothing() -> None:
    model = Model(TINY, CONTRACT, for_training=False).eval()
    frames = torch.randn(1, 6, 12)
    wav = model.generate(frames)
    torch.testing.assert_close(fold(model).generate(frames), wav, atol=1e-6, rtol=0)


@pytest.mark.parametrize("block", [1, 2])
def test_the_generator_is_the_papers(block: int) -> None:
    """Section 2.2 written out: slopes, padding, the mean over residual blocks, tanh."""
    model = Model(TINY.model_copy(update={"block": block}), CONTRACT, for_training=False)
    generator = fold(model.eval()).generator
    with torch.no_grad():
        for parameter in generator.parameters():
            parameter.mul_(2.0)  # so that the slopes matter

    def residual(x: torch.Tensor, block: torch.nn.Module) -> torch.Tensor:
        for i, conv in enumerate(block.dilated):
            (dilation,), kernel = conv.dilation, conv.weight.shape[2]
            pad = dilation * (kernel - 1) // 2
            y = F.conv1d(
                F.leaky_relu(x, 0.1), conv.weight, conv.bias, padding=pad, dilation=dilation
            )
            if len(block.plain):
                plain = block.plain[i]
                y = F.conv1d(F.leaky_relu(y, 0.1), plain.weight, plain.bias, padding=kernel // 2)
            x = x + y
        return x

    frames = torch.randn(1, 6, 9)
    x = F.conv1d(frames, generator.first.weight, generator.first.bias, padding=3)
    for stage in generator.stages:
        up = stage.upsample
        x = F.conv_transpose1d(F.leaky_relu(x, 0.1), up.weight, up.bias, stride=4, padding=2)
        x = torch.stack([residual(x, block) for block in stage.blocks]).mean(0)
    last = generator.last
    expected = F.conv1d(F.leaky_relu(x, 0.01), last.weight, last.bias, padding=3).tanh()[0]
    torch.testing.assert_close(model.generate(frames), expected, atol=1e-5, rtol=1e-4)


def test_gradients_reach_every_parameter() -> None:
    check_gradients(Model(TINY, CONTRACT), vocoder_batch(CONTRACT, 2, 16))


def test_players_do_not_teach_one_another() -> None:
    model, batch = Model(TINY, CONTRACT), vocoder_batch(CONTRACT, 2, 16)
    carry = {"step": 1}
    model.loss(batch, "discriminator", carry)["total"].backward()
    assert all(p.grad is None for p in model.player("generator").parameters())
    model.zero_grad()
    model.loss(batch, "generator", carry)["total"].backward()
    assert all(p.grad is None for p in model.player("discriminator").parameters())
    assert all(p.requires_grad for p in model.parameters())


def test_the_adversary_joins_late() -> None:
    model = Model(TINY.model_copy(update={"adversary_from_step": 5}), CONTRACT)
    batch = vocoder_batch(CONTRACT, 2, 16)
    assert model.loss(batch, "discriminator", {"step": 4}) == {}
    assert set(model.loss(batch, "generator", {"step": 4})) == {"total", "mel"}
    assert model.loss(batch, "discriminator", {"step": 5})["total"] > 0
    assert "features" in model.loss(batch, "generator", {"step": 5})


def test_the_adversary_rests_and_an_stft_loss_may_join() -> None:
    changes = {"adversary_every": 2, "stft_weight": 3.0, "stft_sizes": (64, 128)}
    model, batch = Model(TINY.model_copy(update=changes), CONTRACT), vocoder_batch(CONTRACT, 2, 16)
    assert model.loss(batch, "discriminator", {"step": 3}) == {}
    assert model.loss(batch, "discriminator", {"step": 4})["total"] > 0
    losses = model.loss(batch, "generator", {"step": 3})
    expected = 45 * losses["mel"] + 3 * losses["stft"]
    torch.testing.assert_close(losses["total"], expected)


def test_a_perfect_generator_has_no_mel_loss() -> None:
    model, batch = Model(TINY, CONTRACT).eval(), vocoder_batch(CONTRACT, 2, 16)
    losses = model.loss(batch, "generator", {"step": 1, "fake": batch.wav.unsqueeze(1)})
    assert losses["mel"] == 0 and losses["features"] < 1e-5


def test_save_load() -> None:
    batch = vocoder_batch(CONTRACT, 2, 16)
    models = [Model(TINY, CONTRACT).eval() for _ in range(2)]
    check_save_load(*models, lambda m: m.loss(batch, "generator")["total"])


def test_inference_needs_no_discriminators() -> None:
    model = Model(TINY, CONTRACT, for_training=False)
    assert not any("discriminators" in name for name in model.state_dict())


def test_trains_on_a_latent_bridge() -> None:
    latent = Contract(kind="latent", channels=5, hop=16, sample_rate_hz=4000, encoder_hash="x")
    losses = Model(TINY, latent).loss(vocoder_batch(latent, 2, 16))
    assert torch.isfinite(losses["total"])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rates": (4, 2)}, "multiply to 8"),
        ({"rate_kernels": (8, 7)}, "even"),
        ({"kernels": (3,)}, "same number"),
        ({"channels": 6}, "divide by 4"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(changes: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Model(TINY.model_copy(update=changes), CONTRACT)


def test_a_mel_loss_that_cannot_be_is_one_clear_line() -> None:
    with pytest.raises(ConfigError, match="mel of the loss"):
        Model(TINY.model_copy(update={"loss_fmax_hz": 9000.0}), CONTRACT)


def test_bridges_of_an_odd_difference_train_too() -> None:
    odd = CONTRACT.model_copy(update={"n_fft": 65, "padding": "centre"})
    losses = Model(TINY, odd).loss(vocoder_batch(odd, 2, 16))
    assert torch.isfinite(losses["total"])


def test_config_survives_yaml() -> None:
    check_config(TINY)
    check_config(Config())
