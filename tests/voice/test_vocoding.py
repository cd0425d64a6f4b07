"""Frames to samples: in pieces as in one, and by copy synthesis."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from tests.tiny import CONTRACT, save_vocoder
from tts.contracts import Contract
from tts.errors import CheckpointError, ContractError, DataError
from tts.voice import vocoding
from tts.voice.vocoding import Vocoding


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
