"""WaveGrad: the published size, its loss, its sampling, its reach, and what all vocoders prove."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

from tests.checks import (
    check_config,
    check_context,
    check_gradients,
    check_save_load,
    check_vocoder,
    perturb,
    vocoder_batch,
)
from tts.contracts import Contract, VocoderBatch, Window
from tts.diffusion import schedules
from tts.diffusion.schedules import Schedule
from tts.errors import ConfigError
from tts.nn import film
from tts.nn.masking import sample_noise
from tts.vocoder.wavegrad import Config, Model, _reach

CONTRACT = Contract(channels=6, hop=16, n_fft=64, win=64, sample_rate_hz=4000, fmax_hz=2000)
LATENT = Contract(kind="latent", channels=5, hop=24, sample_rate_hz=4000, encoder_hash="x")
TINY = Config(
    frame_channels=12,
    channels=(8, 6, 6),
    dilations=((1, 2, 1, 2), (1, 2, 4, 8), (1, 2, 1, 2)),
    wave_channels=4,
    down_channels=(6, 8),
    down_dilations=((1, 2, 4), (1, 2)),
    steps=3,
)


def tiny(contract: Contract = CONTRACT, **over: object) -> Model:
    model = Model(TINY.model_copy(update=over), contract, for_training=True)
    perturb(model)
    return model.eval()


@pytest.mark.parametrize(("channels", "n"), [(128, 15_920_993), (80, 15_810_401)])
def test_published_sizes(channels: int, n: int) -> None:
    with torch.device("meta"):
        model = Model(Config(), Contract(hop=300, channels=channels), for_training=False)
    assert sum(p.numel() for p in model.parameters()) == n
    assert model.factors == (5, 5, 3, 2, 2)


@pytest.mark.parametrize("resampling", ["nearest", "linear"])
@pytest.mark.parametrize("repeats", [1, 2])
def test_generation(resampling: str, repeats: int) -> None:
    model = tiny(resampling=resampling, repeats=repeats)
    check_vocoder(model, torch.randn(2, 6, 20))
    model = tiny(resampling=resampling, repeats=repeats, steps=1)
    check_context(model, 2 * model.context_frames + 5)


@pytest.mark.parametrize("resampling", ["nearest", "linear"])
@pytest.mark.parametrize("repeats", [1, 2])
@pytest.mark.parametrize("contract", [CONTRACT, LATENT])
def test_the_reach_is_exact(resampling: str, repeats: int, contract: Contract) -> None:
    """By gradients, which fade but do not round to zero: no wider, and no narrower by a sample."""
    model, hop, n = tiny(contract, resampling=resampling, repeats=repeats), contract.hop, 60
    frames = torch.randn(1, contract.channels, n, requires_grad=True)
    y = torch.randn(1, n * hop, requires_grad=True)
    for wanted in ((30 * hop, 31 * hop - 1), (30 * hop + 5, 30 * hop + 5)):
        eps = model.network(model.network.enter(frames), y, torch.tensor([0.5]))
        ours = eps[0, wanted[0] : wanted[1] + 1].sum()
        by_frame, by_sample = torch.autograd.grad(ours, (frames, y))
        spans = _reach(model.config, model.factors, wanted)
        for span, gradient in zip(spans, (by_frame[0].abs().sum(0), by_sample[0])):
            touched = gradient.nonzero().flatten()
            slack = 1 if resampling == "linear" else 0
            assert span[0] <= int(touched.min()) <= span[0] + slack
            assert span[1] - slack <= int(touched.max()) <= span[1]


@pytest.mark.parametrize("contract", [CONTRACT, LATENT])
@pytest.mark.parametrize("sampler", ["ancestral", "ddim"])
def test_latents_and_both_samplers(contract: Contract, sampler: str) -> None:
    model = tiny(contract)
    frames = torch.randn(2, contract.channels, 9)
    wav = model.generate(frames, sampler=sampler)
    assert wav.shape == (2, 9 * contract.hop)
    assert wav.isfinite().all() and wav.std() > 0
    assert not torch.equal(wav, model.generate(frames, sampler=sampler, seed=1))


def test_rows_have_seeds_of_their_own() -> None:
    model, frames = tiny(), torch.randn(1, 6, 9).expand(3, -1, -1)
    wav = model.generate(frames, torch.tensor([9, 9, 7]), seed=[4, 5, 4])
    assert not torch.equal(wav[0], wav[1])
    torch.testing.assert_close(wav[1:2], model.generate(frames[:1], seed=5), atol=1e-5, rtol=0)


def test_an_empty_row() -> None:
    wav = tiny().generate(torch.randn(2, 6, 9), torch.tensor([9, 0]))
    assert wav[1].abs().max() == 0 and wav[0].abs().max() > 0


@pytest.mark.parametrize("resampling", ["nearest", "linear"])
@pytest.mark.parametrize("knobs", [{}, {"steps": 5}, {"sampler": "ddim"}])
def test_pieces_are_as_the_whole(
    monkeypatch: pytest.MonkeyPatch, resampling: str, knobs: dict[str, object]
) -> None:
    monkeypatch.setattr(film, "SPAN_ELEMENTS", 400)
    model = tiny(resampling=resampling)
    context = model.context_for(knobs)
    assert context == model.context_frames if knobs != {"steps": 5} else context > 4
    frames = torch.randn(1, 6, 50)
    pieces = []
    for begin in range(0, 50, 17):
        first, end = max(0, begin - context), min(50, begin + 17)
        window = Window(first, begin - first, end - first)
        piece = frames[:, :, first : end + context]
        pieces.append(model.generate(piece, seed=7, window=window, **knobs))
    whole = model.generate(frames, seed=7, **knobs)
    torch.testing.assert_close(torch.cat(pieces, 1), whole, atol=1e-5, rtol=0)


def test_explicit_noise_is_that_of_the_seed() -> None:
    """In the order of use; every place in it has noise of its own."""
    model, frames = tiny(), torch.randn(2, 6, 9)
    seeds = [3, 8]
    noise = [
        sample_noise([seed + (place << 32) for seed in seeds], frames, None, 16)
        for place in range(3)
    ]
    made = model.generate(frames, noise=torch.stack(noise, 1))
    assert torch.equal(made, model.generate(frames, seed=seeds))
    assert not torch.equal(noise[0], noise[1])


def test_sampling_is_algorithm_2() -> None:
    """Written out, with a clamp after each step: asked at every level, noisiest first."""
    model, frames = tiny(clamp="sample"), torch.randn(1, 6, 9)
    schedule = Schedule((0.01, 0.2, 0.5))
    noise = torch.randn(1, 3, 9 * 16)
    y, entered = noise[:, 0], model.network.enter(frames)
    alpha_bars = (0.99, 0.99 * 0.8, 0.99 * 0.8 * 0.5)
    for n in (2, 1, 0):
        beta, level = schedule.betas[n], torch.tensor([math.sqrt(alpha_bars[n])])
        eps = model.network(entered, y, level)
        y = (y - beta / math.sqrt(1 - alpha_bars[n]) * eps) / math.sqrt(1 - beta)
        if n:
            left = (1 - alpha_bars[n - 1]) / (1 - alpha_bars[n])
            y = y + math.sqrt(left * beta) * noise[:, 3 - n]
        y = y.clamp(-1, 1)
    made = model.generate(frames, noise=noise, schedule=schedule)
    torch.testing.assert_close(made, y.detach(), atol=1e-4, rtol=0)


def test_which_schedule_is_used(tmp_path: Path) -> None:
    model = tiny()
    assert model.choose_schedule() == schedules.fitted(3)
    assert model.choose_schedule(7, None, "ddim") == schedules.fitted(7, "ddim")
    own = Schedule((1e-5, 0.1, 0.2))
    model.schedules[3, "ancestral"] = own
    assert model.choose_schedule() == model.choose_schedule(3) == own
    assert model.choose_schedule(3, None, "ddim") == schedules.fitted(3, "ddim")
    schedules.write(own, tmp_path / "a.json")
    assert model.choose_schedule(None, str(tmp_path / "a.json")) == own
    assert model.choose_schedule(3, schedules.linear(3)) == schedules.linear(3)


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"steps": 0}, "steps 0: a diffusion takes one step at least"),
        ({"steps": 4, "schedule": Schedule((0.1,))}, "steps 4: the schedule has 1"),
        ({"schedule": "none.json"}, r"none\.json: cannot be read"),
        ({"sampler": "euler"}, "sampler 'euler': there are ancestral, ddim"),
    ],
)
def test_knobs_out_of_range(knobs: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        tiny().generate(torch.randn(1, 6, 5), **knobs)


def test_the_loss_is_equation_11() -> None:
    model, batch = tiny(), vocoder_batch(CONTRACT, 3, 8)
    level, noise = torch.tensor([0.9, 0.5, 0.99], dtype=torch.float64), torch.randn(3, 128)
    noisy = level[:, None] * batch.wav + (1 - level**2).sqrt()[:, None] * noise
    entered = model.network.enter(batch.frames)
    found = model.network(entered, noisy.float(), level.float())
    expected = (found - noise).abs().mean()
    torch.testing.assert_close(model.noise_error(batch, level, noise), expected)


def test_a_loss_of_evaluation_is_the_same_every_time() -> None:
    model, batch = tiny(), vocoder_batch(CONTRACT, 3, 8)
    torch.manual_seed(1)
    first = model.loss(batch)["total"]
    assert torch.equal(first, model.loss(batch)["total"])
    other = VocoderBatch(("a", "b", "c"), batch.frames, batch.wav)
    assert not torch.equal(first, model.loss(other)["total"])
    model.train()
    assert not torch.equal(model.loss(batch)["total"], model.loss(batch)["total"])
    torch.manual_seed(1)
    drawn = model.loss(batch)["total"]
    torch.manual_seed(1)
    assert torch.equal(drawn, model.loss(batch)["total"])


def test_training_in_bfloat16_keeps_the_loss_in_float32() -> None:
    model, batch = tiny().train(), vocoder_batch(CONTRACT, 2, 8)
    with torch.autocast("cpu", torch.bfloat16):
        total = model.loss(batch)["total"]
    assert total.dtype == torch.float32
    total.backward()
    assert all(p.grad.isfinite().all() for p in model.parameters())


@pytest.mark.parametrize("repeats", [1, 2])
def test_gradients_reach_every_parameter(repeats: int) -> None:
    check_gradients(tiny(repeats=repeats), vocoder_batch(CONTRACT, 2, 8))


def test_it_learns() -> None:
    """A few steps on one batch lower the error."""
    torch.manual_seed(0)
    model, batch = Model(TINY, CONTRACT), vocoder_batch(CONTRACT, 4, 16)
    optimiser = torch.optim.Adam(model.parameters(), 3e-3)
    before = float(model.eval().loss(batch)["total"].detach())
    model.train()
    for _ in range(30):
        optimiser.zero_grad()
        model.loss(batch)["total"].backward()
        optimiser.step()
    assert float(model.eval().loss(batch)["total"].detach()) < 0.8 * before


def test_weights_start_orthogonal() -> None:
    model = Model(TINY, CONTRACT, for_training=True)
    weight = model.network.first.weight.flatten(1)  # 12 rows of 18
    torch.testing.assert_close(weight @ weight.T, torch.eye(12), atol=1e-5, rtol=0)
    assert all(p.abs().max() == 0 for n, p in model.named_parameters() if n.endswith("bias"))


def test_save_load() -> None:
    batch = vocoder_batch(CONTRACT, 2, 8)
    check_save_load(tiny(), tiny(), lambda m: m.loss(batch)["total"])


def test_config() -> None:
    check_config(TINY)
    check_config(Config(factors=(4, 4, 4, 2, 2), repeats=2))


@pytest.mark.parametrize(
    ("hop", "factors"),
    [
        (256, (4, 4, 4, 2, 2)),
        (300, (5, 5, 3, 2, 2)),
        (200, (5, 5, 2, 2, 2)),
        (480, (5, 4, 4, 3, 2)),
    ],
)
def test_factors_come_from_the_hop(hop: int, factors: tuple[int, ...]) -> None:
    contract = Contract(hop=hop, padding="centre")
    with torch.device("meta"):
        assert Model(Config(), contract, for_training=False).factors == factors


@pytest.mark.parametrize(
    ("over", "message"),
    [
        ({"factors": (4, 2)}, r"factors \[4, 2\] multiply to 8, the bridge's hop is 16"),
        ({"factors": (16,)}, "choose 3 factors"),
        ({"down_channels": (6,)}, "3 channels need 3 dilations and 2 down_channels"),
        ({"dilations": ((1, 1, 1, 1),)}, "3 channels need 3 dilations"),
        ({"down_dilations": ((1,),)}, "down_dilations has 1 entries, expected 2"),
        ({"wave_channels": 5}, "must be even"),
    ],
)
def test_lists_that_do_not_fit(over: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Model(TINY.model_copy(update=over), CONTRACT)


def test_a_hop_that_does_not_factor() -> None:
    contract = Contract(hop=257, n_fft=1025, win=1025)
    with pytest.raises(ConfigError, match=r"a hop of 257 .* is too uneven"):
        Model(TINY, contract)
    assert Model(TINY.model_copy(update={"factors": (257, 1, 1)}), contract).factors == (257, 1, 1)
