"""Frames to samples: in pieces as in one, and by copy synthesis."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.tiny import CONTRACT, save_acoustic, save_vocoder
from tts.contracts import Contract
from tts.errors import CheckpointError, ConfigError, ContractError, DataError
from tts.voice import vocoding
from tts.voice.cast import Cast
from tts.voice.pack import pack
from tts.voice.vocoding import Vocoding
from tts.voice.voice import Voice


@pytest.fixture(scope="session")
def ready(vocoder: Path) -> Vocoding:
    return Vocoding.load(vocoder, precision="float32", device="cpu")


def test_samples_are_of_the_frames(ready: Vocoding) -> None:
    samples = ready(torch.randn(8, 13), seed=2)
    assert samples.shape == (13 * 16,) and samples.dtype == np.float32
    assert np.abs(samples).max() <= 1
    assert not any("parametrizations" in name for name in ready.model.state_dict())


@pytest.mark.parametrize("chunk", [1, 7, 32, 99, 100, 101])
def test_long_input_in_pieces_is_as_in_one(
    ready: Vocoding, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    frames = torch.randn(8, 100)
    whole = ready(frames)
    runs: list[int] = []
    generate = ready.model.generate

    def counting(piece: torch.Tensor, **options: object) -> torch.Tensor:
        runs.append(piece.shape[2])
        return generate(piece, **options)

    monkeypatch.setattr(vocoding, "CHUNK_FRAMES", chunk)
    monkeypatch.setattr(ready.model, "generate", counting)
    np.testing.assert_allclose(ready(frames), whole, atol=1e-6)
    assert len(runs) == -(-100 // chunk)
    assert max(runs) <= min(100, chunk + 2 * ready.model.context_frames)


def test_griffin_lim_takes_the_contract_of_the_frames() -> None:
    ready = Vocoding.load("griffin_lim", CONTRACT)
    assert ready.contract == CONTRACT
    assert ready(torch.randn(8, 5)).shape == (80,)
    assert Vocoding.load("griffin_lim").contract == Contract()


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("name", ["griffin_lim", "hifigan"])
def test_copy_synthesis_keeps_the_length(vocoder: Path, name: str, precision: str) -> None:
    path = vocoder if name == "hifigan" else name
    ready = Vocoding.load(path, CONTRACT, precision=precision, device="cpu")
    wav = 0.3 * np.sin(np.arange(1003, dtype=np.float32))
    made = ready.resynthesise(wav, seed=1)
    assert made.shape == (1003,) and np.isfinite(made).all()


def test_copy_synthesis_by_griffin_lim_sounds_alike() -> None:
    ready = Vocoding.load("griffin_lim", CONTRACT, precision="float32")
    wav = 0.3 * np.sin(2 * np.pi * 440 / 4000 * np.arange(4000)).astype(np.float32)
    spectrum, again = (np.abs(np.fft.rfft(x)) for x in (wav, ready.resynthesise(wav)))
    assert abs(int(spectrum.argmax()) - int(again.argmax())) < 60  # bins of 1 Hz, a band is wider


@pytest.mark.parametrize("n_samples", [1, 15, 17, 40])
def test_recordings_shorter_than_a_window(ready: Vocoding, n_samples: int) -> None:
    made = ready.resynthesise(np.full(n_samples, 0.1, np.float32))
    assert made.shape == (n_samples,) and np.isfinite(made).all()


def test_nothing_to_resynthesise(ready: Vocoding) -> None:
    with pytest.raises(DataError, match="no samples"):
        ready.resynthesise(np.zeros(0, np.float32))


def test_frames_of_another_contract(vocoder: Path) -> None:
    other = CONTRACT.model_copy(update={"hop": 8, "n_fft": 64})
    with pytest.raises(ContractError, match=r"anna and .*exp do not speak .*hop: 8 against 16"):
        Vocoding.load(vocoder, other, "anna")


@pytest.mark.filterwarnings("ignore:Empty filters")  # of the loss, which nothing here uses
def test_a_latent_bridge_is_not_made_from_sound(tmp_path: Path) -> None:
    latent = CONTRACT.model_copy(update={"kind": "latent", "encoder_hash": "ab"})
    ready = Vocoding.load(save_vocoder(tmp_path / "v", contract=latent))
    assert ready(torch.randn(8, 3)).shape == (48,)
    with pytest.raises(ContractError, match="name its experiment"):
        ready.resynthesise(np.zeros(100, np.float32))


def test_a_vocoder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="no such file or experiment directory"):
        Vocoding.load(tmp_path / "nowhere")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The experiment of a vocoder that is told who speaks."""
    return save_vocoder(tmp_path_factory.mktemp("told") / "exp", speakers=("anna", "bert"))


