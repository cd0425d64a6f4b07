"""Parallel WaveNet and ClariNet: density, streaming, and what the student learns from whom."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from torch import nn

from tests.checks import (
    check_config,
    check_context,
    check_gradients,
    check_save_load,
    check_vocoder,
    perturb,
    vocoder_batch,
)
from tts import build
from tts.config import load_yaml
from tts.contracts import Contract, VocoderBatch, Window
from tts.errors import ConfigError, DataError
from tts.nn.conv import fold
from tts.nn.precision import autocast
from tts.nn.upsample import Upsampling
from tts.train.settings import load_experiment
from tts.vocoder import hifigan, wavenet
from tts.vocoder.parallel_wavenet import Config, Model

CONTRACT = Contract(channels=6, hop=16, n_fft=64, win=64, sample_rate_hz=4000, fmax_hz=2000)
LATENT = Contract(kind="latent", channels=5, hop=16, sample_rate_hz=4000, encoder_hash="x")
TINY = Config(
    layers=(2, 3),
    cycle=2,
    channels=6,
    gate_channels=8,
    skip_channels=8,
    front_kernel=3,
    n_scores=3,
)
UPSAMPLING = Upsampling(rates=(4, 4))
GAUSSIAN = TINY.model_copy(
    update={
        "distribution": "gaussian",
        "upsampling": UPSAMPLING,
        "power_weight": 0.0,
        "magnitude_weight": 1.0,
        "contrastive_weight": 0.0,
    }
)
EMPHASISED = TINY.model_copy(update={"preemphasis": 0.85, "gain": 0.5})
CONFIGS = {"logistic": TINY, "gaussian": GAUSSIAN, "emphasised": EMPHASISED}


def student(config: Config = TINY, contract: Contract = CONTRACT) -> Model:
    """A tiny student, every layer of which matters."""
    model = Model(config, contract).eval()
    perturb(model.student)
    with torch.no_grad():
        for flow in model.student.flows:
            flow.last.parametrizations.weight.original0.mul_(20)
    return model


def teacher(config: Config = TINY, contract: Contract = CONTRACT, **over: object) -> nn.Module:
    """A tiny WaveNet that fits a student, as the training loop hands it over."""
    settings = {
        "output": "gaussian" if config.distribution == "gaussian" else "logistics",
        "n_mixtures": 3,
        "channels": 6,
        "gate_channels": 8,
        "skip_channels": 5,
        "n_layers": 4,
        "cycle": 2,
        "upsampling": config.upsampling,
        "gain": config.gain,
        "preemphasis": config.preemphasis,
        **over,
    }
    model = wavenet.Model(wavenet.Config(**settings), contract, for_training=False)
    perturb(model)
    model.frame_mean.normal_()
    return fold(model.eval()).requires_grad_(False)


def taught(config: Config = TINY, contract: Contract = CONTRACT) -> Model:
    model = student(config, contract)
    model.learn_from(teacher(config, contract))
    return model


@pytest.mark.parametrize("name", CONFIGS)
def test_generation(name: str) -> None:
    model = student(CONFIGS[name])
    check_vocoder(model, torch.randn(2, 6, 20))
    check_context(model, 60)


def test_generation_over_latents() -> None:
    check_vocoder(student(TINY, LATENT), torch.randn(2, 5, 20))


@pytest.mark.parametrize("name", CONFIGS)
def test_pieces_are_the_whole(name: str) -> None:
    model, frames, step = student(CONFIGS[name]), torch.randn(1, 6, 40), 9
    pieces = []
    for begin in range(0, 40, step):
        first, end = max(0, begin - model.context_frames), min(40, begin + step)
        window = Window(first, begin - first, end - first)
        run = frames[:, :, first : end + model.context_frames]
        pieces.append(model.generate(run, seed=5, window=window))
    whole = model.generate(frames, seed=5)
    torch.testing.assert_close(torch.cat(pieces, 1), whole, atol=1e-6, rtol=0)


def test_half_precision_is_near() -> None:
    model, frames = student(), torch.randn(1, 6, 50)
    exactly = model.generate(frames)
    with autocast("bfloat16", "cpu"):
        nearly = model.generate(frames)
    assert nearly.dtype == torch.float32
    assert 0 < (exactly - nearly).abs().max() < 0.02 * exactly.std()


@pytest.mark.parametrize("name", ["logistic", "gaussian"])
def test_density_of_own_samples(name: str) -> None:
    """Through the inverse, sample by sample, the same noise, distribution and log-probability."""
    model = student(CONFIGS[name]).double()
    cond = torch.randn(2, 6, 80).double()
    noise = model._fresh_noise(torch.zeros(2, 80), None).double()
    drawn = model.student(noise, cond)
    back = model.student.inverse(drawn.signal, cond)
    torch.testing.assert_close(back.signal, noise, atol=1e-9, rtol=0)
    torch.testing.assert_close(back.mean, drawn.mean, atol=1e-9, rtol=0)
    forward = model.log_prob(noise, drawn.log_scale)
    torch.testing.assert_close(
        model.log_prob(back.signal, back.log_scale), forward, atol=1e-9, rtol=0
    )
    shape = (drawn.signal - drawn.mean) / drawn.log_scale.exp()
    torch.testing.assert_close(shape, noise, atol=1e-9, rtol=0)


@pytest.mark.parametrize("name", ["logistic", "gaussian"])
def test_density_against_the_jacobian(name: str) -> None:
    model = student(CONFIGS[name]).double()
    cond, noise = torch.randn(1, 6, 24).double(), torch.randn(1, 24).double()
    jacobian = torch.autograd.functional.jacobian(
        lambda z: model.student(z[None], cond).signal[0], noise[0]
    )
    logdet = torch.linalg.slogdet(jacobian).logabsdet
    drawn = model.student(noise, cond)
    torch.testing.assert_close(drawn.log_scale.sum(), logdet, atol=1e-10, rtol=0)
    base = {
        "gaussian": torch.distributions.Normal(0.0, 1.0).log_prob(noise),
        "logistic": -noise - 2 * torch.log1p(torch.exp(-noise)),
    }[name]
    total = model.log_prob(noise, drawn.log_scale).sum()
    torch.testing.assert_close(total, base.sum() - logdet, atol=1e-9, rtol=0)


def test_temperature_scales_the_noise() -> None:
    model, frames = student(), torch.randn(1, 6, 8)
    noise = model._noise_of_place(3, frames, None, None)
    cooler = model.generate(frames, seed=3, temperature=0.5)
    assert torch.equal(cooler, model.generate(frames, noise=0.5 * noise))
    assert torch.equal(
        model.generate(frames, temperature=0.0), model.generate(frames, seed=9, temperature=0.0)
    )
    with pytest.raises(ConfigError, match="from 0 up"):
        model.generate(frames, temperature=-0.1)


@pytest.mark.parametrize("name", ["logistic", "gaussian"])
def test_noise_is_what_it_is_called(name: str) -> None:
    noise = student(CONFIGS[name])._noise_of_place(0, torch.zeros(1, 6, 4000), None, None)
    std = {"logistic": math.pi / math.sqrt(3), "gaussian": 1.0}[name]
    assert abs(noise.mean()) < 0.02 and abs(noise.std() / std - 1) < 0.02


def test_emphasis_is_undone() -> None:
    model, wav = student(EMPHASISED), torch.randn(2, 400).double()
    signal = teacher(EMPHASISED).to_signal(wav)
    signal[:, 0] = 0.5 * wav[:, 0]
    torch.testing.assert_close(model._restored(signal), wav, atol=1e-8, rtol=0)


# Learning


@pytest.mark.parametrize("name", CONFIGS)
def test_gradients_reach_every_parameter(name: str) -> None:
    model = taught(CONFIGS[name]).train()
    check_gradients(model, vocoder_batch(CONTRACT, 2, 16))
    assert all(p.grad is None for p in model._teachers[0].parameters())


def test_trains_over_latents() -> None:
    losses = taught(TINY, LATENT).train().loss(vocoder_batch(LATENT, 2, 16))
    assert set(losses) == {"total", "kl", "power", "contrastive"}
    assert all(torch.isfinite(value) for value in losses.values())


def test_half_precision_trains_in_exact_likelihoods() -> None:
    model, batch = taught(GAUSSIAN), vocoder_batch(CONTRACT, 2, 16)
    exactly = model.loss(batch)
    with autocast("bfloat16", "cpu"):
        nearly = model.loss(batch)
    assert all(value.dtype == torch.float32 for value in nearly.values())
    for name, value in exactly.items():
        torch.testing.assert_close(nearly[name], value, atol=0.02, rtol=0.03)


def test_a_copy_of_the_teacher_would_have_no_divergence() -> None:
    """With the teacher's own distribution as the student's, all that is left is Monte Carlo."""
    model = taught(GAUSSIAN)
    cond = model.condition(torch.randn(2, 6, 20))
    drawn = model.student(torch.randn(2, 320), cond)
    mean, log_scale = model._teachers[0].predict(cond, drawn.signal).unbind(1)
    same = type(drawn)(drawn.signal, mean, log_scale)
    losses = model._divergence(same, cond, None)
    assert losses["kl"].abs() < 1e-6 and losses["regulariser"] == 0


def test_the_total_is_the_weighted_sum() -> None:
    model, batch = taught(), vocoder_batch(CONTRACT, 2, 16)
    losses = model.loss(batch)
    expected = losses["kl"] + 10 * losses["power"] - 0.3 * losses["contrastive"]
    torch.testing.assert_close(losses["total"], expected)
    losses = taught(GAUSSIAN).loss(batch)
    expected = losses["kl"] + 4 * losses["regulariser"] + losses["magnitude"]
    torch.testing.assert_close(losses["total"], expected)


def test_a_row_alone_has_nothing_to_contrast_with() -> None:
    assert "contrastive" not in taught().loss(vocoder_batch(CONTRACT, 1, 16))


def test_validation_draws_the_same_noise() -> None:
    model, batch = taught(), vocoder_batch(CONTRACT, 2, 16)
    assert torch.equal(model.loss(batch)["total"], model.loss(batch)["total"])
    model.train()
    assert not torch.equal(model.loss(batch)["kl"], model.loss(batch)["kl"])


def test_the_teacher_is_no_part_of_the_student() -> None:
    alone, model = student(), taught()
    assert model.state_dict().keys() == alone.state_dict().keys()
    assert len(list(model.parameters())) == len(list(alone.parameters()))
    assert len(list(model.modules())) == len(list(alone.modules()))


def test_a_taught_student_is_complete() -> None:
    model, frames = taught(), torch.randn(1, 6, 9)
    assert torch.equal(model.condition(frames), model._teachers[0].condition(frames))
    assert model.frame_mean.abs().sum() > 0
    check_save_load(model, student(), lambda m: m.generate(frames))


def test_the_conditioning_is_not_learnt() -> None:
    model = taught()
    learnt = {id(p) for p in model.player("student").parameters()}
    assert not any(id(p) in learnt or p.requires_grad for p in model.upsampler.parameters())


@pytest.mark.parametrize(
    ("own", "over", "message"),
    [
        (TINY, {"output": "mulaw"}, "has output mulaw, a logistic student"),
        (TINY, {"output": "gaussian"}, "has output gaussian, a logistic student"),
        (GAUSSIAN, {"output": "logistics"}, "with output gaussian"),
        (TINY, {"n_speakers": 3}, "3 voices"),
        (TINY, {"gain": 0.7}, r"vocoder\.gain: 1\.0, the teacher has 0\.7"),
        (TINY, {"preemphasis": 0.9}, r"vocoder\.preemphasis: 0\.0, the teacher has 0\.9"),
        (TINY, {"upsampling": UPSAMPLING}, r"vocoder\.upsampling: .*stretch.*transposed"),
    ],
)
def test_teachers_that_do_not_fit_are_refused(own: Config, over: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        student(own).learn_from(teacher(own, **over))
    assert "\n" not in str(caught.value)


def test_only_a_wavenet_teaches() -> None:
    other = hifigan.Model(
        hifigan.Config(channels=4, rates=(16,), rate_kernels=(32,)), CONTRACT, for_training=False
    )
    with pytest.raises(ConfigError, match="has no WaveNet"):
        student().learn_from(other)


def test_segments_too_short_for_the_spectra_are_refused() -> None:
    with pytest.raises(DataError, match=r"raise data\.segment_frames"):
        taught().loss(vocoder_batch(CONTRACT, 2, 2))


def test_an_odd_gate_is_refused() -> None:
    with pytest.raises(ConfigError, match="must be even"):
        Model(TINY.model_copy(update={"gate_channels": 7}), CONTRACT)


def test_learning_draws_nearer() -> None:
    """A few steps on one batch more than halve the divergence."""
    model = taught(GAUSSIAN)
    batch = VocoderBatch(("a", "b"), torch.randn(2, 6, 16), 0.3 * torch.randn(2, 256))
    before = model.loss(batch)
    optimiser = torch.optim.Adam(model.player("student").parameters(), lr=1e-2)
    model.train()
    for _ in range(60):
        optimiser.zero_grad()
        model.loss(batch)["total"].backward()
        optimiser.step()
    after = model.eval().loss(batch)
    assert after["kl"] < 0.5 * before["kl"]
    assert after["total"] < 0.5 * before["total"]


def test_config_survives_yaml() -> None:
    check_config(TINY)
    check_config(GAUSSIAN)
    check_config(Config())


STUDENTS = [
    path
    for path in sorted(Path(__file__).parents[2].glob("egs/*/conf/*.yaml"))
    if (load_yaml(path).get("vocoder") or {}).get("name") == "parallel_wavenet"
]


@pytest.mark.parametrize("path", STUDENTS, ids=lambda p: f"{p.parts[-3]}-{p.stem}")
def test_recipes_students_fit_their_teachers(path: Path) -> None:
    plan = load_experiment(path)
    above = load_experiment(path.with_name(plan.train.teacher_conf))
    assert above.audio == plan.audio
    own = build.build("vocoder", plan.section, plan.audio, for_training=True)
    own.learn_from(fold(build.build("vocoder", above.section, above.audio)))
    assert plan.data.segment_frames * plan.audio.hop > plan.audio.n_fft // 2


def test_published_size() -> None:
    """ClariNet's student, less a bias of the conditioning and the residual nobody uses."""
    conf = load_experiment(
        next(p for p in STUDENTS if p.parts[-3:] == ("ljspeech", "conf", "clarinet.yaml"))
    )
    model = build.build("vocoder", conf.section, conf.audio)
    n_unused = 6 * (10 * 256 + 64 * 128 + 2 * 64)
    assert sum(p.numel() for p in model.student.parameters()) == 5_276_952 - n_unused
