"""Voice conversion: what one speaker has recorded, said by another, through the flow."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from tts import build
from tts.audio import io
from tts.audio.resample import resample
from tts.errors import ConfigError, DataError
from tts.nn.precision import autocast

if TYPE_CHECKING:
    from tts.voice.voice import Voice

HEARD_FRAMES = 1024  # of a recording are enough to tell who speaks
HEARD_TOGETHER = 16  # speakers whose likelihoods are computed at once


@dataclass(frozen=True)
class Converted:
    """A converted recording.

    Attributes:
        samples: (N,) float32 in [-1, 1], as long as the recording.
        source: who was taken for the speaker of the recording, or the recording's own name where
            its vector was used.
        target: who speaks now.
        scores: the log-likelihood of the recording under each speaker, nats per frame, where the
            source was looked for.
    """

    samples: np.ndarray
    sample_rate_hz: int
    source: str
    target: str
    wall_s: float
    scores: dict[str, float] = field(default_factory=dict)

    @property
    def audio_s(self) -> float:
        """Seconds of sound."""
        return len(self.samples) / self.sample_rate_hz

    @property
    def rtf(self) -> float:
        """Seconds of work per second of sound."""
        return self.wall_s / self.audio_s

    def save(self, path: str | Path) -> None:
        """Write it to a file of the kind that its extension names."""
        io.write(path, self.samples, self.sample_rate_hz)

    def as_dict(self) -> dict[str, Any]:
        """All fields but the samples, as plain values."""
        fields = {k: v for k, v in asdict(self).items() if k != "samples"}
        return {**fields, "audio_s": self.audio_s, "rtf": self.rtf}


def convert(
    voice: Voice,
    recording: str | Path,
    *,
    speaker: str | None = None,
    speaker_wav: str | Path | None = None,
    source: str | None = None,
    bridge: str | Path | None = None,
    seed: int = 0,
    **knobs: Any,
) -> Converted:
    """Let another speaker of a voice say what a recording says, in its own rhythm.

    The recording's frames go through the flow as their speaker's, and back as the other's; the
    vocoder makes sound of them. No text is needed.

    Args:
        recording: an audio file of any rate.
        speaker: who shall speak: a name of the voice or a mixture.
        speaker_wav: a recording of who shall speak instead, for a voice with a speaker encoder.
        source: who speaks in the recording; by default the speaker under whom it is likeliest, or
            its own vector where the voice has an encoder.
        bridge: the experiment of the learned bridge that makes the frames, where the voice's model
            speaks one and its vocoder cannot encode.
        knobs: of the vocoder, as `Voice.say` takes them.
    Raises:
        ConfigError: no such speaker, or a voice of one.
        DataError: the recording cannot be used.
        ContractError: the bridge is another one, or is not named.
    """
    started = time.perf_counter()
    if not (voice.cast.rows or voice.cast.vectors):
        raise ConfigError(f"{voice.name}: has one speaker; convert with a voice of several")
    if speaker is None and speaker_wav is None:
        raise ConfigError(f"convert: name who shall speak; {voice.name} has {_named(voice)}")
    voice.vocoding.check(knobs)
    target = voice.cast.choose(speaker, speaker_wav)
    knobs |= voice.vocoding.told(speaker, target)
    wav = _heard(Path(recording), voice.acoustic.contract.sample_rate_hz)
    frames = _frames(voice, wav, str(recording), bridge)
    scores: dict[str, float] = {}
    if source is None and voice.cast.encoder is None:
        scores = likelihoods(voice, frames)
        source = max(scores, key=scores.__getitem__)
    own = voice.cast.choose(source, None if source is not None else recording)
    with torch.inference_mode(), autocast(voice.precision, voice.device):
        lens = torch.tensor([frames.shape[2]], device=voice.device)
        made = voice.acoustic.convert(frames, lens, own, target)
    return Converted(
        samples=voice.vocoding(made[0], seed=seed, **knobs)[: len(wav)],
        sample_rate_hz=voice.sample_rate_hz,
        source=str(source or recording),
        target=str(speaker or speaker_wav),
        wall_s=time.perf_counter() - started,
        scores=scores,
    )


@torch.inference_mode()
def likelihoods(voice: Voice, frames: torch.Tensor) -> dict[str, float]:
    """The log-likelihood of frames (1, C, T) under each named speaker, nats per frame."""
    heard = frames[:, :, :HEARD_FRAMES]
    chosen = torch.cat([voice.cast.choose(name) for name in voice.speakers])
    found: list[float] = []
    for some in chosen.split(HEARD_TOGETHER):
        lens = torch.tensor([heard.shape[2]] * len(some), device=heard.device)
        rows = heard.expand(len(some), -1, -1)
        found += voice.acoustic.speaker_scores(rows, lens, some).tolist()
    return dict(zip(voice.speakers, found, strict=True))


def _named(voice: Voice) -> str:
    return ", ".join(voice.speakers)


def _heard(path: Path, rate_hz: int) -> np.ndarray:
    samples, own_hz = io.read(path)
    return resample(samples, own_hz, rate_hz)


@torch.inference_mode()
def _frames(voice: Voice, wav: np.ndarray, name: str, bridge: str | Path | None) -> torch.Tensor:
    """The frames (1, C, T) of a recording, all of its samples under one."""
    contract = voice.acoustic.contract
    encoder = voice.vocoding.bridge
    if bridge is not None or contract.kind == "mel":
        encoder = build.load_bridge(contract, bridge).to(voice.device)
    elif encoder is None:
        build.load_bridge(contract)  # says that it must be named
    padded = np.pad(wav, (0, -len(wav) % contract.hop))
    if len(padded) // contract.hop < voice.acoustic.frame_group:
        raise DataError(f"{name}: {len(wav)} samples are too short to convert; give more")
    frames = encoder.encode(torch.from_numpy(padded)[None].to(voice.device))
    return frames[:, :, : len(padded) // contract.hop]