def test_a_vocoder_is_told_names_and_mixtures(told: Path) -> None:
    vocoding = Vocoding.load(told, precision="float32", device="cpu")
    frames = torch.randn(8, 20)
    anna, bert, mixed = (
        vocoding(frames, speaker=who) for who in ("anna", "bert", "anna:0.5,bert:0.5")
    )
    assert np.abs(anna - bert).max() > 1e-3 and np.abs(anna - mixed).max() > 1e-3
    assert np.array_equal(vocoding(frames, speaker="carl"), vocoding(frames)), "the mean"
    np.testing.assert_allclose(mixed, vocoding(frames), atol=1e-5)
    both = vocoding.batch(frames.expand(2, -1, -1), speaker="bert")
    np.testing.assert_allclose(both[1], bert, atol=1e-5)


def test_a_told_vocoder_in_pieces(told: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vocoding_, frames = Vocoding.load(told, precision="float32", device="cpu"), torch.randn(8, 90)
    whole = vocoding_(frames, speaker="bert")
    monkeypatch.setattr(vocoding, "CHUNK_FRAMES", 30)
    np.testing.assert_allclose(vocoding_(frames, speaker="bert"), whole, atol=1e-6)


def test_who_is_told_what(told: Path, ready: Vocoding) -> None:
    vocoding = Vocoding.load(told, device="cpu")
    assert vocoding.told("bert") == {"speaker": "bert"} and vocoding.told(None) == {}
    assert ready.told("bert") == {}
    outer = replace(vocoding, cast=Cast("v", ("a",), vectors={"a": torch.ones(3)}))
    assert outer.told(None, torch.tensor([[0.0, 1.0, 2.0]])) == {"speaker": (0.0, 1.0, 2.0)}
    assert outer.told(None, torch.ones(1, 4)) == {} == outer.told(None, torch.tensor([1]))
    with pytest.raises(ConfigError, match="speaker: the vocoder has no such knob"):
        ready(torch.randn(8, 20), speaker="bert")


def test_a_voice_tells_its_vocoder_by_name(
    told: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Ids may differ; whom the vocoder does not know is its mean, and is named."""
    exp = save_acoustic(tmp_path / "exp", speakers=("bert", "carl"))
    voice = Voice.load(exp, told, precision="float32", device="cpu")
    assert caplog.messages == [
        f"{told}: does not know carl, and takes them for the mean of its own speakers"
    ]
    heard: list[torch.Tensor] = []
    generate = voice.vocoding.model.generate

    def listening(*arguments: Any, speakers: torch.Tensor, **options: Any) -> torch.Tensor:
        heard.append(speakers)
        return generate(*arguments, speakers=speakers, **options)

    voice.vocoding.model.generate = listening
    voice.say("a bad cab")
    assert {int(speakers) for speakers in heard} == {1}
    heard.clear()
    voice.say("a bad cab", speaker="carl")
    voice.say("a bad cab", speaker="bert:1,carl:1")
    mean = voice.vocoding.model.speakers.table.weight.mean(0, keepdim=True)
    assert all(torch.allclose(speakers, mean) for speakers in heard)


def test_a_packed_voice_keeps_its_vocoders_speakers(told: Path, tmp_path: Path) -> None:
    exp = save_acoustic(tmp_path / "exp", speakers=("bert", "carl"))
    pack(exp, tmp_path / "packed", told)
    options = {"precision": "float32", "device": "cpu"}
    packed, apart = (
        Voice.load(tmp_path / "packed", **options),
        Voice.load(exp, told, **options),
    )
    assert packed.vocoding.cast.names == ("anna", "bert")
    said = [voice.say("a bad cab", speaker="bert").samples for voice in (packed, apart)]
    assert np.array_equal(*said)
