"""WaveGlow: its published sizes, that it is a bijection with the right likelihood, its knobs."""

from __future__ import annotations

import math

import pytest
import torch

from tests.checks import (
    check_config,
    check_context,
    check_dither,
    check_gradients,
    check_save_load,
    check_vocoder,
    perturb,
    vocoder_batch,
)
from tts.audio.denoise import bias_spectrum, subtract_spectrum
from tts.contracts import Contract, VocoderBatch, Window
from tts.errors import ConfigError
from tts.flows.squeeze import squeeze
from tts.nn.conv import fold
from tts.nn.masking import sample_noise
from tts.vocoder.waveglow import N_BIAS_FRAMES, Config, Model

CONTRACT = Contract(channels=6, hop=16, n_fft=64, win=64, sample_rate_hz=4000, fmax_hz=2000)
LATENT = Contract(kind="latent", channels=5, hop=24, sample_rate_hz=4000, encoder_hash="x")
TINY = Config(n_flows=4, group=8, early_every=2, channels=8, n_layers=2)


def tiny(contract: Contract = CONTRACT, **over: object) -> Model:
    model = Model(TINY.model_copy(update=over), contract)
    perturb(model)
    return model.eval()


@pytest.mark.parametrize(("channels", "n"), [(256, 87_879_272), (512, 268_294_760)])
def test_published_sizes(channels: int, n: int) -> None:
    with torch.device("meta"):
        model = Model(Config(channels=channels), Contract())
    assert sum(p.numel() for p in model.parameters()) == n


@pytest.mark.parametrize("exchanged", [False, True])
def test_generation(exchanged: bool) -> None:
    model = tiny(exchanged=exchanged)
    check_vocoder(model, torch.randn(2, 6, 20))
    check_context(model, 60)


@pytest.mark.parametrize("contract", [CONTRACT, LATENT])
def test_every_wav_has_its_latent(contract: Contract) -> None:
    model = tiny(contract)
    frames = torch.randn(2, contract.channels, 9)
    noise = torch.randn(2, 9 * contract.hop)
    wav = model.generate(frames, noise=noise, temperature=0.7)
    found = model.log_likelihood(frames, wav)
    torch.testing.assert_close(found.latent, 0.7 * noise, atol=1e-5, rtol=0)
    assert found.n_samples.tolist() == [9 * contract.hop] * 2


@pytest.mark.parametrize("sigma", [1.0, 0.7])
def test_the_likelihood_is_that_of_the_jacobian(sigma: float) -> None:
    """Equation 9, with the determinant of the whole model taken by autograd."""
    model = fold(tiny(sigma=sigma)).double()
    frames = torch.randn(1, 6, 2, dtype=torch.float64)
    wav = 0.3 * torch.randn(1, 32, dtype=torch.float64)

    def latent(flat: torch.Tensor) -> torch.Tensor:
        return model._explain(frames, flat[None])[0].flatten()

    jacobian = torch.autograd.functional.jacobian(latent, wav[0])
    z = latent(wav[0])
    log_prob = torch.distributions.Normal(0.0, sigma).log_prob(z).sum()
    expected = log_prob + torch.linalg.slogdet(jacobian).logabsdet
    found = model.log_likelihood(frames, wav)
    torch.testing.assert_close(found.log_prob[0], expected)
    losses = model.loss(VocoderBatch(("utt0",), frames, wav))
    constant = 0.5 * math.log(2 * math.pi) + math.log(sigma)
    torch.testing.assert_close(losses["total"] + constant, -expected / 32)
    torch.testing.assert_close(losses["bits_per_sample"], found.bits_per_sample[0])
    torch.testing.assert_close(losses["latent_variance"], z.square().mean())


def test_early_outputs_come_first_in_every_group() -> None:
    model = tiny()
    frames, wav = torch.randn(1, 6, 3), torch.randn(1, 48)
    latent = squeeze(model.log_likelihood(frames, wav).latent.unsqueeze(1), 8)
    cond = model._conditioning(frames, None)
    first = model.flow.scales[0](squeeze(wav.unsqueeze(1), 8), None, cond)[0]
    torch.testing.assert_close(latent[:, :2], first[:, :2])


