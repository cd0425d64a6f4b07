"""Glow-TTS: likelihood, alignment, inference, batches."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from tests.checks import acoustic_batch, check_config, check_gradients, check_save_load, perturb
from tts.acoustic.glow_tts import Config, Model
from tts.contracts import Contract
from tts.errors import DataError
from tts.flows.squeeze import squeeze

CONTRACT = Contract(channels=6)
TINY = Config(
    channels=8,
    feed_forward_channels=12,
    n_blocks=2,
    attention_window=2,
    duration_channels=8,
    flow_channels=8,
    n_flow_blocks=2,
    n_flow_layers=2,
    flow_kernel=3,
    speaker_channels=4,
    dropout=0.0,
    prenet_dropout=0.0,
    flow_dropout=0.0,
)


def tiny(n_speakers: int = 1, **changes) -> Model:
    model = Model(TINY.model_copy(update=changes), CONTRACT, n_tokens=10, n_speakers=n_speakers)
    perturb(model)
    return model


def test_the_papers_model_has_the_published_size() -> None:
    sizes = [
        sum(p.numel() for p in Model(Config(), Contract(), n_tokens).parameters())
        for n_tokens in (148, 149)
    ]
    assert sizes == [28_623_889, 28_624_081]


@pytest.mark.parametrize("changes", [{}, {"mean_only": False}, {"sigmoid_scale": True}])
@pytest.mark.parametrize("n_speakers", [1, 2])
def test_gradients_reach_every_parameter(changes: dict, n_speakers: int) -> None:
    model = tiny(n_speakers, **changes)
    check_gradients(model, acoustic_batch(CONTRACT, [5, 3], [16, 12], n_speakers))


def test_config_survives_yaml() -> None:
    check_config(TINY)
    check_config(Config())


def test_loss_is_the_exact_likelihood_under_the_alignment() -> None:
    """The density of the frames, from the autograd Jacobian of the flow and the aligned prior."""
    model = tiny(mean_only=False).double().eval()
    batch = acoustic_batch(CONTRACT, [3], [8])
    frames = batch.frames.double()
    batch = type(batch)(**{**vars(batch), "frames": frames})
    nll = model.loss(batch)["nll"]

    found = model._explain(batch, frames)
    mask = torch.ones(1, 1, 4, dtype=torch.float64)

    def latent(flat: torch.Tensor) -> torch.Tensor:
        return model.decoder(squeeze(flat.view(1, 6, 8), 2), mask)[0].flatten()

    jacobian = torch.autograd.functional.jacobian(latent, frames.flatten())
    index = torch.repeat_interleave(torch.arange(3), found.durations[0])
    mean, log_scale = found.prior.mean[0][:, index], found.prior.log_scale[0][:, index]
    density = torch.distributions.Normal(mean, log_scale.exp()).log_prob(found.latent[0]).sum()
    expected = -(density + torch.linalg.slogdet(jacobian).logabsdet) / (8 * 6)
    torch.testing.assert_close(nll, expected)


def test_a_given_alignment_is_taken_instead_of_a_search() -> None:
    model = tiny().eval()
    batch = acoustic_batch(CONTRACT, [5, 3], [16, 12])
    found = model.align(batch)
    given = replace(batch, durations=found)
    assert model.loss(given) == model.loss(batch)
    other = torch.tensor([[12, 1, 1, 1, 1], [1, 1, 10, 0, 0]])
    worse = replace(batch, durations=other)
    assert torch.equal(model.align(worse), other)
    assert model.loss(worse)["nll"] > model.loss(batch)["nll"]


def test_padding_and_other_rows_change_nothing_in_training() -> None:
    model = tiny(2).eval()
    batch = acoustic_batch(CONTRACT, [5, 3], [17, 12], 2)
    durations = model.align(batch)
    alone = type(batch)(
        utterances=("utt1",),
        tokens=batch.tokens[1:, :3],
        token_lens=batch.token_lens[1:],
        frames=batch.frames[1:, :, :12],
        frame_lens=batch.frame_lens[1:],
        speakers=batch.speakers[1:],
    )
    assert durations[1].tolist() == [*model.align(alone)[0].tolist(), 0, 0]
    assert durations.sum(1).tolist() == [16, 12]  # whole groups of two frames
    latent = model._explain(batch, batch.frames).latent[1:, :, :12]
    torch.testing.assert_close(
        latent, model._explain(alone, alone.frames).latent, atol=1e-5, rtol=0
    )


def test_a_row_of_a_batch_is_synthesised_as_if_alone() -> None:
    model = tiny(2).eval()
    batch = acoustic_batch(CONTRACT, [5, 3], [17, 12], 2)
    both = model.infer(batch.tokens, batch.token_lens, batch.speakers, seed=[4, 7])
    alone = model.infer(batch.tokens[1:, :3], batch.token_lens[1:], batch.speakers[1:], seed=7)
    n_frames = int(alone.frame_lens)
    assert both.durations[1].tolist() == [*alone.durations[0].tolist(), 0, 0]
    torch.testing.assert_close(both.frames[1:, :, :n_frames], alone.frames, atol=1e-5, rtol=0)
    assert (both.frames[1, :, n_frames:] == 0).all()
    assert both.durations.sum(1).tolist() == both.frame_lens.tolist()


def test_inference_knobs() -> None:
    model = tiny().eval()
    tokens, lens = torch.randint(1, 10, (1, 9)), torch.tensor([9])
    with torch.no_grad():
        model.encoder.durations.out.bias.fill_(math.log(6.3))
    same = [model.infer(tokens, lens, seed=5).frames for _ in range(2)]
    assert torch.equal(*same)
    assert not torch.equal(same[0], model.infer(tokens, lens, seed=6).frames)
    flat = [model.infer(tokens, lens, seed=s, temperature=0.0).frames for s in (5, 6)]
    assert torch.equal(*flat)
    slow, fast = (int(model.infer(tokens, lens, speed=s).frame_lens) for s in (0.5, 2.0))
    assert slow > 1.8 * fast


def test_inference_inverts_training() -> None:
    """Frames made with some noise are explained by the flow as exactly that noise."""
    model = tiny().eval()
    tokens, lens = torch.randint(1, 10, (1, 5)), torch.tensor([5])
    noise = torch.randn(1, 6, 400)
    made = model.infer(tokens, lens, noise=noise, temperature=1.0)
    mask = torch.ones(1, 1, made.frames.shape[2] // 2)
    latent = model.decoder(squeeze(made.frames, 2), mask)[0]
    index = torch.repeat_interleave(torch.arange(5), made.durations[0])
    prior = model._prior(tokens, lens, None)
    expected = prior.mean[:, :, index] + noise[:, :, : made.frames.shape[2]]
    torch.testing.assert_close(latent, squeeze(expected, 2), atol=1e-4, rtol=0)


def test_one_token_still_fills_a_group() -> None:
    model = tiny(n_squeeze=4).eval()
    with torch.no_grad():
        model.encoder.durations.out.bias.fill_(-9.0)
    made = model.infer(torch.tensor([[3]]), torch.tensor([1]))
    assert made.frames.shape[2] == 4 and made.durations.tolist() == [[4]]


def test_teacher_forced_frames_keep_the_length_and_the_odd_last_frame() -> None:
    model = tiny().eval()
    batch = acoustic_batch(CONTRACT, [5, 3], [17, 12])
    frames = model.teacher_forced(batch, seed=1)
    assert frames.shape == batch.frames.shape
    assert torch.equal(frames[0, :, 16:], batch.frames[0, :, 16:])
    assert torch.equal(frames, model.teacher_forced(batch, seed=1))
    assert not torch.equal(frames[0, :, :16], batch.frames[0, :, :16])


def test_initialise_gives_latents_of_unit_scale() -> None:
    model = Model(TINY, CONTRACT, n_tokens=10)
    batch = acoustic_batch(CONTRACT, [5, 3], [40, 30])
    frames = 4 * batch.frames - 9
    model.initialise(type(batch)(**{**vars(batch), "frames": frames}))
    mask = torch.ones(1, 1, 20)
    latent = model.decoder(squeeze(frames[:1, :, :40], 2), mask)[0]
    assert latent.mean().abs() < 0.2 and 0.7 < latent.std() < 1.3


def test_frame_noise_enters_in_training_only() -> None:
    model = tiny(frame_noise=0.5)
    batch = acoustic_batch(CONTRACT, [3], [12])
    losses = [model.train().loss(batch)["nll"].item() for _ in range(2)]
    assert losses[0] != losses[1]
    losses = [model.eval().loss(batch)["nll"].item() for _ in range(2)]
    assert losses[0] == losses[1]


def test_fewer_frames_than_tokens_names_the_utterance() -> None:
    with pytest.raises(DataError, match="utt1"):
        tiny().loss(acoustic_batch(CONTRACT, [5, 9], [16, 8]))


def test_save_load() -> None:
    batch = acoustic_batch(CONTRACT, [5, 3], [16, 12])
    check_save_load(tiny().eval(), tiny().eval(), lambda m: m.loss(batch)["total"])


def test_bfloat16_keeps_the_loss_in_float32() -> None:
    model = tiny()
    with torch.autocast("cpu", torch.bfloat16):
        losses = model.loss(acoustic_batch(CONTRACT, [5, 3], [16, 12]))
    assert losses["nll"].dtype == losses["duration"].dtype == torch.float32


def test_durations_do_not_depend_on_the_precision() -> None:
    model = tiny().eval()
    tokens, lens = torch.randint(1, 10, (1, 40)), torch.tensor([40])
    with torch.no_grad():
        model.encoder.durations.out.weight.mul_(9)
        model.encoder.durations.out.bias.fill_(2.0)
    exact = model.infer(tokens, lens)
    with torch.autocast("cpu", torch.bfloat16):
        rounded = model.infer(tokens, lens)
    assert exact.durations.unique().numel() > 3
    assert torch.equal(exact.durations, rounded.durations)
    error = (exact.frames - rounded.frames).square().mean() / exact.frames.square().mean()
    assert 0 < error < 1e-3
