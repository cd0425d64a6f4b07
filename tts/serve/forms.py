"""The forms in which speech leaves: a file of audio, OpenAI's events, the lines of the page."""

from __future__ import annotations

import json
import time
from base64 import b64encode
from dataclasses import asdict
from typing import Any

from tts.serve.encoding import Encoder, to_int16
from tts.serve.picture import Picture
from tts.serve.problems import Problem
from tts.voice.speech import Chunk
from tts.voice.voice import Voice


class AudioForm:
    """Audio alone, as the encoder makes it."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def chunk(self, chunk: Chunk) -> bytes:
        return self._encoder.push(chunk.samples)

    def end(self) -> bytes:
        return self._encoder.finish()


class EventForm:
    """OpenAI's server-sent events: audio in base64, then what was used.

    Tokens of the input are the symbols spoken, those of the output the seconds times 100.
    """

    media_type = "text/event-stream"

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._n_symbols, self._audio_s = 0, 0.0

    def chunk(self, chunk: Chunk) -> bytes:
        self._n_symbols += len(chunk.tokens)
        self._audio_s += len(chunk.samples) / chunk.sample_rate_hz
        return self._audio(self._encoder.push(chunk.samples))

    def end(self) -> bytes:
        used = {"input_tokens": self._n_symbols, "output_tokens": round(100 * self._audio_s)}
        used["total_tokens"] = sum(used.values())
        done = {"type": "speech.audio.done", "usage": used}
        return self._audio(self._encoder.finish()) + _event(done)

    @staticmethod
    def problem(problem: Problem) -> bytes:
        """What breaks it off."""
        return _event({"type": "error", **problem.as_dict()})

    @staticmethod
    def _audio(content: bytes) -> bytes:
        if not content:
            return b""
        return _event({"type": "speech.audio.delta", "audio": b64encode(content).decode("ascii")})


class PageForm:
    """Lines of JSON: samples, their picture, and what is spoken when and why.

    Each has an `event`: `start`, `chunk`, `end` or `error`.
    """

    media_type = "application/x-ndjson"

    def __init__(self, voice: Voice, about: dict[str, Any]) -> None:
        self._picture = Picture(voice.vocoding.contract)
        self._about = {
            "sample_rate_hz": voice.sample_rate_hz,
            "hop": self._picture.hop,
            "channels": self._picture.n_channels,
            **about,
        }
        self._started_s = time.perf_counter()
        self._n_samples, self._has_begun = 0, False

    def chunk(self, chunk: Chunk) -> bytes:
        self._n_samples += len(chunk.samples)
        line = {
            "event": "chunk",
            "sentence": chunk.sentence,
            "start_s": chunk.start_s,
            "pcm": _text(to_int16(chunk.samples).tobytes()),
            "mel": _text(self._picture.push(chunk.samples)),
            "normalised": chunk.normalised,
            "tokens": [[t.text, t.start_s, t.end_s] for t in chunk.tokens],
            "words": [[w.text, w.start_s, w.end_s] for w in chunk.words],
            "spans": [asdict(span) for span in chunk.spans],
            "unseen": list(chunk.unseen),
            "warnings": list(chunk.warnings),
        }
        return self._start() + _line({k: v for k, v in line.items() if v != [] and v != ""})

    def end(self) -> bytes:
        line = {
            "event": "end",
            "mel": _text(self._picture.finish()),
            "audio_s": self._n_samples / self._about["sample_rate_hz"],
            "wall_s": time.perf_counter() - self._started_s,
        }
        return self._start() + _line(line)

    @staticmethod
    def problem(problem: Problem) -> bytes:
        """What breaks it off."""
        return _line({"event": "error", **problem.as_dict()})

    def _start(self) -> bytes:
        if self._has_begun:
            return b""
        self._has_begun = True
        return _line({"event": "start", **self._about})


def _text(content: bytes) -> str:
    return b64encode(content).decode("ascii")


def _line(tree: dict[str, Any]) -> bytes:
    return json.dumps(tree, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _event(tree: dict[str, Any]) -> bytes:
    return b"data: " + _line(tree) + b"\n"
