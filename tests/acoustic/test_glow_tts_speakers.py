"""Glow-TTS of many speakers: ids, mixtures, outer vectors, conversion, who is likeliest."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
import torch

from tests.acoustic.test_glow_tts import CONTRACT, TINY, tiny
from tests.checks import acoustic_batch, check_gradients, check_save_load, perturb
from tts.acoustic.glow_tts import Model
from tts.contracts import AcousticBatch

E = 5


def outer(**changes: object) -> Model:
    """A model of outer vectors, with as many names as there happen to be."""
    config = TINY.model_copy(update=changes)
    model = Model(config, CONTRACT, n_tokens=10, n_speakers=3, speaker_vector=E)
    perturb(model)
    return model


def with_vectors(batch: AcousticBatch) -> AcousticBatch:
    return replace(batch, speakers=torch.randn(len(batch.utterances), E))


@pytest.mark.parametrize("changes", [{}, {"text_speaker": True}])
def test_gradients_reach_every_parameter(changes: dict) -> None:
    batch = acoustic_batch(CONTRACT, [5, 3], [16, 12], 2)
    check_gradients(tiny(2, **changes), batch)
    check_gradients(outer(**changes), with_vectors(batch))


def test_only_what_is_asked_for_has_weights() -> None:
    names = set(tiny(2).state_dict())
    assert "speakers.weight" in names and not any("projection" in name for name in names)
    assert set(tiny(2, text_speaker=True).state_dict()) - names == {
        "encoder.speaker.weight",
        "encoder.speaker.bias",
    }
    assert set(outer().state_dict()) - names == {"projection.weight", "projection.bias"}
    assert "speakers.weight" not in outer().state_dict() and outer().speaker_vector == E
    assert set(tiny(1, text_speaker=True).state_dict()) == set(tiny(1).state_dict())


def test_the_text_side_sees_the_speaker_where_asked() -> None:
    tokens, lens = torch.randint(1, 10, (2, 5)), torch.tensor([5, 5])
    tokens[1] = tokens[0]
    for asked in (False, True):
        model = tiny(2, text_speaker=asked).eval()
        mean = model._prior(tokens, lens, torch.tensor([0, 1])).mean
        assert ((mean[0] - mean[1]).abs().max() > 1e-3) == asked


def test_at_first_the_text_side_is_as_without() -> None:
    plain = Model(TINY, CONTRACT, 10, n_speakers=2).eval()
    told = Model(TINY.model_copy(update={"text_speaker": True}), CONTRACT, 10, n_speakers=2).eval()
    told.load_state_dict(plain.state_dict(), strict=False)
    batch = acoustic_batch(CONTRACT, [5, 3], [16, 12], 2)
    assert torch.equal(told.loss(batch)["total"], plain.loss(batch)["total"])


def test_rows_mean_what_ids_mean_and_mixtures_lie_between() -> None:
    model, ids = tiny(3).eval(), torch.tensor([2])
    tokens, lens = torch.randint(1, 10, (1, 5)), torch.tensor([5])

    def made(speakers: torch.Tensor) -> torch.Tensor:
        return model.infer(tokens, lens, speakers, seed=1).frames

    assert torch.equal(made(model.speaker_rows(ids)), made(ids))
    first, second = model.speaker_rows(torch.tensor([0, 2])).split(1)
    frames = torch.randn(1, 6, 20)
    where = [
        model.convert(frames, torch.tensor([20]), ids, (1 - a) * first + a * second)
        for a in (0.0, 0.5, 0.5001, 1.0)
    ]
    steps = [(there - here).abs().max() for here, there in itertools.pairwise(where)]
    assert steps[1] < 0.01 * (steps[0] + steps[2])


def test_the_scale_of_an_outer_vector_does_not_matter() -> None:
    model, batch = outer().eval(), with_vectors(acoustic_batch(CONTRACT, [5, 3], [16, 12]))
    loud = replace(batch, speakers=40 * batch.speakers)
    torch.testing.assert_close(model.loss(loud), model.loss(batch))


@pytest.mark.parametrize("kind", ["ids", "vectors"])
def test_speakers_of_a_batch_do_not_meet(kind: str) -> None:
    model = (tiny(3, text_speaker=True) if kind == "ids" else outer(text_speaker=True)).eval()
    speakers = torch.tensor([2, 0]) if kind == "ids" else torch.randn(2, E)
    tokens = torch.randint(1, 10, (1, 5)).expand(2, -1)
    lens = torch.tensor([5, 5])
    both = model.infer(tokens, lens, speakers, seed=4)
    assert not torch.equal(both.frames[0], both.frames[1])
    for row in range(2):
        one = slice(row, row + 1)
        alone = model.infer(tokens[one], lens[one], speakers[one], seed=4)
        n_frames = int(alone.frame_lens)
        made = both.frames[one, :, :n_frames]
        torch.testing.assert_close(made, alone.frames, atol=1e-5, rtol=0)


def test_200_speakers_learn_and_speak() -> None:
    torch.manual_seed(0)
    model = Model(TINY, CONTRACT, n_tokens=10, n_speakers=200)
    batch = replace(acoustic_batch(CONTRACT, [2] * 200, [4] * 200), speakers=torch.arange(200))
    levels = torch.linspace(-3, 3, 200)[:, None, None]
    batch = replace(batch, frames=0.3 * batch.frames + levels)
    model.initialise(batch)
    optimiser = torch.optim.Adam(model.parameters(), lr=3e-2)
    for _ in range(30):
        optimiser.zero_grad()
        model.loss(batch)["total"].backward()
        optimiser.step()
    assert model.speakers.weight.grad.abs().sum(1).gt(0).all()
    made = model.eval().infer(batch.tokens, batch.token_lens, batch.speakers, temperature=0.0)
    mean = made.frames.sum(2) / made.frame_lens[:, None]
    order = torch.stack([mean.mean(1), levels.flatten()])
    assert torch.corrcoef(order)[0, 1] > 0.5, "each speaks at its own level"


@pytest.mark.parametrize("n_squeeze", [2, 4])
def test_a_speaker_converted_to_itself_stays(n_squeeze: int) -> None:
    model = tiny(3, n_squeeze=n_squeeze).eval()
    frames, lens = torch.randn(2, 6, 17), torch.tensor([17, 10])
    ids = torch.tensor([1, 2])
    same = model.convert(frames, lens, ids, ids)
    torch.testing.assert_close(same[0], frames[0], atol=1e-4, rtol=0)
    torch.testing.assert_close(same[1, :, :10], frames[1, :, :10], atol=1e-4, rtol=0)
    assert (same[1, :, 10:] == 0).all()
    there = model.convert(frames, lens, ids, ids.flip(0))
    assert not torch.allclose(there[0], frames[0], atol=1e-2)
    whole = frames[:, :, :16], torch.tensor([16, 16])
    away = model.convert(*whole, ids, ids.flip(0))
    back = model.convert(away, whole[1], ids.flip(0), ids)
    torch.testing.assert_close(back, whole[0], atol=1e-4, rtol=0)
    alone = model.convert(frames[1:, :, :10], lens[1:], ids[1:], ids[:1])
    torch.testing.assert_close(there[1:, :, :10], alone, atol=1e-5, rtol=0)


def test_frame_scores_are_the_likelihood_of_the_loss() -> None:
    model, batch = tiny(3, mean_only=False).eval(), acoustic_batch(CONTRACT, [5, 3], [16, 16], 2)
    scores = model.frame_scores(batch)
    torch.testing.assert_close(-scores.mean() / 6, model.loss(batch)["nll"])
    other = model.frame_scores(batch, torch.tensor([1, 0]))
    assert not torch.allclose(other, scores)
    swapped = replace(batch, speakers=torch.tensor([1, 0]))
    assert torch.equal(model.frame_scores(swapped), other)


def test_who_speaks_is_found_with_text_and_without() -> None:
    """Frames that a model draws for a speaker are likeliest under that speaker."""
    model = tiny(4).eval()
    with torch.no_grad():
        for name, parameter in model.decoder.named_parameters():
            if "cond" in name or "end.weight" in name:
                parameter.add_(0.3 * torch.randn_like(parameter))
    tokens, lens = torch.randint(1, 10, (1, 30)), torch.tensor([30])
    everybody = torch.arange(4)
    for speaker in everybody.split(1):
        made = model.infer(tokens, lens, speaker, temperature=1.0, speed=0.3)
        batch = AcousticBatch(("u",), tokens, lens, made.frames, made.frame_lens, speaker)
        told = torch.cat([model.frame_scores(batch, other) for other in everybody.split(1)])
        assert told.argmax() == speaker
        rows = made.frames.expand(4, -1, -1), made.frame_lens.expand(4)
        assert model.speaker_scores(*rows, everybody).argmax() == speaker


def test_save_load_of_vectors() -> None:
    batch = with_vectors(acoustic_batch(CONTRACT, [5, 3], [16, 12]))
    check_save_load(outer().eval(), outer().eval(), lambda m: m.loss(batch)["total"])
