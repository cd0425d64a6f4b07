"""FloWaveNet: its published size, that it is a bijection with the right likelihood, its blocks."""

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
from tts.contracts import Contract, VocoderBatch, Window
from tts.errors import ConfigError
from tts.flows.squeeze import squeeze_planar
from tts.nn.conv import fold, planar
from tts.nn.masking import sample_noise
from tts.vocoder import flowavenet
from tts.vocoder.flowavenet import Config, Model

CONTRACT = Contract(channels=6, hop=16, n_fft=64, win=64, sample_rate_hz=4000, fmax_hz=2000)
LATENT = Contract(kind="latent", channels=5, hop=24, sample_rate_hz=4000, encoder_hash="x")
TINY = Config(n_blocks=3, n_flows=2, blocks_per_split=2, channels=8)
NEVER_USED = 49 * (256 * 256 + 2 * 256)  # a residual convolution in the last layer of each net


def tiny(contract: Contract = CONTRACT, **over: object) -> Model:
    model = Model(TINY.model_copy(update=over), contract)
    perturb(model)
    return model.eval()


def test_published_size() -> None:
    with torch.device("meta"):
        model = Model(Config(), Contract(preset="clarinet"))
    assert sum(p.numel() for p in model.parameters()) == 182_644_788 - NEVER_USED
    assert [scale.flows[0].bias.numel() for scale in model.flow.scales] == [
        2, 4, 8, 16, 16, 32, 64, 128,
    ]  # fmt: skip


@pytest.mark.parametrize("over", [{}, {"n_flows": 3}, {"blocks_per_split": 1}])
def test_generation(over: dict) -> None:
    check_vocoder(tiny(**over), torch.randn(2, 6, 20))


def test_context() -> None:
    model = tiny()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if name.endswith("end.weight"):
                weight.normal_(0, 0.5)  # so that influence reaches as far as it can
    check_context(model, 60)


@pytest.mark.parametrize("contract", [CONTRACT, LATENT])
@pytest.mark.parametrize("n_flows", [2, 3])
def test_every_wav_has_its_latent(contract: Contract, n_flows: int) -> None:
    model = tiny(contract, n_flows=n_flows)
    frames = torch.randn(2, contract.channels, 9)
    noise = torch.randn(2, 9 * contract.hop)
    wav = model.generate(frames, noise=noise, temperature=0.7)
    found = model.log_likelihood(frames, wav)
    torch.testing.assert_close(found.latent, 0.7 * noise, atol=1e-5, rtol=0)


def test_the_likelihood_is_that_of_the_jacobian() -> None:
    """Equation 2, with the determinant of the whole model taken by autograd."""
    model = fold(tiny()).double()
    frames = torch.randn(1, 6, 2, dtype=torch.float64)
    wav = 0.3 * torch.randn(1, 32, dtype=torch.float64)

    def latent(flat: torch.Tensor) -> torch.Tensor:
        return model._explain(frames, flat[None])[0].flatten()

    jacobian = torch.autograd.functional.jacobian(latent, wav[0])
    z = latent(wav[0])
    log_prob = torch.distributions.Normal(0.0, 1.0).log_prob(z).sum()
    expected = log_prob + torch.linalg.slogdet(jacobian).logabsdet
    found = model.log_likelihood(frames, wav)
    torch.testing.assert_close(found.log_prob[0], expected)
    losses = model.loss(VocoderBatch(("utt0",), frames, wav))
    torch.testing.assert_close(losses["total"], -expected / 32)
    torch.testing.assert_close(losses["bits_per_sample"], found.bits_per_sample[0])
    torch.testing.assert_close(losses["latent_variance"], z.square().mean())


def test_leaving_channels_are_normal_under_their_prior() -> None:
    """The likelihood of the last coupling of a block is that of N(mean, scale) (section 3.4)."""
    model = tiny(n_blocks=2, blocks_per_split=1)
    prior = model.flow.scales[0].flows[-1]
    halves = model._conditioning(torch.randn(1, 6, 2), None)
    cond = tuple(squeeze_planar(half, 2) for half in halves)
    x = torch.randn(1, 2, 16)
    y, logdet = prior(x, None, cond)
    mean, log_scale = prior.net(x[:, :1], None, cond).chunk(2, 1)
    own = torch.distributions.Normal(mean, log_scale.exp()).log_prob(x[:, 1:]).sum()
    standard = torch.distributions.Normal(0.0, 1.0).log_prob(y[:, 1:]).sum() + logdet
    torch.testing.assert_close(standard[0], own)


def test_couplings_take_turns_with_the_halves_of_the_conditioning() -> None:
    model = tiny(n_flows=3)
    halves = [flow.net.half for scale in model.flow.scales for flow in scale.flows[1:9:3]]
    assert halves == [0, 1, 0, 1, 0, 1, 0, 1, 0]
    cond = tuple(planar(torch.randn(1, 6, 16)) for _ in range(2))
    net, x = model.flow.scales[0].flows[1].net, torch.randn(1, 1, 16)
    seen: list[torch.Tensor] = []
    net.stack.forward = lambda x, mask, cond: seen.append(cond) or x
    net(x, None, cond)
    assert seen[0] is cond[0]


