"""Vocos: its head against torch's inverse transform, its players, and every vocoder's proofs."""

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
    perturb,
    vocoder_batch,
)
from tts.contracts import Contract, Window
from tts.errors import ConfigError
from tts.nn.precision import autocast
from tts.vocoder.vocos import Config, Model

CONTRACT = Contract(channels=6, hop=16, n_fft=64, win=64, sample_rate_hz=4000, fmax_hz=2000)
LATENT = Contract(kind="latent", channels=5, hop=16, sample_rate_hz=4000, encoder_hash="x")
TINY = Config(
    channels=8,
    hidden_channels=12,
    n_blocks=2,
    periods=(2, 3),
    period_widths=(4, 8),
    resolutions=(64, 32),
    resolution_channels=4,
    stft_sizes=(32, 64),
)


def tiny(contract: Contract = CONTRACT, for_training: bool = False, **changes: object) -> Model:
    model = Model(TINY.model_copy(update=changes), contract, for_training).eval()
    perturb(model.generator)
    return model


def test_published_size() -> None:
    model = Model(Config(), Contract(preset="vocos"), for_training=False)
    assert sum(p.numel() for p in model.parameters()) == 13_531_650


@pytest.mark.parametrize(
    "contract",
    [CONTRACT, CONTRACT.model_copy(update={"padding": "centre"}), LATENT],
    ids=["half", "centre", "latent"],
)
def test_generation(contract: Contract) -> None:
    model = tiny(contract)
    check_vocoder(model, torch.randn(2, contract.channels, 20))
    check_context(model, 60)


@pytest.mark.parametrize("n_fft", [48, 56, 100])
def test_frames_need_not_be_a_multiple_of_the_hop(n_fft: int) -> None:
    model = tiny(n_fft=n_fft)
    check_vocoder(model, torch.randn(2, 6, 20))
    check_context(model, 60)


@pytest.mark.parametrize("padding", ["half", "centre"])
def test_pieces_equal_the_whole(padding: str) -> None:
    model = tiny(CONTRACT.model_copy(update={"padding": padding}))
    frames, context = torch.randn(1, 6, 70), model.context_frames
    pieces = []
    for begin in range(0, 70, 9):
        first, end = max(0, begin - context), min(70, begin + 9)
        window = Window(first, begin - first, end - first)
        pieces.append(model.generate(frames[:, :, first : end + context], window=window))
    torch.testing.assert_close(torch.cat(pieces, 1), model.generate(frames), atol=1e-6, rtol=0)


def test_the_generator_is_the_papers() -> None:
    """Sections 3.1 and 3.2 written out, with torch's own inverse transform."""
    model = tiny(CONTRACT.model_copy(update={"padding": "centre"}))
    generator, frames = model.generator, torch.randn(1, 6, 15)

    def norm(layer: torch.nn.LayerNorm, x: torch.Tensor) -> torch.Tensor:
        return F.layer_norm(x.mT, (8,), layer.weight, layer.bias, 1e-6).mT

    x = F.conv1d(frames, generator.embed.weight, generator.embed.bias, padding=3)
    x = norm(generator.norm, x)
    for block in generator.blocks:
        depthwise, widen, narrow = block.depthwise, block.widen, block.narrow
        y = norm(block.norm, F.conv1d(x, depthwise.weight, depthwise.bias, padding=3, groups=8))
        y = narrow.weight @ F.gelu(widen.weight @ y + widen.bias[:, None]) + narrow.bias[:, None]
        x = x + block.scale[:, None] * y
    x = norm(generator.last_norm, x)
    magnitude, phase = (generator.head.weight @ x + generator.head.bias[:, None]).chunk(2, 1)
    spectrum = torch.polar(magnitude.exp().clamp_max(100.0), phase)
    expected = torch.istft(spectrum, 64, 16, window=torch.hann_window(64))
    wav = model.generate(frames)
    assert wav.shape[1] == expected.shape[1] + 16
    torch.testing.assert_close(wav[:, : expected.shape[1]], expected, atol=1e-5, rtol=1e-4)


def test_half_precision_keeps_the_spectrum_exact() -> None:
    model, frames = tiny(channels=32, hidden_channels=32), torch.randn(1, 6, 40)
    exact = model.generate(frames)
    with autocast("bfloat16", "cpu"):
        wav = model.generate(frames)
        model.settle(torch.bfloat16)
        settled = model.generate(frames)
    assert wav.dtype == torch.float32
    assert (wav - exact).square().mean() < 1e-3 * exact.square().mean()
    assert torch.equal(settled, wav)


