"""Several utterances spoken together, each as if it were alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.nn.utils.rnn import pad_sequence

from tts.nn.precision import autocast, resolve
from tts.text.utterances import TokenSequence
from tts.voice.runs import faded, run_ends
from tts.voice.vocoding import CHUNK_FRAMES

if TYPE_CHECKING:
    from tts.voice.voice import Voice

SPEEDS = (0.25, 4.0)
BATCH = 16


@dataclass(frozen=True)
class Job:
    """An utterance to speak.

    Attributes:
        speaker: an id (1,) int64 or a vector (1, E) float32, as `Cast.choose` returns it.
        speed, temperature, seed: as in `Voice.say`.
        knobs: of the vocoder.
        opens: whether it is the first of its text, which is cut into shorter runs.
    """

    tokens: TokenSequence
    speaker: torch.Tensor | None = None
    speed: float = 1.0
    temperature: float | None = None
    seed: int = 0
    knobs: Mapping[str, Any] = field(default_factory=dict)
    opens: bool = True


@dataclass(frozen=True)
class Framed:
    """An utterance as frames (C, T), and how many of them each of its ids got."""

    frames: torch.Tensor
    durations: tuple[int, ...]


@dataclass(frozen=True)
class Rendered:
    """A spoken utterance: samples (n,) float32 in [-1, 1], and the frames of each of its ids."""

    samples: np.ndarray
    durations: tuple[int, ...]


def render(voice: Voice, jobs: Sequence[Job], *, batch: int | None = None) -> list[Rendered]:
    """Speak utterances, those of like length together; in the order of the jobs.

    Each is what it is alone: the same bit for bit where it is spoken alone, within 1e-5 in a
    batch in float32. In bfloat16 a batch rounds differently, so by default there is none.

    Args:
        batch: utterances spoken together, at most; by default `default_batch`.
    """
    rendered: dict[int, Rendered] = {}
    for places in batches(jobs, batch or default_batch(voice)):
        these = [jobs[place] for place in places]
        made = framed(voice, these)
        samples = vocoded(voice, these, made)
        for place, each, wav in zip(places, made, samples, strict=True):
            rendered[place] = Rendered(wav, each.durations)
    return [rendered[place] for place in range(len(jobs))]


def default_batch(voice: Voice) -> int:
    """How many utterances may be spoken together without changing a number that is heard."""
    return BATCH if resolve(voice.precision, voice.device) == torch.float32 else 1


def batches(jobs: Sequence[Job], n: int) -> list[list[int]]:
    """The places of jobs that go together: alike in what they share, and in length."""
    places = sorted(range(len(jobs)), key=lambda i: (_shared(jobs[i]), len(jobs[i].tokens.ids)))
    found: list[list[int]] = []
    for _, alike in groupby(places, key=lambda i: _shared(jobs[i])):
        group = list(alike)
        found += [group[i : i + n] for i in range(0, len(group), n)]
    return found


def _shared(job: Job) -> str:
    """What all rows of a batch have in common."""
    kind = None if job.speaker is None else job.speaker.dtype  # ids or vectors
    return repr((job.temperature, sorted(job.knobs.items()), kind))


@torch.inference_mode()
def framed(voice: Voice, jobs: Sequence[Job]) -> list[Framed]:
    """The frames of a batch of jobs, which have their temperature in common."""
    rows = [torch.tensor(job.tokens.ids) for job in jobs]
    lens = [len(row) for row in rows]
    tokens = pad_sequence(rows, batch_first=True).to(voice.device)
    given = [job.speaker for job in jobs if job.speaker is not None]
    with autocast(voice.precision, voice.device):
        made = voice.acoustic.infer(
            tokens,
            torch.tensor(lens, device=voice.device),
            torch.cat(given).to(voice.device) if given else None,
            seed=[job.seed for job in jobs],
            temperature=jobs[0].temperature,
            speed=_speeds(jobs).to(voice.device),
        )
    return [
        Framed(frames[:, :n_frames], tuple(durations[:n_ids].tolist()))
        for frames, n_frames, durations, n_ids in zip(
            made.frames, made.frame_lens.tolist(), made.durations, lens, strict=True
        )
    ]


def _speeds(jobs: Sequence[Job]) -> torch.Tensor:
    """The speed of each id, (B, L); what a text asks for is relative to that of its job."""
    rows = [
        torch.tensor(job.tokens.rates_of_ids or [1.0] * len(job.tokens.ids)) * job.speed
        for job in jobs
    ]
    return pad_sequence(rows, batch_first=True, padding_value=1.0).clamp(*SPEEDS)


def vocoded(voice: Voice, jobs: Sequence[Job], made: Sequence[Framed]) -> list[np.ndarray]:
    """The samples of a batch of jobs, which have their knobs in common.

    A processor's cores are busy with one row, and padding would be work for nothing; a GPU takes
    all rows at once.
    """
    longest = max(each.frames.shape[1] for each in made)
    if len(jobs) == 1 or torch.device(voice.device).type == "cpu" or longest > CHUNK_FRAMES:
        return [
            np.concatenate(list(streamed(voice, job, each.frames)))
            for job, each in zip(jobs, made, strict=True)
        ]
    lens = [each.frames.shape[1] for each in made]
    frames = pad_sequence([each.frames.T for each in made], batch_first=True).mT
    wav = voice.vocoding.batch(
        frames,
        torch.tensor(lens, device=frames.device),
        seed=[job.seed for job in jobs],
        **jobs[0].knobs,
    )
    hop, rate_hz = voice.vocoding.contract.hop, voice.sample_rate_hz
    ends = [n * hop for n in lens]
    return [faded(row[:end], 0, end, rate_hz) for row, end in zip(wav, ends, strict=True)]


def streamed(
    voice: Voice, job: Job, frames: torch.Tensor, chunk_frames: int | None = None
) -> Iterator[np.ndarray]:
    """The samples of frames (C, T), run by run; the edges of the whole rise from zero."""
    vocoding, n_frames = voice.vocoding, frames.shape[1]
    context = vocoding.context(job.knobs)
    ends = run_ends(n_frames, context, opens=job.opens, chunk_frames=chunk_frames)
    begin, total = 0, n_frames * vocoding.contract.hop
    for samples in vocoding.stream(frames, ends, seed=job.seed, **job.knobs):
        yield faded(samples, begin, total, voice.sample_rate_hz)
        begin += len(samples)
