"""WaveNet: what it generates, sample by sample, is what it was taught."""

from __future__ import annotations

import itertools

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
from tts.audio import mulaw
from tts.contracts import Contract, Window
from tts.errors import ConfigError
from tts.kernels.wavenet_vector import has_halves
from tts.nn.conv import fold
from tts.vocoder.wavenet import Config, Model

CONTRACT = Contract(channels=6, hop=16, n_fft=64, win=64, sample_rate_hz=4000, fmax_hz=2000)
LATENT = Contract(kind="latent", channels=6, hop=16, encoder_hash="0")
TINY = {
    "n_mixtures": 3,
    "channels": 10,
    "gate_channels": 14,
    "skip_channels": 9,
    "n_layers": 7,
    "cycle": 5,
}
OUTPUTS = ("logistics", "gaussian", "mulaw")
CLARINET = {
    "output": "gaussian", "gate_channels": 512, "n_layers": 20, "cycle": 10, "kernel": 2,
    "front_kernel": 32, "front_relu": True, "skip": "sum",
    "upsampling": {"kind": "transposed", "rates": (16, 16)},
}  # fmt: skip


def tiny(output: str, **over: object) -> Model:
    model = Model(Config(**{**TINY, "output": output, **over}), CONTRACT)
    perturb(model)
    with torch.no_grad():
        model.front.weight *= 0.4  # a long memory of its own samples would be chaotic
    return model.eval()


def span(config: Config) -> int:
    """Samples before a sample that its distribution depends on."""
    dilations = [2 ** (i % config.cycle) for i in range(config.n_layers)]
    return (config.kernel - 1) * sum(dilations) + config.front_kernel


@pytest.mark.parametrize("output", OUTPUTS)
def test_it_is_a_vocoder(output: str) -> None:
    model = tiny(output)
    check_vocoder(model, torch.randn(2, 6, 20))
    check_config(model.config)
    check_save_load(model, tiny(output), lambda m: m.generate(torch.ones(1, 6, 5)))


def test_its_context_is_the_upsamplings() -> None:
    # Past samples carry a change on for ever: what is looked at is how early it begins.
    model, frames = tiny("gaussian", temperature=0.0), torch.randn(1, 6, 60)
    changed = frames.clone()
    changed[:, :, 40] += 1
    differs = (model.generate(frames) != model.generate(changed))[0].nonzero()
    first = int(differs[0]) // CONTRACT.hop
    assert 40 - model.context_frames <= first <= 40 - model.context_frames // 2


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("kind", ["stretch", "transposed", "direct"])
def test_every_parameter_learns(output: str, kind: str) -> None:
    over = {} if output == "mulaw" else {"front_kernel": 4, "front_relu": True}
    upsampling = {"kind": kind}
    model = tiny(output, n_speakers=3, speaker_channels=4, upsampling=upsampling, **over).train()
    batch = vocoder_batch(CONTRACT, 3, 8)
    object.__setattr__(batch, "speakers", torch.arange(3))
    model.initialise(batch)
    check_gradients(model, batch)


# What is generated is what is taught


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("skip", ["sum", "root", "running"])
def test_step_by_step_equals_teacher_forced(output: str, skip: str) -> None:
    """Over 2048 samples, 20 times the longest ring buffer; each sample redrawn from its output."""
    over = {} if output == "mulaw" else {"front_kernel": 3}
    model = tiny(output, skip=skip, **over)
    n_frames = 128
    assert n_frames * CONTRACT.hop > 15 * span(model.config)
    frames = torch.randn(2, 6, n_frames)
    drawn = torch.randn if model.output.normal else torch.rand
    noise = drawn(2, model.output.n_draws, n_frames * CONTRACT.hop)
    wav = model.generate(frames, noise=noise)
    with torch.no_grad():
        parameters = model.teacher_forced(frames, wav)
    apart = (model.output.sample(parameters, noise) - wav).abs() > 1e-4
    assert apart.sum() <= (2 if output == "mulaw" else 0), "but for draws between two classes"
    assert wav.std() > 0.01


@pytest.mark.parametrize("output", OUTPUTS)
def test_the_distributions_are_the_same_step_by_step(output: str) -> None:
    model, n = tiny(output), 2048
    cond = torch.randn(1, 6, n)
    drawn = torch.randn if model.output.normal else torch.rand
    seen = torch.zeros(1, n, model.output.n_parameters)
    generator = model._generator(1, 1.0, halves=False)
    wav = generator.run(cond.transpose(1, 2), drawn(1, n, model.output.n_draws), seen)
    with torch.no_grad():
        forced = model.predict(cond, wav)
    torch.testing.assert_close(seen.transpose(1, 2), forced, atol=2e-5, rtol=1e-5)