def test_it_starts_with_rotations_alone() -> None:
    """The couplings start as identities, so the latents are as long as the samples."""
    model = Model(TINY, CONTRACT)
    wav = torch.randn(2, 64)
    found = model.log_likelihood(torch.randn(2, 6, 4), wav)
    torch.testing.assert_close(found.latent.norm(dim=1), wav.norm(dim=1))
    log_prob = torch.distributions.Normal(0.0, 1.0).log_prob(found.latent).sum(1)
    torch.testing.assert_close(found.log_prob, log_prob)


@pytest.mark.parametrize("denoise", [0.0, 0.3])
def test_pieces_are_as_the_whole(denoise: float) -> None:
    model = tiny()
    frames, n, context = torch.randn(1, 6, 50), 50, model.context_frames
    whole = model.generate(frames, seed=7, denoise=denoise)
    pieces = []
    for begin in range(0, n, 12):
        first, end = max(0, begin - context), min(n, begin + 12)
        window = Window(first, begin - first, end - first)
        piece = frames[:, :, first : end + context]
        pieces.append(model.generate(piece, seed=7, window=window, denoise=denoise))
    torch.testing.assert_close(torch.cat(pieces, 1), whole, atol=1e-6, rtol=0)


def test_temperature_scales_the_noise() -> None:
    model, frames = tiny(), torch.randn(1, 6, 8)
    noise = sample_noise(3, frames, None, 16)
    cold = model.generate(frames, seed=3, temperature=0.25)
    assert torch.equal(cold, model.generate(frames, noise=noise, temperature=0.25))
    assert torch.equal(cold, model.generate(frames, noise=0.25 * noise, temperature=1.0))
    usual = model.generate(frames, noise=noise, temperature=0.6)
    assert torch.equal(usual, model.generate(frames, seed=3))
    silent = [model.generate(frames, seed=seed, temperature=0.0) for seed in (1, 2)]
    assert torch.equal(*silent)


def test_denoising_takes_the_bias_off_every_row() -> None:
    model, hop = tiny(), CONTRACT.hop
    frames, lens = torch.randn(2, 6, 14), torch.tensor([14, 9])
    zeros = torch.zeros(1, 6, N_BIAS_FRAMES)
    bias = bias_spectrum(model.generate(zeros, temperature=0.0)[0], hop)
    plain = model.generate(frames, lens, seed=1)
    clean = model.generate(frames, lens, seed=1, denoise=0.5)
    for row, n in enumerate((14 * hop, 9 * hop)):
        expected = subtract_spectrum(plain[row, :n], bias, 0.5, hop)
        torch.testing.assert_close(clean[row, :n], expected)
        assert (clean[row, n:] == 0).all()
    assert not torch.allclose(plain, clean, atol=1e-4)


def test_the_bias_follows_the_weights() -> None:
    model, frames = tiny(), torch.randn(1, 6, 8)
    before = model.generate(frames, denoise=0.5)
    kept = model._bias
    assert torch.equal(model.generate(frames, denoise=0.5), before) and model._bias is kept
    model.train()
    perturb(model)
    model.eval()
    after, plain = model.generate(frames, denoise=0.5), model.generate(frames)
    assert not torch.equal(model._bias, kept)
    torch.testing.assert_close(after[0], subtract_spectrum(plain[0], model._bias, 0.5, 16))


@pytest.mark.parametrize("knob", ["temperature", "denoise"])
@pytest.mark.parametrize("value", [-0.1, math.nan, math.inf])
def test_knobs_out_of_range(knob: str, value: float) -> None:
    with pytest.raises(ConfigError, match=rf"{knob} \S+: expected 0 or more"):
        tiny().generate(torch.randn(1, 6, 4), **{knob: value})


def test_folding_and_settling_change_nothing() -> None:
    model, frames = tiny(), torch.randn(1, 6, 12)
    wav = model.generate(frames)
    torch.testing.assert_close(fold(model).generate(frames), wav, atol=1e-6, rtol=0)
    with torch.autocast("cpu", torch.bfloat16):
        half = model.generate(frames)
        model.settle(torch.bfloat16)
        torch.testing.assert_close(model.generate(frames), half, atol=1e-3, rtol=0)
    assert model.flow.scales[0].flows[1].net.stack.dilated[0].weight.dtype == torch.bfloat16
    assert model.flow.scales[0].flows[0].weight.dtype == torch.float32
    assert (half - wav).std() < 0.02 * wav.std()


