"""What the engine works on: a text spoken chunk by chunk, each in the form that is sent."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Protocol

import torch

from tts.serve.engine import Ask, Piece, Work
from tts.voice.render import Job, Rendered, framed, render, streamed
from tts.voice.speech import Chunk
from tts.voice.stream import Cursor, chunks, told
from tts.voice.voice import Voice

Spoken = Generator[Ask | Chunk, Any, None]


class Form(Protocol):
    """Chunks as bytes."""

    def chunk(self, chunk: Chunk) -> bytes:
        """What a chunk adds; there may be nothing yet."""

    def end(self) -> bytes:
        """What ends it."""


def spoken(voice: Voice, text: str, options: dict[str, Any]) -> Spoken:
    """The chunks of a text, those of `Voice.stream`; what is expensive is asked for.

    On a processor, frames of sentences are made together with those of other texts, and samples
    run by run, since its cores are busy with one; on a GPU whole sentences are made together.

    Args:
        options: those of `Voice.say`.
    Raises:
        TTSError: as `Voice.say`.
    """
    manner, cursor = voice.manner(**options), Cursor()
    on_gpu = torch.device(voice.device).type != "cpu"
    for script in manner.scripts(text):
        for utterance in script.utterances:
            job = manner.job(utterance.tokens, cursor.n_sentences)
            if on_gpu:
                made = yield Ask(partial(_rendered, voice), job, (id(voice), "samples"))
                runs = iter([made.samples])
            else:
                made = yield Ask(partial(framed, voice), job, (id(voice), *_alike(job)))
                runs = streamed(voice, job, made.frames)
            yield from _asked(told(voice, manner, utterance, made.durations, runs, cursor))
        rest = replace(script, utterances=())
        yield from chunks(voice, manner, [rest], cursor=cursor)


def _rendered(voice: Voice, jobs: Sequence[Job]) -> list[Rendered]:
    return render(voice, jobs, batch=len(jobs))


def _alike(job: Job) -> tuple[Any, ...]:
    """What a batch has only one of."""
    return job.temperature, None if job.speaker is None else job.speaker.dtype


def _asked(stream: Iterator[Chunk]) -> Spoken:
    """Chunks, each asked for by itself."""
    while (chunk := (yield Ask(_following, stream))) is not None:
        yield chunk


def _following(streams: Sequence[Iterator[Chunk]]) -> list[Chunk | None]:
    return [next(stream, None) for stream in streams]


def formed(speech: Spoken, form: Form, heard: Callable[[float], None]) -> Work:
    """The pieces of a speech in a form.

    Args:
        heard: told the seconds of each chunk.
    """
    answer = None
    while True:
        try:
            made = speech.send(answer)
        except StopIteration:
            break
        answer = None
        if isinstance(made, Ask):
            answer = yield made
        else:
            audio_s = len(made.samples) / made.sample_rate_hz
            heard(audio_s)
            yield Piece(form.chunk(made), audio_s)
    yield Piece(form.end())
