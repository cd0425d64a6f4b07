"""What requests hold: OpenAI's fields, and this server's own beside them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

FormatName = Literal["mp3", "opus", "aac", "flac", "wav", "pcm"]


class VoiceId(BaseModel):
    """A voice as an object, which OpenAI's clients may send instead of a name."""

    model_config = ConfigDict(extra="forbid")
    id: str


class Asked(BaseModel):
    """What to say, and how."""

    model_config = ConfigDict(extra="forbid")

    input: Annotated[
        str,
        Field(
            description="The text. [[phonemes]], [pause 0.5s], [spell NASA] and SSML may be in it."
        ),
    ]
    model: Annotated[
        str, Field(description="A vocoder's name; tts-1, tts-1-hd and wavebridge: the first.")
    ] = "wavebridge"
    voice: Annotated[
        str | VoiceId,
        Field(
            description="A name of /v1/voices, VOICE/SPEAKER, a speaker's name; OpenAI's names "
            "(alloy, echo, ...) stand for the voices and speakers in their order."
        ),
    ] = "alloy"
    speed: Annotated[float, Field(ge=0.25, le=4, description="2 is twice as fast.")] = 1.0
    speaker: Annotated[
        str | None, Field(description='One of the voice\'s, or a mix such as "slt:0.7,rms:0.3".')
    ] = None
    temperature: Annotated[
        float | None, Field(ge=0, le=2, description="Liveliness, 0 is flat; the model's own.")
    ] = None
    seed: Annotated[
        int, Field(ge=0, le=2**32 - 1, description="The same seed gives the same samples.")
    ] = 0
    steps: Annotated[
        int | None, Field(ge=1, le=1000, description="Steps of a diffusion vocoder.")
    ] = None
    sampler: Annotated[
        Literal["ancestral", "ddim"] | None, Field(description="How such a vocoder steps.")
    ] = None
    vocoder_temperature: Annotated[
        float | None, Field(ge=0, le=2, description="Scale of the vocoder's noise.")
    ] = None
    denoise: Annotated[
        float | None, Field(ge=0, le=1, description="How much of a vocoder's own hum to take out.")
    ] = None
    ssml: Annotated[bool | None, Field(description="Whether it is SSML; by its tags.")] = None
    lexicon: Annotated[
        dict[str, str] | None, Field(description="Words and their phonemes, before all else.")
    ] = None

    @property
    def voice_name(self) -> str:
        """The voice, however it was sent."""
        return self.voice if isinstance(self.voice, str) else self.voice.id

    def options(self) -> dict[str, Any]:
        """What a voice takes besides the text and the speaker; nothing that was not given."""
        named = {"speed": self.speed, "seed": self.seed}
        for name in ("temperature", "ssml", "lexicon", "vocoder_temperature", *_KNOBS):
            if getattr(self, name) is not None:
                named[name] = getattr(self, name)
        return named


_KNOBS = ("steps", "sampler", "denoise")


class SpeechAsked(Asked):
    """The body of `POST /v1/audio/speech`."""

    response_format: Annotated[
        FormatName, Field(description="pcm: 16 bits, little endian, one channel, 24000 Hz.")
    ] = "mp3"
    stream_format: Annotated[
        Literal["audio", "sse"],
        Field(description="sse: events that hold the audio in base64."),
    ] = "audio"
    stream: Annotated[
        bool | None,
        Field(
            description="True: sent as it is made, so that the head of a wav or flac does not "
            "know its length. False: in one piece. By default only flac comes in one piece: "
            "not all that read it do without its length."
        ),
    ] = None
    sample_rate_hz: Annotated[
        int | None,
        Field(ge=8000, le=48_000, description="The voice's own, or the next the format has."),
    ] = None
    instructions: Annotated[
        str | None,
        Field(description="Taken and ignored; the header x-wavebridge-ignored then says so."),
    ] = None

    @property
    def streamed(self) -> bool:
        """Whether it is sent as it is made."""
        as_made = self.response_format != "flac" if self.stream is None else self.stream
        return as_made or self.stream_format == "sse"
