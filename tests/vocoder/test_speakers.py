"""Vocoders that are told who speaks: what each of them must prove of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

from tests.checks import check_context, check_gradients, perturb, vocoder_batch
from tests.tiny import VOCODER as HIFIGAN
from tests.vocoder import (
    test_flowavenet,
    test_parallel_wavenet,
    test_vocos,
    test_waveglow,
    test_wavegrad,
)
from tts import build
from tts.config import to_tree
from tts.contracts import Contract, Window

CONTRACT = Contract(channels=6, hop=16, n_fft=64, win=64, sample_rate_hz=4000, fmax_hz=2000)
SECTIONS = {
    "hifigan": HIFIGAN,
    "flowavenet": to_tree(test_flowavenet.TINY),
    "parallel_wavenet": to_tree(test_parallel_wavenet.TINY),
    "vocos": to_tree(test_vocos.TINY),
    "waveglow": to_tree(test_waveglow.TINY),
    "wavegrad": to_tree(test_wavegrad.TINY),
}
TABLE, OUTER = {"n_speakers": 3}, {"n_speakers": 3, "speaker_vector": 5}
HAVE_THEIR_OWN = {"griffin_lim", "wavenet"}  # nothing to learn; a table from its paper


def told(name: str, sizes: dict[str, int], *, on: bool = True) -> Any:
    """A tiny model of so many speakers, its parameters moved so that they matter."""
    section = {**SECTIONS[name], "name": name, "speaker_bias": on}
    model = build.build("vocoder", section, CONTRACT, sizes if on else {}, for_training=True)
    perturb(model)
    with torch.no_grad():
        for parameter in model.speakers.parameters():
            parameter.normal_()
    return model.eval()


def speakers_of(sizes: dict[str, int]) -> torch.Tensor:
    """Two of them."""
    return torch.randn(2, 5) if "speaker_vector" in sizes else torch.tensor([2, 1])


def test_every_vocoder_is_here() -> None:
    assert {*SECTIONS} | HAVE_THEIR_OWN == {*build.names("vocoder")}


@pytest.mark.parametrize("name", SECTIONS)
def test_the_default_has_no_weights_for_speakers(name: str) -> None:
    plain = told(name, {}, on=False)
    assert not any(key.startswith("speakers.") for key in plain.state_dict())
    assert plain.speakers.n_speakers == plain.speakers.vector_channels == 0


@pytest.mark.parametrize("sizes", [TABLE, OUTER], ids=["ids", "vectors"])
@pytest.mark.parametrize("name", SECTIONS)
def test_speakers_sound_different_and_rows_do_not_meet(name: str, sizes: dict[str, int]) -> None:
    model, speakers = told(name, sizes), speakers_of(sizes)
    frames = torch.randn(1, 6, 12).expand(2, -1, -1)
    both = model.generate(frames, speakers=speakers, seed=3)
    assert not torch.equal(both[0], both[1])
    alone = model.generate(frames[:1], speakers=speakers[1:], seed=3)
    torch.testing.assert_close(both[1:], alone, atol=1e-5, rtol=0)
    lens = torch.tensor([12, 9])
    ragged = model.generate(frames, lens, speakers=speakers, seed=3)
    alone = model.generate(frames[1:, :, :9], speakers=speakers[1:], seed=3)
    torch.testing.assert_close(ragged[1:, : alone.shape[1]], alone, atol=1e-5, rtol=0)
    assert (ragged[1, 9 * 16 :] == 0).all()


@pytest.mark.parametrize("name", SECTIONS)
def test_nobody_is_the_mean_speaker(name: str) -> None:
    model, frames = told(name, TABLE), torch.randn(1, 6, 8)
    mean = model.speakers.rows(torch.arange(3)).mean(0, keepdim=True)
    assert torch.equal(model.generate(frames), model.generate(frames, speakers=mean))


@pytest.mark.parametrize("sizes", [TABLE, OUTER], ids=["ids", "vectors"])
@pytest.mark.parametrize("name", [n for n in SECTIONS if n != "parallel_wavenet"])
def test_gradients_reach_what_it_knows_of_speakers(name: str, sizes: dict[str, int]) -> None:
    model = told(name, sizes).train()
    ids = torch.tensor([0, 1, 2])
    speakers = torch.randn(3, 5) if "speaker_vector" in sizes else ids
    batch = replace(vocoder_batch(CONTRACT, 3, 24), speakers=speakers)
    parts = set(model.speakers.parameters())
    player = model.players[-1]
    assert parts <= set(model.player(player).parameters())
    if name in ("hifigan", "vocos"):  # whose other parameters have tests of their own
        model.loss(batch, player, {})["total"].backward()
        assert all(part.grad.abs().sum() > 0 for part in parts)
    else:
        check_gradients(model, batch)


def test_a_students_speakers_are_not_its_teachers() -> None:
    """The teacher hears the frames as they are; what the student is told is its own."""
    model = told("parallel_wavenet", TABLE).train()
    model.learn_from(test_parallel_wavenet.teacher())
    batch = replace(vocoder_batch(CONTRACT, 3, 24), speakers=torch.tensor([0, 1, 2]))
    seen = []
    teacher = model._teachers[0]
    predict = teacher.predict
    teacher.predict = lambda cond, signal: (seen.append(cond), predict(cond, signal))[1]
    model.loss(batch)["total"].backward()
    torch.testing.assert_close(seen[0], model.condition(batch.frames))
    assert model.speakers.table.weight.grad.abs().sum(1).gt(0).all()


@pytest.mark.parametrize("name", ["hifigan", "vocos", "flowavenet", "waveglow"])
def test_pieces_are_the_whole(name: str) -> None:
    model, speakers = told(name, TABLE), torch.tensor([1])
    context, n_frames = model.context_frames, 3 * model.context_frames + 20
    frames = torch.randn(1, 6, n_frames)
    whole = model.generate(frames, speakers=speakers, seed=5)
    middle = n_frames // 2
    first = model.generate(
        frames[:, :, : middle + context], speakers=speakers, seed=5, window=Window(0, 0, middle)
    )
    window = Window(middle - context, context, None)
    second = model.generate(
        frames[:, :, middle - context :], speakers=speakers, seed=5, window=window
    )
    torch.testing.assert_close(torch.cat([first, second], 1), whole, atol=1e-5, rtol=0)


def test_being_told_reaches_no_farther() -> None:
    check_context(told("hifigan", TABLE), 120)
