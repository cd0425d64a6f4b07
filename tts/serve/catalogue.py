"""The voices of a server: loaded once, and found by the names that clients send."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tts.errors import ConfigError, ContractError
from tts.serve.problems import Problem
from tts.voice.library import installed
from tts.voice.render import default_batch
from tts.voice.vocoding import Vocoding
from tts.voice.voice import Voice

MODELS = ("tts-1", "tts-1-hd", "gpt-4o-mini-tts", "wavebridge")  # all mean the first vocoder
ALIASES = (
    "alloy", "echo", "fable", "onyx", "nova", "shimmer", "ash", "ballad", "coral", "sage", "verse",
    "marin", "cedar",
)  # fmt: skip
_GREETING = "Ready."


@dataclass(frozen=True)
class Entry:
    """A voice under its name, once with each vocoder; the first is the one it speaks with."""

    name: str
    spoken: Mapping[str, Voice]

    @property
    def voice(self) -> Voice:
        """With its first vocoder."""
        return next(iter(self.spoken.values()))

    def as_dict(self) -> dict[str, Any]:
        """What clients are told of it."""
        vocoders = [
            {"name": name, "knobs": [k for k in voice.vocoding.model.knobs if k != "schedule"]}
            for name, voice in self.spoken.items()
        ]
        return {
            "id": self.name,
            "object": "voice",
            "speakers": list(self.voice.speakers),
            "sample_rate_hz": self.voice.sample_rate_hz,
            "vocoders": vocoders,
        }


@dataclass(frozen=True)
class Chosen:
    """Who speaks: names of the entry and of the vocoder, the voice, and one of its speakers."""

    name: str
    vocoder: str
    voice: Voice
    speaker: str | None


@dataclass(frozen=True)
class Catalogue:
    """All voices of a server, in the order in which they were given."""

    entries: tuple[Entry, ...]

    @classmethod
    def load(
        cls, voices: Sequence[str] = (), vocoders: Sequence[str] = (), **options: Any
    ) -> Catalogue:
        """Load voices, each with all vocoders that fit it.

        Args:
            voices: names, packed voices, experiments or checkpoints, or NAME=PATH; all that are
                installed by default.
            vocoders: the same of vocoders; without any, a voice has its own.
            options: `precision` and `device`, as `Voice.load` explains.
        Raises:
            TTSError: a voice cannot be loaded, or fits none of the vocoders.
        """
        named = _named(voices or [voice.name for voice in installed()], "--voice")
        if not named:
            raise ConfigError("no voice is installed; name one: --voice NAME|PATH")
        others = _named(vocoders, "--vocoder")
        entries = []
        for name, path in named.items():
            spoken = _with_each(path, others, options)
            entries.append(Entry(name, {v: _called(name, spoken[v]) for v in spoken}))
        return cls(tuple(entries))

    @property
    def n_batch(self) -> int:
        """How many sentences may be spoken together without a difference that is heard."""
        return min(
            default_batch(voice) for entry in self.entries for voice in entry.spoken.values()
        )

    def warm(self) -> None:
        """Let every voice speak once: the first time takes longest."""
        for entry in self.entries:
            for voice in entry.spoken.values():
                voice.say(_GREETING)

    def seats(self) -> Iterator[tuple[Entry, str | None]]:
        """Every voice with every of its speakers, in order: what OpenAI's names stand for."""
        for entry in self.entries:
            for speaker in entry.voice.speakers or (None,):
                yield entry, speaker

    def aliases(self) -> dict[str, str]:
        """What OpenAI's names stand for, round and round."""
        seats = ["/".join(filter(None, (e.name, s))) for e, s in self.seats()]
        return dict(zip(ALIASES, itertools.cycle(seats)))

    def models(self) -> list[str]:
        """What a request may name as its model."""
        vocoders = [name for entry in self.entries for name in entry.spoken]
        return list(dict.fromkeys((*MODELS, *vocoders)))

    def choose(self, model: str, voice: str, speaker: str | None = None) -> Chosen:
        """Who speaks a request.

        Args:
            voice: a name, NAME/SPEAKER, a speaker's name, or one of OpenAI's.
            speaker: one of the voice's or a mixture; goes before the one that `voice` names.
        Raises:
            Problem: no such voice, or it has no such vocoder.
        """
        entry, named = self._find(voice)
        speaker = speaker or named
        vocoder = next(iter(entry.spoken)) if model in MODELS else model
        if vocoder not in entry.spoken:
            known = ", ".join((*MODELS, *entry.spoken))
            message = f"model {model!r}: {entry.name} has {known}"
            raise Problem(404, message, param="model", code="model_not_found")
        return Chosen(entry.name, vocoder, entry.spoken[vocoder], speaker)

    def _find(self, name: str) -> tuple[Entry, str | None]:
        entries = {entry.name: entry for entry in self.entries}
        if name in entries:
            return entries[name], None
        head, slash, speaker = name.partition("/")
        if slash and head in entries:
            return entries[head], speaker
        for entry, speaker in self.seats():
            if speaker == name:
                return entry, speaker
        if name in ALIASES:
            seats = list(self.seats())
            return seats[ALIASES.index(name) % len(seats)]
        known = ", ".join((*entries, *(f"{e.name}/{s}" for e, s in self.seats() if s)))
        message = f"voice {name!r}: there are {known}, and OpenAI's names for them"
        raise Problem(400, message, param="voice", code="voice_not_found")


def _named(given: Sequence[str], option: str) -> dict[str, str]:
    """Paths by name: the one before `=`, or else the last part of the path."""
    named: dict[str, str] = {}
    for text in given:
        name, equals, path = text.partition("=")
        if not equals or Path(text).exists():
            name, path = Path(text).name or text, text
        if name in named:
            raise ConfigError(f"{option} {text}: {name} is taken by {named[name]}; say NAME=PATH")
        named[name] = path
    return named


def _with_each(
    path: str, vocoders: Mapping[str, str], options: dict[str, Any]
) -> dict[str, Voice]:
    """A voice with each of the vocoders that fit it; its other models are there once."""
    spoken: dict[str, Voice] = {}
    misfits = []
    for name, vocoder in vocoders.items():
        try:
            if spoken:
                first = next(iter(spoken.values()))
                contract = first.acoustic.contract
                vocoding = Vocoding.load(vocoder, contract, path, **options)
                spoken[name] = replace(first, vocoding=vocoding)
            else:
                spoken[name] = Voice.load(path, vocoder, **options)
        except ContractError as error:
            misfits.append(error)
    if misfits and not spoken:
        raise misfits[0]
    if not spoken:
        voice = Voice.load(path, **options)
        spoken[_vocoder_name(voice)] = voice
    return spoken


def _called(name: str, voice: Voice) -> Voice:
    """The voice under the name that clients know: messages are to tell nobody its path."""
    return replace(voice, name=name, cast=replace(voice.cast, source=name))


def _vocoder_name(voice: Voice) -> str:
    """The name of the model that a voice was packed with: that of its file."""
    return type(voice.vocoding.model).__module__.rpartition(".")[2]