def test_bfloat16_keeps_likelihoods_in_float32() -> None:
    model, batch = tiny(), vocoder_batch(CONTRACT, 2, 16)
    exact = model.loss(batch)
    with torch.autocast("cpu", torch.bfloat16):
        losses = model.loss(batch)
        found = model.log_likelihood(batch.frames, batch.wav)
    assert all(loss.dtype == torch.float32 for loss in losses.values())
    assert found.log_prob.dtype == found.latent.dtype == torch.float32
    torch.testing.assert_close(losses["total"], exact["total"], atol=2e-3, rtol=0)


@pytest.mark.parametrize("over", [{}, {"exchanged": True}, {"group": 4, "early_every": 4}])
def test_gradients_reach_every_parameter(over: dict) -> None:
    check_gradients(tiny(**over).train(), vocoder_batch(CONTRACT, 2, 16))


def test_save_load() -> None:
    batch = vocoder_batch(CONTRACT, 2, 16)
    check_save_load(tiny(), tiny(), lambda model: model.loss(batch)["total"])


def test_initialisation_whitens_the_samples_and_normalises_the_frames() -> None:
    model = Model(TINY.model_copy(update={"sigma": 0.7}), CONTRACT)
    wav = 0.01 * torch.randn(4, 8, 200).cumsum(1).transpose(1, 2).flatten(1)
    frames = 3 * torch.randn(4, 6, 100) - 5
    before = model.log_likelihood(frames, wav).bits_per_sample.mean()
    model.initialise(VocoderBatch(("utt0",) * 4, frames, wav))
    upsampled = model.upsample(frames)
    torch.testing.assert_close(upsampled.mean((0, 2)), torch.zeros(6), atol=1e-4, rtol=0)
    torch.testing.assert_close(upsampled.std((0, 2)), torch.ones(6), atol=1e-4, rtol=0)
    found = model.log_likelihood(frames, wav)
    assert found.bits_per_sample.mean() < before - 2
    torch.testing.assert_close(found.latent.std(), torch.tensor(0.7), atol=1e-3, rtol=0)
    first = model.flow.scales[0].flows[0](squeeze(wav.unsqueeze(1), 8), None)[0]
    covariance = first.transpose(0, 1).flatten(1).cov(correction=0)
    torch.testing.assert_close(covariance, 0.49 * torch.eye(8), atol=0.02, rtol=0)


def test_initialisation_survives_silence() -> None:
    model = Model(TINY, CONTRACT)
    model.initialise(VocoderBatch(("utt0",), torch.zeros(1, 6, 10), torch.zeros(1, 160)))
    wav = model.generate(torch.randn(1, 6, 10))
    assert wav.isfinite().all()


def test_it_learns_the_scale_of_the_samples() -> None:
    model, batch = Model(TINY, CONTRACT), vocoder_batch(CONTRACT, 4, 16)
    optimiser = torch.optim.Adam(model.parameters(), lr=3e-3)
    bits = []
    for _ in range(40):
        losses = model.loss(batch)
        optimiser.zero_grad()
        losses["total"].backward()
        optimiser.step()
        bits.append(float(losses["bits_per_sample"].detach()))
    assert bits[-1] < bits[0] - 0.5


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"group": 6}, "hop 16 does not divide by group 6; choose a group"),
        ({"group": 5}, "must be even"),
        ({"early_channels": 3}, "must be even"),
        ({"kernel": 4}, "kernel 4 must be odd"),
        ({"early_channels": 8}, "1 early outputs of 8 channels leave nothing of a group of 8"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(changes: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Model(TINY.model_copy(update=changes), CONTRACT)


def test_config_survives_yaml() -> None:
    check_config(TINY)
    check_config(Config(upsample_kernel=1024, exchanged=True))


def test_dither_is_of_training_alone() -> None:
    exact, dithered = tiny(), tiny(dither=0.05)
    dithered.load_state_dict(exact.state_dict())
    check_dither(exact, dithered, vocoder_batch(CONTRACT, 2, 8))
