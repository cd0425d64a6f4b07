"""What the requests of one server share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import Request

from tts.serve.catalogue import Catalogue
from tts.serve.engine import Engine, Work
from tts.serve.limits import Limits
from tts.serve.metrics import Metrics
from tts.serve.problems import Problem
from tts.serve.schemas import Asked
from tts.serve.speaking import Form, formed, spoken
from tts.voice.voice import Voice


@dataclass(frozen=True)
class Wanted:
    """A request that can be spoken: the text, who says it, and how."""

    text: str
    name: str
    vocoder: str
    voice: Voice
    options: dict[str, Any]


@dataclass(frozen=True)
class House:
    """The voices, the threads that speak, and the figures; `started_s` is seconds since 1970."""

    catalogue: Catalogue
    engine: Engine
    limits: Limits
    metrics: Metrics
    started_s: int

    def wanted(self, asked: Asked) -> Wanted:
        """What a request wants.

        Raises:
            Problem: the text is empty or too long, or there is no such voice.
        """
        if not asked.input.strip():
            raise Problem(
                400, "input: nothing to say; send some text", param="input", code="empty_text"
            )
        n_chars = len(asked.input)
        if n_chars > self.limits.max_chars:
            message = f"input: {n_chars} characters; send at most {self.limits.max_chars} at once"
            raise Problem(400, message, param="input", code="string_above_max_length")
        chosen = self.catalogue.choose(asked.model, asked.voice_name, asked.speaker)
        options = {**asked.options(), "speaker": chosen.speaker}
        return Wanted(asked.input, chosen.name, chosen.vocoder, chosen.voice, options)

    def work(self, wanted: Wanted, form: Form) -> Work:
        """What the engine is to do for it."""
        self.metrics.chars.inc(len(wanted.text))
        counter = self.metrics.audio_s.labels(wanted.name)
        return formed(spoken(wanted.voice, wanted.text, wanted.options), form, counter.inc)


def house_of(request: Request) -> House:
    """That of the application which a request came to."""
    return request.app.state.house