@pytest.mark.parametrize("output", OUTPUTS)
def test_the_past_does_not_know_the_future(output: str) -> None:
    """Changing sample n leaves every distribution up to n as it was, bit for bit."""
    model, cond = tiny(output), torch.randn(1, 6, 160)
    signal = 0.5 * torch.rand(1, 160) - 0.25
    changed = signal.clone()
    changed[:, 70] += 0.4
    with torch.no_grad():
        before, after = model.predict(cond, signal), model.predict(cond, changed)
    assert torch.equal(before[..., :71], after[..., :71])
    touched = (before != after).any(1)[0].nonzero().flatten()
    assert touched[0] == 71
    assert touched[-1] == 70 + span(model.config)


@pytest.mark.parametrize("output", OUTPUTS)
def test_a_stream_is_the_whole_bit_for_bit(output: str) -> None:
    model, n_frames = tiny(output), 43
    frames, context, state = torch.randn(1, 6, n_frames), model.context_frames, {}
    whole = model.generate(frames, seed=5)
    pieces = []
    for begin, end in itertools.pairwise([0, 1, 9, 16, 30, 43]):
        first, last = max(0, begin - context), min(n_frames, end + context)
        window = Window(first, begin - first, end - first, state)
        pieces.append(model.generate(frames[:, :, first:last], seed=5, window=window))
    assert torch.equal(torch.cat(pieces, 1), whole)


@pytest.mark.parametrize("output", OUTPUTS)
def test_a_row_is_itself_bit_for_bit(output: str) -> None:
    model, lens = tiny(output), torch.tensor([20, 37, 3, 20, 28])
    frames = torch.randn(5, 6, 37)
    together = model.generate(frames, lens, seed=[4, 5, 6, 7, 8])
    for row, n_frames in enumerate(lens.tolist()):
        alone = model.generate(frames[row : row + 1, :, :n_frames], seed=4 + row)
        assert torch.equal(together[row : row + 1, : alone.shape[1]], alone)
        assert (together[row, alone.shape[1] :] == 0).all()
    assert not torch.equal(together[0, :48], model.generate(frames[:1], seed=9)[0, :48])


def test_folding_changes_nothing() -> None:
    model = tiny("logistics")
    before = model.generate(torch.ones(1, 6, 9))
    torch.testing.assert_close(
        fold(model).generate(torch.ones(1, 6, 9)), before, atol=1e-5, rtol=0
    )


@pytest.mark.skipif(not has_halves(), reason="this processor does not convert half precision")
@pytest.mark.parametrize("output", OUTPUTS)
def test_autocast_means_weights_of_16_bits(output: str) -> None:
    """Their distributions lie within -50 dB of those in float32."""
    model, cond = tiny(output, channels=32, gate_channels=64), torch.randn(1, 6, 600)
    draws = torch.rand(1, 600, model.output.n_draws)
    seen = torch.zeros(1, 600, model.output.n_parameters)
    wav = model._generator(1, 1.0, halves=True).run(cond.transpose(1, 2), draws, seen)
    with torch.no_grad():
        forced = model.predict(cond, wav).transpose(1, 2)
    assert (seen - forced).square().mean() < 1e-5 * forced.var()
    frames = torch.randn(1, 6, 8)
    with torch.autocast("cpu", torch.bfloat16):
        halved = model.generate(frames)
    assert output == "mulaw" or not torch.equal(halved, model.generate(frames))
    assert halved.dtype == torch.float32


# The parts


@pytest.mark.parametrize("output", ["logistics", "gaussian"])
def test_a_signal_is_scaled_and_emphasised_and_back(output: str) -> None:
    """With the same draws, a model of the signal gives the wav whose signal that is."""
    plain, own = tiny(output), tiny(output, gain=0.55, preemphasis=0.85)
    own.load_state_dict(plain.state_dict())
    frames = torch.randn(1, 6, 20)
    signal, wav = (m.generate(frames, seed=1, temperature=0.5) for m in (plain, own))
    torch.testing.assert_close(own.to_signal(wav)[:, 1:], signal[:, 1:], atol=1e-5, rtol=0)
    torch.testing.assert_close(wav[:, 0], signal[:, 0] / 0.55)


def test_loss_is_the_likelihood_of_all_but_the_first() -> None:
    for output in OUTPUTS:
        model, batch = tiny(output, gain=0.9, preemphasis=0.3), vocoder_batch(CONTRACT, 2, 5)
        with torch.no_grad():
            total = model.loss(batch)["total"]
            parameters = model.teacher_forced(batch.frames, batch.wav)
        signal = model.to_signal(batch.wav)
        per_sample = model.output.log_prob(parameters, signal)
        torch.testing.assert_close(total, -per_sample[:, 1:].mean())


