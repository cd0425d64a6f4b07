"""Speech in chunks, each there as soon as it is made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from tts.text.frontend import Frontend
from tts.text.utterances import Script, TokenSequence, Utterance
from tts.voice.render import Job, Rendered, framed, streamed
from tts.voice.speech import Chunk, token_spans, word_spans

if TYPE_CHECKING:
    from tts.voice.voice import Voice

PAUSE_S = 0.2  # of silence between sentences
PARAGRAPH_PAUSE_S = 0.6  # and between paragraphs


@dataclass(frozen=True)
class Manner:
    """How a voice is to speak a text: the options of `Voice.say`, checked and made ready."""

    frontend: Frontend
    ssml: bool | None = None
    max_tokens: int | None = None
    speaker: torch.Tensor | None = None
    speed: float = 1.0
    temperature: float | None = None
    seed: int = 0
    knobs: Mapping[str, Any] = field(default_factory=dict)
    pause_s: float = PAUSE_S
    paragraph_pause_s: float = PARAGRAPH_PAUSE_S

    def scripts(self, text: str) -> Iterator[Script]:
        """The text in parts; the first that can be spoken is read at once.

        Raises:
            TextError: nothing in the text can be spoken, or a mark in it cannot be used.
        """
        parts = self.frontend.scripts(text, ssml=self.ssml, max_tokens=self.max_tokens)
        begun: list[Script] = []
        for part in parts:
            begun.append(part)
            if part.utterances:
                break
        return chain(begun, parts)

    def job(self, tokens: TokenSequence, place: int) -> Job:
        """What is to be done for the sentence at a place of the text."""
        return Job(
            tokens,
            self.speaker,
            self.speed,
            self.temperature,
            (self.seed + place) % 2**32,
            self.knobs,
            opens=place == 0,
        )

    def silence_s(self, utterance: Utterance, place: int) -> float:
        """The silence before the sentence at a place of the text."""
        if utterance.before_s is not None:
            return utterance.before_s
        if place == 0:
            return 0.0
        return self.paragraph_pause_s if utterance.paragraph else self.pause_s


@dataclass
class Cursor:
    """How far a text is spoken: sentences and samples so far, and what is left to tell."""

    n_sentences: int = 0
    n_samples: int = 0
    warnings: tuple[str, ...] = ()


def chunks(
    voice: Voice,
    manner: Manner,
    scripts: Iterable[Script],
    *,
    cursor: Cursor | None = None,
    chunk_frames: int | None = None,
) -> Iterator[Chunk]:
    """Speak the parts of a text.

    Args:
        cursor: where in a longer text these parts begin; it is moved on.
        chunk_frames: frames of every chunk, instead of growing numbers.
    """
    cursor = Cursor() if cursor is None else cursor
    rate_hz = voice.sample_rate_hz
    for script in scripts:
        cursor.warnings += script.warnings
        for utterance in script.utterances:
            yield from _sentence(voice, manner, utterance, cursor, chunk_frames)
        if script.after_s:
            yield _end(_silence(script.after_s, rate_hz), rate_hz, cursor)
    if cursor.warnings:
        yield _end(_silence(0.0, rate_hz), rate_hz, cursor)


def _sentence(
    voice: Voice, manner: Manner, utterance: Utterance, cursor: Cursor, chunk_frames: int | None
) -> Iterator[Chunk]:
    job = manner.job(utterance.tokens, cursor.n_sentences)
    made = framed(voice, [job])[0]
    runs = streamed(voice, job, made.frames, chunk_frames)
    yield from told(voice, manner, utterance, made.durations, runs, cursor)


def told(
    voice: Voice,
    manner: Manner,
    utterance: Utterance,
    durations: tuple[int, ...],
    runs: Iterable[np.ndarray],
    cursor: Cursor,
) -> Iterator[Chunk]:
    """The runs of a sentence as chunks of its text, with the silence before it and its times."""
    tokens, rate_hz, place = utterance.tokens, voice.sample_rate_hz, cursor.n_sentences
    silence = _silence(manner.silence_s(utterance, place), rate_hz)
    start_s = (cursor.n_samples + len(silence)) / rate_hz
    spans = token_spans(tokens, list(durations), voice.vocoding.contract.frame_s, start_s)
    about: dict[str, Any] = {
        "normalised": tokens.normalised,
        "tokens": spans,
        "words": word_spans(tokens, spans),
        "spans": tokens.spans,
        "unseen": tokens.unseen,
        "warnings": (*tokens.warnings, *cursor.warnings),
    }
    cursor.n_sentences, cursor.warnings = place + 1, ()
    for samples in runs:
        samples = np.concatenate([silence, samples])
        chunk_start_s = cursor.n_samples / rate_hz
        cursor.n_samples += len(samples)
        yield Chunk(samples, rate_hz, chunk_start_s, place, **about)
        silence, about = silence[:0], {}


def _silence(seconds: float, rate_hz: int) -> np.ndarray:
    return np.zeros(round(seconds * rate_hz), np.float32)


def _end(samples: np.ndarray, rate_hz: int, cursor: Cursor) -> Chunk:
    last = max(cursor.n_sentences - 1, 0)
    chunk = Chunk(samples, rate_hz, cursor.n_samples / rate_hz, last, warnings=cursor.warnings)
    cursor.n_samples, cursor.warnings = cursor.n_samples + len(samples), ()
    return chunk


def told_whole(
    voice: Voice, manner: Manner, script: Script, rendered: Iterable[Rendered], cursor: Cursor
) -> Iterator[Chunk]:
    """A script whose sentences are all made, as chunks: one a sentence."""
    cursor.warnings += script.warnings
    for utterance, each in zip(script.utterances, rendered, strict=True):
        yield from told(voice, manner, utterance, each.durations, [each.samples], cursor)
    if script.after_s or cursor.warnings:
        yield _end(_silence(script.after_s, voice.sample_rate_hz), voice.sample_rate_hz, cursor)