@pytest.mark.parametrize("contract", [CONTRACT, LATENT])
def test_the_halves_of_the_conditioning(contract: Contract) -> None:
    model, frames = tiny(contract), torch.randn(2, contract.channels, 3)
    upsampled = model.upsample(frames)
    first, second = model._conditioning(frames, None)
    assert torch.equal(first.squeeze(2), upsampled[:, :3])
    assert torch.equal(second.squeeze(2), upsampled[:, 3:])


def test_initialisation_normalises_the_latents() -> None:
    model = Model(TINY, CONTRACT)
    batch = vocoder_batch(CONTRACT, 4, 32)
    before = model.loss(batch)
    model.initialise(batch)
    after = model.loss(batch)
    assert after["total"] < before["total"] - 0.5
    torch.testing.assert_close(after["latent_variance"], torch.tensor(1.0), atol=1e-3, rtol=0)
    first = model.flow.scales[0].flows[0]
    torch.testing.assert_close(first.scale, 1 / batch.wav.std() * torch.ones(2), atol=0.2, rtol=0)


def test_pieces_are_as_the_whole() -> None:
    model = tiny()
    frames, n, context = torch.randn(1, 6, 50), 50, model.context_frames
    whole = model.generate(frames, seed=7)
    pieces = []
    for begin in range(0, n, 12):
        first, end = max(0, begin - context), min(n, begin + 12)
        window = Window(first, begin - first, end - first)
        pieces.append(model.generate(frames[:, :, first : end + context], seed=7, window=window))
    torch.testing.assert_close(torch.cat(pieces, 1), whole, atol=1e-6, rtol=0)


def test_couplings_in_pieces_are_as_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    model, frames = tiny(), torch.randn(2, 6, 20)
    lens = torch.tensor([20, 13])
    whole = model.generate(frames, lens, seed=7)
    monkeypatch.setattr(flowavenet, "PIECE_FRAMES", 7)
    torch.testing.assert_close(model.generate(frames, lens, seed=7), whole, atol=1e-6, rtol=0)


def test_temperature_scales_the_noise() -> None:
    model, frames = tiny(), torch.randn(1, 6, 8)
    noise = sample_noise(3, frames, None, 16)
    cold = model.generate(frames, seed=3, temperature=0.25)
    assert torch.equal(cold, model.generate(frames, noise=0.25 * noise, temperature=1.0))
    usual = model.generate(frames, noise=noise, temperature=0.8)
    assert torch.equal(usual, model.generate(frames, seed=3))
    silent = [model.generate(frames, seed=seed, temperature=0.0) for seed in (1, 2)]
    assert torch.equal(*silent)


@pytest.mark.parametrize("value", [-0.1, math.nan, math.inf])
def test_temperature_out_of_range(value: float) -> None:
    with pytest.raises(ConfigError, match=r"temperature \S+: expected 0 or more"):
        tiny().generate(torch.randn(1, 6, 4), temperature=value)


def test_folding_and_settling_change_nothing() -> None:
    model, frames = tiny(), torch.randn(1, 6, 12)
    wav = model.generate(frames)
    torch.testing.assert_close(fold(model).generate(frames), wav, atol=1e-6, rtol=0)
    with torch.autocast("cpu", torch.bfloat16):
        half = model.generate(frames)
        model.settle(torch.bfloat16)
        torch.testing.assert_close(model.generate(frames), half, atol=1e-3, rtol=0)
    assert model.flow.scales[0].flows[1].net.stack.dilated[0].weight.dtype == torch.bfloat16
    assert model.flow.scales[0].flows[0].scale.dtype == torch.float32
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


@pytest.mark.parametrize("contract", [CONTRACT, LATENT])
def test_gradients_reach_every_parameter(contract: Contract) -> None:
    check_gradients(tiny(contract).train(), vocoder_batch(contract, 2, 16))


def test_save_load() -> None:
    batch = vocoder_batch(CONTRACT, 2, 16)
    check_save_load(tiny(), tiny(), lambda model: model.loss(batch)["total"])


def test_a_model_loaded_is_not_initialised_anew() -> None:
    model, batch = tiny(), vocoder_batch(CONTRACT, 2, 16)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    model.train().loss(batch)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


@pytest.mark.parametrize(
    ("changes", "contract", "message"),
    [
        ({"n_blocks": 5}, CONTRACT, "hop 16 does not divide by 32, .*make n_blocks smaller"),
        ({"n_blocks": 4}, LATENT, "hop 24 does not divide by 16"),
        ({"kernel": 4}, CONTRACT, "kernel 4 must be odd"),
        ({}, LATENT.model_copy(update={"channels": 1}), "1 channel has no halves"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(
    changes: dict, contract: Contract, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        Model(TINY.model_copy(update=changes), contract)


def test_config_survives_yaml() -> None:
    check_config(TINY)
    check_config(Config())


def test_dither_is_of_training_alone() -> None:
    exact, dithered = tiny(), tiny(dither=0.05)
    dithered.load_state_dict(exact.state_dict())
    check_dither(exact, dithered, vocoder_batch(CONTRACT, 2, 8))