def test_losses_under_autocast_stay_float32_at_both_ends() -> None:
    model, batch = tiny("logistics"), vocoder_batch(CONTRACT, 2, 5)
    with torch.no_grad():
        exact = model.loss(batch)["total"]
        with torch.autocast("cpu", torch.bfloat16):
            made = model.loss(batch)["total"]
            assert model.teacher_forced(batch.frames, batch.wav).dtype == torch.float32
    assert made.dtype == torch.float32
    torch.testing.assert_close(made, exact, atol=0.05, rtol=0.02)


def test_speakers_sound_different_and_the_first_is_the_default() -> None:
    model, frames = tiny("gaussian", n_speakers=3), torch.ones(3, 6, 6)
    wav = model.generate(frames, speakers=torch.tensor([0, 1, 2]))
    assert torch.equal(wav[:1], model.generate(frames[:1]))
    assert not torch.equal(wav[1], wav[0]) and not torch.equal(wav[1], wav[2])
    alone = model.generate(frames[:1], speakers=torch.tensor([2]))
    assert torch.equal(alone, wav[2:])
    with torch.no_grad():
        forced = model.teacher_forced(frames, wav, torch.tensor([0, 1, 2]))
        other = model.teacher_forced(frames, wav, torch.tensor([0, 1, 1]))
    assert torch.equal(forced[:2], other[:2]) and not torch.equal(forced[2], other[2])


def test_frames_are_normalised_as_the_first_batch_says() -> None:
    batch = vocoder_batch(CONTRACT, 4, 50)
    object.__setattr__(batch, "frames", 3 * batch.frames - 5)
    batch.frames[:, 2] = -7.0
    model, plain = tiny("gaussian"), tiny("gaussian", normalise=False)
    for m in (model, plain):
        m.initialise(batch)
    normal = model._normalised(batch.frames)
    others = [0, 1, 3, 4, 5]
    assert normal[:, others].mean().abs() < 1e-5 and normal[:, others].std() - 1 < 0.01
    assert normal[:, 2].abs().max() < 1e-3, "a bin that never changes does not blow up"
    assert torch.equal(plain._normalised(batch.frames), batch.frames)


def test_temperature() -> None:
    model, frames = tiny("gaussian", temperature=0.7), torch.randn(1, 6, 10)
    assert torch.equal(model.generate(frames), model.generate(frames, temperature=0.7))
    calm = model.generate(frames, temperature=0.0)
    assert torch.equal(calm, model.generate(frames, seed=8, temperature=0.0))
    for bad in (-0.1, float("nan"), float("inf")):
        with pytest.raises(ConfigError, match=r"wavenet: temperature .*expected 0 or more"):
            model.generate(frames, temperature=bad)


def test_latents_as_a_bridge() -> None:
    model = Model(Config(**TINY, output="gaussian"), LATENT).eval()
    assert model.generate(torch.randn(1, 6, 4)).shape == (1, 64)


@pytest.mark.parametrize(
    ("config", "n_parameters"),
    [
        # r9y9's presets: 3 720 932, 3 717 292 and 4 699 944 with the idle residual of the last
        # layer (16 640), and, with classes, the lengths and the bias of the first convolution.
        (Config(), 3_720_932 - 16_640),
        (Config(output="gaussian"), 3_717_292 - 16_640),
        (Config(output="mulaw", n_layers=30, cycle=10), 4_699_944 - 16_640 - 256),
        # ClariNet's teacher: 4 824 008 with an idle residual and a bias on the conditioning.
        (Config(**CLARINET), 4_824_008 - 33_024 - 20 * 512),
    ],
)
def test_published_sizes(config: Config, n_parameters: int) -> None:
    model = Model(config, Contract())
    assert sum(p.numel() for p in model.parameters()) == n_parameters


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({"output": "mulaw", "front_kernel": 2}, "enter by a table"),
        ({"upsampling": {"kind": "stretch", "rates": [4, 5]}}, "multiply to 20"),
    ],
)
def test_what_does_not_fit_is_refused(section: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Model(Config(**section), CONTRACT)


def test_classes_start_from_silence() -> None:
    model = tiny("mulaw", n_classes=40)
    past = model._start(torch.full((1, 3), 0.5))
    silence, half = mulaw.encode(torch.tensor([0.0, 0.5]), 39)
    torch.testing.assert_close(past[0, :, 0, 0], model.front.weight[silence])
    torch.testing.assert_close(past[0, :, 0, 1], model.front.weight[half])


def test_context_check_is_for_feed_forward_vocoders() -> None:
    """A change lasts: the check of the others must fail here, or it would check nothing."""
    with pytest.raises(AssertionError):
        check_context(tiny("gaussian", temperature=0.0), 60)


@pytest.mark.parametrize("output", ["logistics", "gaussian"])
def test_dither_is_of_training_alone(output: str) -> None:
    exact, dithered = tiny(output), tiny(output, dither=0.05)
    dithered.load_state_dict(exact.state_dict())
    check_dither(exact, dithered, vocoder_batch(CONTRACT, 2, 8))
