"""The learned bridge: its losses and players, its posterior, its decoder as a vocoder."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from tests.checks import (
    check_config,
    check_context,
    check_gradients,
    check_save_load,
    check_vocoder,
    perturb,
)
from tts import build
from tts.bridge.glow_wavegan import Config, Model
from tts.contracts import Contract, WaveBatch
from tts.errors import ConfigError, DataError
from tts.losses.posterior import standard_kl

CONTRACT = Contract(kind="latent", channels=6, hop=16, sample_rate_hz=4000)
TINY = Config(
    encoder_channels=4,
    strides=(4, 4),
    n_units=2,
    decoder_channels=8,
    rates=(4, 4),
    rate_kernels=(8, 8),
    kernels=(3, 5),
    dilations=((1, 3), (1, 2)),
    periods=(2, 3),
    period_widths=(4, 8),
    n_scales=2,
    scale_width_divisor=16,
    pitch_channels=8,
)
N_FRAMES = 80  # of a training segment, which the longest STFT of the loss asks for


def model(**over: Any) -> Model:
    return Model(TINY.model_copy(update=over), CONTRACT, for_training=True)


def batch(n_rows: int = 2) -> WaveBatch:
    t = torch.arange(N_FRAMES * 16) / 4000
    tone = 0.2 * torch.sin(2 * math.pi * 150 * t)
    wav = tone + 0.02 * torch.randn(n_rows, len(t))
    return WaveBatch(tuple(f"utt{i}" for i in range(n_rows)), wav)


@pytest.mark.parametrize("encoder", ["waveform", "spectrogram"])
def test_gradients_reach_every_parameter(encoder: str) -> None:
    check_gradients(model(encoder=encoder), batch())


def test_players_do_not_teach_one_another() -> None:
    learner, carry = model(), {"step": 1}
    learner.loss(batch(), "discriminator", carry)["total"].backward()
    assert all(p.grad is None for p in learner.player("generator").parameters())
    learner.zero_grad()
    learner.loss(batch(), "generator", carry)["total"].backward()
    assert all(p.grad is None for p in learner.player("discriminator").parameters())


def test_the_total_is_the_weighted_sum() -> None:
    weights = {"stft_weight": 3.0, "kl_weight": 5.0, "feature_weight": 7.0, "pitch_weight": 11.0}
    losses = model(**weights, kl_warmup=100).loss(batch(), "generator", {"step": 25})
    parts = {"stft": 3.0, "kl": 5.0 / 4, "pitch": 11.0, "voicing": 11.0, "adversarial": 1.0}
    expected = sum(weight * losses[name] for name, weight in {**parts, "features": 7.0}.items())
    torch.testing.assert_close(losses["total"], expected)


def test_a_mel_loss_joins_on_request() -> None:
    wide = Contract(kind="latent", channels=6, hop=256)
    over = {"strides": (16, 16), "rates": (16, 16), "rate_kernels": (32, 32), "mel_weight": 45.0}
    learner = Model(TINY.model_copy(update=over), wide, for_training=True).eval()
    wav = 0.1 * torch.randn(1, 40 * 256)
    losses = learner.loss(WaveBatch(("a",), wav), "generator", {"step": 1})
    plain = Model(TINY.model_copy(update={**over, "mel_weight": 0.0}), wide, for_training=True)
    assert set(plain.state_dict()) == set(learner.state_dict())
    same = {"fake": wav[:, None], "posterior": learner.posterior(wav), "step": 1}
    same["latent"] = same["posterior"].mean
    parts = {"stft": 15.0, "mel": 45.0, "kl": learner.config.kl_weight, "adversarial": 1.0}
    parts |= {"features": learner.config.feature_weight}
    parts |= dict.fromkeys(("pitch", "voicing"), learner.config.pitch_weight)
    warmth = {"kl": 1 / learner.config.kl_warmup}
    total = sum(weight * warmth.get(name, 1) * losses[name] for name, weight in parts.items())
    torch.testing.assert_close(losses["total"], total)
    assert losses["mel"] > 0.1 and learner.loss(WaveBatch(("a",), wav), carry=same)["mel"] == 0
    assert "mel" not in model().loss(batch())


def test_the_adversary_joins_when_it_is_told_to() -> None:
    learner = model(adversary_from_step=10)
    assert learner.loss(batch(), "discriminator", {"step": 9}) == {}
    assert "adversarial" not in learner.loss(batch(), "generator", {"step": 9})
    assert "period" in learner.loss(batch(), "discriminator", {"step": 10})
    assert "adversarial" in learner.loss(batch(), "generator", {"step": 10})


def test_the_latent_is_carried_from_turn_to_turn() -> None:
    learner, carry = model(), {"step": 1}
    learner.loss(batch(), "discriminator", carry)
    fake = carry["fake"]
    learner.loss(batch(), "generator", carry)
    assert carry["fake"] is fake


def test_it_learns_to_copy() -> None:
    learner = model(adversary_from_step=10**6, kl_weight=0.1)
    examples = batch(4)
    optimiser = torch.optim.Adam(learner.player("generator").parameters(), 3e-3)
    seen = []
    for step in range(1, 61):
        losses = learner.loss(examples, "generator", {"step": step})
        optimiser.zero_grad()
        losses["total"].backward()
        optimiser.step()
        seen.append({name: float(value.detach()) for name, value in losses.items()})
    assert seen[-1]["stft"] < 0.6 * seen[0]["stft"]
    assert seen[-1]["pitch"] < 0.1 and seen[-1]["voicing"] < 0.3
    with torch.no_grad():
        found = learner.predict_f0(learner.encode(examples.wav))
    assert (found[:, 30:50] / 150 - 1).abs().mean() < 0.1


def test_bfloat16_keeps_the_divergence_exact() -> None:
    learner = model()
    with torch.autocast("cpu", torch.bfloat16):
        posterior = learner.posterior(batch().wav)
        losses = learner.loss(batch())
    assert posterior.mean.dtype == posterior.log_std.dtype == torch.float32
    assert all(value.dtype == torch.float32 for value in losses.values())


@pytest.mark.parametrize("encoder", ["waveform", "spectrogram"])
def test_one_frame_a_hop_and_the_rest_is_left_out(encoder: str) -> None:
    learned = model(encoder=encoder).eval()
    for n_samples in (16, 31, 160, 175):
        wav = 0.1 * torch.randn(2, n_samples)
        frames = learned.encode(wav)
        assert frames.shape == (2, 6, CONTRACT.n_frames(n_samples)) and not frames.requires_grad
        torch.testing.assert_close(learned.encode(wav[1:]), frames[1:], atol=1e-6, rtol=0)
    with pytest.raises(DataError, match="15 samples make no frame of 16"):
        learned.encode(torch.zeros(1, 15))


@pytest.mark.parametrize("encoder", ["waveform", "spectrogram"])
def test_a_row_does_not_see_its_padding(encoder: str) -> None:
    learned = model(encoder=encoder).eval()
    wav = 0.1 * torch.randn(2, 20 * 16)
    lens = torch.tensor([20, 13])
    for sample in (None, [3, 4]):
        ragged = learned.encode(wav, sample=sample, frame_lens=lens)
        own = None if sample is None else sample[1]
        alone = learned.encode(wav[1:, : 13 * 16], sample=own)
        torch.testing.assert_close(ragged[1:, :, :13], alone, atol=1e-6, rtol=0)
        assert ragged[1, :, 13:].abs().max() == 0


def test_samples_have_the_posteriors_moments() -> None:
    learned = model().eval()
    perturb(learned)
    wav = 0.1 * torch.randn(1, 10 * 16)
    with torch.no_grad():
        posterior = learned.posterior(wav)
    drawn = learned.encode(wav.expand(4000, -1), sample=list(range(4000)))
    std = posterior.log_std[0].exp()
    torch.testing.assert_close(drawn.std(0), std, rtol=0.06, atol=0)
    standard = (drawn.mean(0) - posterior.mean[0]) / std * math.sqrt(4000)
    assert standard.abs().max() < 4.5 and abs(float(standard.square().mean()) - 1) < 0.6


def test_the_latent_of_a_spectrogram_has_no_phases() -> None:
    wav = 0.1 * torch.randn(1, 20 * 16)
    deaf = model(encoder="spectrogram", strides=(4, 2)).eval()  # whose strides nobody asks for
    torch.testing.assert_close(deaf.encode(-wav), deaf.encode(wav))
    hearing = model().eval()
    assert (hearing.encode(-wav) - hearing.encode(wav)).abs().max() > 1e-4


def test_a_seed_is_a_sample() -> None:
    learned = model().eval()
    wav = 0.1 * torch.randn(1, 10 * 16)
    first, again, other = (learned.encode(wav, sample=seed) for seed in (0, 0, 1))
    assert torch.equal(first, again) and not torch.equal(first, other)
    assert not torch.equal(first, learned.encode(wav))


def test_the_dump_holds_means_over_log_stds() -> None:
    learned = model().eval()
    wav = 0.1 * torch.randn(2, 10 * 16)
    stored, posterior = learned.for_dump(wav), learned.posterior(wav)
    assert torch.equal(stored, torch.cat([posterior.mean, posterior.log_std], 1))
    assert torch.equal(stored[:, :6], learned.encode(wav))
    assert standard_kl(posterior.mean, posterior.log_std).mean() > 0.5  # narrow at the start


def test_the_decoder_is_a_vocoder() -> None:
    check_vocoder(model(), torch.randn(2, 6, 20))
    check_context(model(), 90)


def test_a_voice_needs_no_encoder() -> None:
    whole = model().eval()
    decoder = Model(TINY, CONTRACT, decoder_only=True).eval()
    left_out = tuple(f"{part}." for part in (*Model.training_only, *Model.encoding_only))
    kept = {n: t for n, t in whole.state_dict().items() if not n.startswith(left_out)}
    decoder.load_state_dict(kept)
    frames = torch.randn(1, 6, 9)
    assert torch.equal(decoder.generate(frames), whole.generate(frames))


def test_saving_and_configuration() -> None:
    wav = 0.1 * torch.randn(1, 160)
    check_save_load(model(), model(), lambda m: m.encode(wav, sample=1))
    check_config(TINY)
    check_config(Config())
    check_config(Config(encoder="spectrogram"))
    check_save_load(
        model(encoder="spectrogram"), model(encoder="spectrogram"), lambda m: m.encode(wav)
    )


def test_the_hash_is_that_of_the_encoder() -> None:
    learned = model()
    first = build.encoder_hash(learned.state_dict())
    with torch.no_grad():
        learned.decoder.last.bias.add_(1.0)
        learned.pitch.last.bias.add_(1.0)
    assert build.encoder_hash(learned.state_dict()) == first
    with torch.no_grad():
        learned.encoder.last.bias[0] += 1e-4
    assert build.encoder_hash(learned.state_dict()) != first


@pytest.mark.parametrize(
    ("over", "message"),
    [
        ({"strides": (4, 2)}, r"strides \[4, 2\] multiply to 8, the bridge's hop is 16"),
        ({"rates": (4, 2)}, r"rates \[4, 2\] multiply to 8, the bridge's hop is 16"),
        ({"kernels": (3, 4)}, "must all be odd"),
        ({"decoder_channels": 6}, "channels must divide by 4"),
    ],
)
def test_shapes_that_do_not_fit(over: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=rf"^glow_wavegan: .*{message}"):
        model(**over)


def test_a_mel_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"set audio\.kind to latent"):
        Model(TINY, Contract(hop=16, n_fft=64, win=64))
    with pytest.raises(ConfigError, match=r"encoder_kernel = 4: is even"):
        build.check_section("bridge", {"name": "glow_wavegan", "encoder_kernel": 4}, "a.yaml")
