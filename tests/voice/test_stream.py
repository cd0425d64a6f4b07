"""Streams: what is yielded when, and that it is what `say` makes, with every kind of vocoder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.checks import perturb
from tests.tiny import CONTRACT, save_acoustic
from tts import build
from tts.errors import ConfigError, TextError
from tts.voice import stream as streaming
from tts.voice.runs import OPENING_FRAMES
from tts.voice.vocoding import Vocoding
from tts.voice.voice import PARAGRAPH_PAUSE_S, PAUSE_S, Voice

TEXT = "A bad cab, dead on arrival and a faded face beside it. Dead end.\n\nA cafe."
SECTIONS: dict[str, dict[str, Any]] = {
    "waveglow": {"n_flows": 4, "group": 8, "early_every": 2, "channels": 8, "n_layers": 2},
    "flowavenet": {"n_blocks": 2, "n_flows": 2, "blocks_per_split": 2, "channels": 8},
    "parallel_wavenet": {
        "layers": [2, 3],
        "cycle": 2,
        "channels": 6,
        "gate_channels": 8,
        "skip_channels": 8,
        "front_kernel": 3,
        "n_scores": 3,
    },
    "wavegrad": {
        "frame_channels": 12,
        "channels": [8, 6, 6],
        "dilations": [[1, 2, 1, 2], [1, 2, 4, 8], [1, 2, 1, 2]],
        "wave_channels": 4,
        "down_channels": [6, 8],
        "down_dilations": [[1, 2, 4], [1, 2]],
        "steps": 3,
    },
    "wavenet": {
        "output": "gaussian",
        "channels": 10,
        "gate_channels": 14,
        "skip_channels": 9,
        "n_layers": 7,
        "cycle": 5,
    },
    "vocos": {
        "channels": 8,
        "hidden_channels": 12,
        "n_blocks": 2,
        "periods": [2, 3],
        "period_widths": [4, 8],
        "resolutions": [64, 32],
        "resolution_channels": 4,
        "stft_sizes": [32, 64],
    },
    "griffin_lim": {},
}
ROUNDING = {"wavenet": 0.0, "griffin_lim": 0.0}  # these are cut without any


def with_vocoder(voice: Voice, name: str, precision: Any = "float32") -> Voice:
    """The same voice with another vocoder."""
    if name == "hifigan":
        return voice
    model = build.build("vocoder", {"name": name, **SECTIONS[name]}, CONTRACT)
    perturb(model)
    if name == "wavenet":
        with torch.no_grad():
            model.front.weight *= 0.4
    vocoding = Vocoding.of(model.eval(), name, precision=precision, device="cpu")
    return replace(voice, vocoding=vocoding)


def joined(voice: Voice, text: str = TEXT, **options: Any) -> np.ndarray:
    return np.concatenate([chunk.samples for chunk in voice.stream(text, **options)])


@pytest.mark.parametrize("name", ["hifigan", *SECTIONS])
def test_chunks_are_what_is_said(voice: Voice, name: str) -> None:
    """By construction the same runs; other runs round differently, at most."""
    speaking = with_vocoder(voice, name)
    said = speaking.say(TEXT, seed=3).samples
    assert np.array_equal(joined(speaking, seed=3), said)
    other = joined(speaking, seed=3, chunk_frames=20)
    np.testing.assert_allclose(other, said, atol=ROUNDING.get(name, 1e-5), rtol=0)
    if name not in ("hifigan", "vocos", "griffin_lim"):
        assert not np.array_equal(joined(speaking, seed=4), said)


@pytest.mark.parametrize("name", ["hifigan", *SECTIONS])
def test_in_bfloat16_too(acoustic: Path, vocoder: Path, name: str) -> None:
    voice = Voice.load(acoustic, vocoder, precision="bfloat16", device="cpu")
    speaking = with_vocoder(voice, name, "bfloat16")
    assert np.array_equal(joined(speaking), speaking.say(TEXT).samples)


def test_the_first_chunk_is_short_and_early(voice: Voice, monkeypatch: pytest.MonkeyPatch) -> None:
    framed, spoken = streaming.framed, []

    def noting(voice: Voice, jobs: Any) -> Any:
        spoken.append(jobs[0].tokens.text.strip())
        return framed(voice, jobs)

    monkeypatch.setattr(streaming, "framed", noting)
    chunks = voice.stream(TEXT)
    first = next(chunks)
    assert len(first.samples) == OPENING_FRAMES * CONTRACT.hop and len(spoken) == 1
    rest = list(chunks)
    assert list(dict.fromkeys(chunk.sentence for chunk in rest)) == [0, 1, 2]
    assert len(spoken) == 3


def test_what_chunks_tell(voice: Voice) -> None:
    chunks, said = list(voice.stream(TEXT, chunk_frames=10)), voice.say(TEXT)
    place = 0
    for chunk in chunks:
        assert chunk.start_s == pytest.approx(place / chunk.sample_rate_hz)
        place += len(chunk.samples)
    assert tuple(word for chunk in chunks for word in chunk.words) == said.words
    assert tuple(token for chunk in chunks for token in chunk.tokens) == said.tokens
    opening = [chunk for chunk in chunks if chunk.normalised]
    assert [chunk.sentence for chunk in opening] == [0, 1, 2]
    assert " ".join(chunk.normalised for chunk in opening) == said.normalised
    assert opening[1].words[0].start_s == pytest.approx(opening[1].start_s + PAUSE_S)
    assert opening[2].words[0].start_s == pytest.approx(opening[2].start_s + PARAGRAPH_PAUSE_S)


def test_pauses_by_option(voice: Voice) -> None:
    none = voice.say(TEXT, pause_s=0, paragraph_pause_s=0).audio_s
    some = voice.say(TEXT, pause_s=0.5, paragraph_pause_s=1.5).audio_s
    assert some == pytest.approx(none + 2.0, abs=1e-3)
    ssml = "<speak><p>a bad cab</p><p>dead end</p></speak>"
    lengths = [voice.say(ssml, paragraph_pause_s=s).audio_s for s in (0, 1)]
    assert lengths[1] == pytest.approx(lengths[0] + 1, abs=1e-3)


@pytest.mark.parametrize(
    ("text", "options", "error"),
    [
        ("", {}, TextError),
        ("?!", {}, TextError),
        ("a [pause long] cab", {}, TextError),
        ("a cab", {"chunk_frames": 0}, ConfigError),
        ("a cab", {"speed": 9.0}, ConfigError),
        ("a cab", {"pause_s": -1.0}, ConfigError),
        ("a cab", {"paragraph_pause_s": float("nan")}, ConfigError),
        ("a cab", {"n_steps": 3}, ConfigError),
    ],
)
def test_what_cannot_be_is_refused_at_once(
    voice: Voice, text: str, options: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        voice.stream(text, **options)


def test_warnings_come_with_the_next_chunk_or_at_the_end(voice: Voice) -> None:
    chunks = list(voice.stream("A bad cab. ?!\n\nDead end. ?!"))
    assert not chunks[0].warnings and "left out" in chunks[-2].warnings[0]
    assert len(chunks[-1].samples) == 0 and "left out" in chunks[-1].warnings[0]


def test_no_clicks_where_sentences_meet_silence(voice: Voice) -> None:
    said = voice.say(TEXT)
    edges = np.flatnonzero(np.diff((said.samples == 0).astype(int)))
    assert len(edges) >= 4
    for edge in edges:
        assert np.abs(np.diff(said.samples[max(edge - 1, 0) : edge + 3])).max() < 0.05
    assert said.samples[0] == said.samples[-1] == 0


def test_a_stream_of_several_speakers(tmp_path: Path, vocoder: Path) -> None:
    exp = save_acoustic(tmp_path / "exp", speakers=("anna", "bert"))
    voice = Voice.load(exp, vocoder, precision="float32", device="cpu")
    assert np.array_equal(joined(voice, speaker="bert"), voice.say(TEXT, speaker="bert").samples)
