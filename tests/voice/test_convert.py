"""Voice conversion: length, rhythm, who is taken for the speaker, what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from tests import tiny
from tts import build
from tts.audio import io
from tts.data.speaker_vectors import FILE, SpeakerVectors, write
from tts.errors import ConfigError, ContractError, DataError
from tts.voice import convert
from tts.voice.voice import Voice

RATE_HZ, HOP = tiny.CONTRACT.sample_rate_hz, tiny.CONTRACT.hop


@pytest.fixture(scope="module")
def voice(tmp_path_factory: pytest.TempPathFactory) -> Voice:
    home = tmp_path_factory.mktemp("voices")
    names = ("anna", "bert", "carl")
    vocoder = tiny.save_vocoder(home / "vocoder")
    voice = Voice.load(tiny.save_acoustic(home / "exp", speakers=names), vocoder)
    for name, parameter in voice.acoustic.decoder.named_parameters():
        if "cond" in name:  # so that speakers are far apart
            parameter.data.add_(torch.randn(parameter.shape, generator=torch.manual_seed(1)))
    return voice


@pytest.fixture(scope="module")
def wav(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("wav") / "in.wav"
    noise = 0.1 * np.random.default_rng(0).standard_normal(41 * HOP + 5)
    io.write(path, noise.astype(np.float32), RATE_HZ)
    return path


def test_to_itself_it_is_copy_synthesis(voice: Voice, wav: Path) -> None:
    made = voice.convert(wav, speaker="bert", source="bert")
    samples, _ = io.read(wav)
    copied = voice.vocoding.resynthesise(samples)
    assert made.samples.shape == samples.shape and made.sample_rate_hz == RATE_HZ
    np.testing.assert_allclose(made.samples, copied, atol=1e-4)
    other = voice.convert(wav, speaker="anna", source="bert").samples
    assert other.shape == samples.shape and np.abs(other - copied).max() > 1e-3


def test_mixtures_and_repetition(voice: Voice, wav: Path) -> None:
    anna = voice.convert(wav, speaker="anna", source="bert")
    again = voice.convert(wav, speaker="anna:3", source="bert:1")
    assert np.array_equal(anna.samples, again.samples)
    mixed = voice.convert(wav, speaker="anna:0.5,bert:0.5", source="bert").samples
    assert np.abs(mixed - anna.samples).max() > 1e-4
    assert (anna.source, anna.target, anna.scores) == ("bert", "anna", {})


def test_the_likeliest_speaker_is_the_source(voice: Voice, wav: Path) -> None:
    made = voice.convert(wav, speaker="anna")
    assert set(made.scores) == {"anna", "bert", "carl"}
    assert made.source == max(made.scores, key=made.scores.get)
    named = voice.convert(wav, speaker="anna", source=made.source)
    assert np.array_equal(named.samples, made.samples)


def test_speakers_are_heard_in_groups(voice: Voice, monkeypatch: pytest.MonkeyPatch) -> None:
    frames = torch.randn(1, 8, 40)
    together = convert.likelihoods(voice, frames)
    monkeypatch.setattr(convert, "HEARD_TOGETHER", 2)
    assert convert.likelihoods(voice, frames) == pytest.approx(together, abs=1e-4)


def test_a_recording_of_another_rate(voice: Voice, tmp_path: Path) -> None:
    io.write(tmp_path / "a.wav", 0.1 * np.ones(2000, np.float32), 2 * RATE_HZ)
    assert voice.convert(tmp_path / "a.wav", speaker="anna", source="bert").samples.size == 1000


def test_a_voice_of_vectors(wav: Path, vocoder: Path, tmp_path: Path) -> None:
    """The source's vector is the recording's own where there is an encoder."""
    sizes = {"n_tokens": 30, "n_speakers": 2, "speaker_vector": 3}
    exp = tiny.save_acoustic(tmp_path / "exp", speakers=("anna", "bert"))
    sizes["n_tokens"] = build.load(exp).sizes["n_tokens"]
    model = build.build("acoustic", tiny.ACOUSTIC, tiny.CONTRACT, sizes)
    tiny.save(tmp_path / "exp2", "acoustic", tiny.ACOUSTIC, tiny.CONTRACT, model, 7, sizes)
    for file in ("tokens.txt", "frontend.json", "speakers.txt"):
        (tmp_path / "exp2" / file).write_bytes((exp / file).read_bytes())
    vectors = {"anna": np.float32([1, 0, 0]), "bert": np.float32([0, 1, 0])}
    write(SpeakerVectors(vectors), tmp_path / "exp2" / FILE)
    voice = Voice.load(tmp_path / "exp2", vocoder)
    assert voice.convert(wav, speaker="anna").source in ("anna", "bert")
    voice.say("a bad cab", speaker="anna:0.5,bert:0.5")
    heard = []

    def encoder(path: Path) -> torch.Tensor:
        heard.append(str(path))
        return torch.tensor([0.0, 0.6, 0.8])

    object.__setattr__(voice.cast, "encoder", encoder)
    made = voice.convert(wav, speaker_wav="like.wav")
    assert heard == ["like.wav", str(wav)] and made.source == str(wav) and not made.scores


def test_what_cannot_be_converted(
    voice: Voice, wav: Path, acoustic: Path, vocoder: Path, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=r"name who shall speak; .* has anna, bert, carl"):
        voice.convert(wav)
    with pytest.raises(ConfigError, match="speaker 'dora'"):
        voice.convert(wav, speaker="anna", source="dora")
    with pytest.raises(ConfigError, match="n_steps: the vocoder has no such knob"):
        voice.convert(wav, speaker="anna", n_steps=2)
    with pytest.raises(ConfigError, match="has one speaker; convert with a voice of several"):
        Voice.load(acoustic, vocoder).convert(wav, speaker="anna")
    with pytest.raises(DataError, match="no such file"):
        voice.convert(tmp_path / "none.wav", speaker="anna")
    io.write(tmp_path / "short.wav", np.zeros(3, np.float32), RATE_HZ)
    with pytest.raises(DataError, match=r"short\.wav: 3 samples are too short to convert"):
        voice.convert(tmp_path / "short.wav", speaker="anna")


def test_a_latent_takes_its_bridge(tmp_path: Path) -> None:
    bridge = tiny.save_bridge(tmp_path / "bridge")
    contract = build.load(bridge).contract
    exp = tiny.save_acoustic(tmp_path / "exp", speakers=("a", "b"), contract=contract)
    wav = tmp_path / "in.wav"
    io.write(wav, 0.1 * np.ones(50 * HOP, np.float32), RATE_HZ)
    made = Voice.load(exp, bridge).convert(wav, speaker="a")
    hifigan = tiny.save_vocoder(tmp_path / "hifigan", contract=contract)
    voice = Voice.load(exp, hifigan)
    with pytest.raises(ContractError, match="name its experiment"):
        voice.convert(wav, speaker="a")
    assert voice.convert(wav, speaker="a", bridge=bridge).scores == made.scores