def test_gradients_reach_every_parameter() -> None:
    model = Model(TINY, CONTRACT)
    with torch.no_grad():  # between -1 and 1 the hinges of real and of fake cancel out in a bias
        for part in (*model.discriminators[0].parts, *model.discriminators[1].parts):
            part.last.bias.fill_(2.0)
    check_gradients(model, vocoder_batch(CONTRACT, 2, 16))


def test_players_do_not_teach_one_another() -> None:
    model, batch = Model(TINY, CONTRACT), vocoder_batch(CONTRACT, 2, 16)
    carry = {"step": 1}
    model.loss(batch, "discriminator", carry)["total"].backward()
    assert all(p.grad is None for p in model.player("generator").parameters())
    model.zero_grad()
    model.loss(batch, "generator", carry)["total"].backward()
    assert all(p.grad is None for p in model.player("discriminator").parameters())
    assert all(p.requires_grad for p in model.parameters())


def test_the_adversary_joins_late_and_rests_every_other_step() -> None:
    changes = {"adversary_from_step": 5, "adversary_every": 2, "stft_weight": 1.0}
    model = Model(TINY.model_copy(update=changes), CONTRACT)
    batch = vocoder_batch(CONTRACT, 2, 16)
    for step, plays in ((4, False), (5, False), (6, True), (7, False)):
        judged = model.loss(batch, "discriminator", {"step": step})
        taught = set(model.loss(batch, "generator", {"step": step}))
        by_judges = {"adversarial", "features"} if plays else set()
        assert set(judged) == ({"total", "period", "resolution"} if plays else set())
        assert taught - {"total", "mel", "stft"} == by_judges
    assert "features" in model.eval().loss(batch, "generator", {"step": 7})


def test_total_is_the_weighted_sum() -> None:
    config = TINY.model_copy(update={"stft_weight": 3.0, "feature_weight": 2.0})
    model = Model(config, CONTRACT).eval()
    losses = model.loss(vocoder_batch(CONTRACT, 2, 16))
    expected = 45 * losses["mel"] + 3 * losses["stft"] + losses["adversarial"]
    torch.testing.assert_close(losses["total"], expected + 2 * losses["features"])


def test_a_perfect_generator_has_no_mel_loss() -> None:
    model, batch = Model(TINY, CONTRACT).eval(), vocoder_batch(CONTRACT, 2, 16)
    losses = model.loss(batch, "generator", {"step": 1, "fake": batch.wav})
    assert losses["mel"] == 0 and losses["features"] < 1e-5


def test_save_load() -> None:
    batch = vocoder_batch(CONTRACT, 2, 16)
    models = [Model(TINY, CONTRACT).eval() for _ in range(2)]
    check_save_load(*models, lambda m: m.loss(batch, "generator")["total"])


def test_inference_needs_no_discriminators() -> None:
    assert not any("discriminators" in name for name in tiny().state_dict())


def test_who_speaks_is_heard_once_it_is_learnt() -> None:
    config = TINY.model_copy(update={"speaker_bias": True})
    model = Model(config, CONTRACT, for_training=False, n_speakers=3).eval()
    frames, second = torch.randn(1, 6, 12), torch.tensor([1])
    assert torch.equal(model.generate(frames, speakers=second), model.generate(frames))
    perturb(model.speakers)
    assert not torch.equal(model.generate(frames, speakers=second), model.generate(frames))
    assert any(
        name.startswith("1.")
        for name, _ in Model(config, CONTRACT, n_speakers=3).player("generator").named_parameters()
    )


def test_trains_on_a_latent_bridge() -> None:
    losses = Model(TINY, LATENT).loss(vocoder_batch(LATENT, 2, 16))
    assert torch.isfinite(losses["total"])


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"kernel": 4}, "must be odd"), ({"n_fft": 40}, "48 or more"), ({"n_fft": 63}, "even")],
)
def test_shapes_that_do_not_fit_are_refused(changes: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Model(TINY.model_copy(update=changes), CONTRACT)


def test_config_survives_yaml() -> None:
    check_config(TINY)
    check_config(Config())
