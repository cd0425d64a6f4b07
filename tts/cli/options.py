"""What several verbs take: their shared options, and text from the command line or stdin."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tts.errors import TextError

if TYPE_CHECKING:
    from tts.text.span import Span


class PrecisionName(str, Enum):
    """Number formats to compute in."""

    auto = "auto"
    float32 = "float32"
    bfloat16 = "bfloat16"


Text = Annotated[str, typer.Argument(metavar="TEXT|-", help="The text, or - for stdin.")]
Voice = Annotated[
    str, typer.Option(metavar="NAME|PATH", help="A voice, an experiment or a checkpoint.")
]
VoiceOrDefault = Annotated[
    str | None,
    typer.Option(
        "--voice",
        metavar="NAME|PATH",
        help="A voice, an experiment or a checkpoint; by default the first of `tts voices`.",
    ),
]
OtherVocoder = Annotated[
    str | None,
    typer.Option(metavar="PATH", help="Not the voice's own: an experiment, or griffin_lim."),
]
Speaker = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="One of the voice's speakers, or a mix: slt:0.7,rms:0.3."),
]
SpeakerWav = Annotated[
    str | None,
    typer.Option(metavar="FILE", help="A recording to speak like; needs a speaker encoder."),
]
Seed = Annotated[
    int, typer.Option(min=0, max=2**32 - 1, help="The same seed gives the same samples.")
]
Precision = Annotated[PrecisionName, typer.Option(help="The number format to compute in.")]
Device = Annotated[str | None, typer.Option(help="cpu, cuda or cuda:1; the GPU if there is one.")]
Speed = Annotated[float, typer.Option(help="0.25 to 4; 2 is twice as fast.")]
Temperature = Annotated[
    float | None, typer.Option(help="Liveliness, 0 (flat) to 2; the model's own by default.")
]
VocoderTemperature = Annotated[
    float | None,
    typer.Option(min=0, max=2, help="Scale of the vocoder's noise; its own by default."),
]
Denoise = Annotated[
    float | None,
    typer.Option(min=0, help="How much of a vocoder's own hum to take out; 0.1 is usual."),
]
Steps = Annotated[
    int | None,
    typer.Option(min=1, help="Steps of a diffusion vocoder: more are slower and better."),
]
Schedule = Annotated[
    str | None,
    typer.Option(metavar="FILE", help="Noise levels of these steps, instead of --steps."),
]
Sampler = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="How a diffusion vocoder steps: ancestral or ddim."),
]
LexiconFile = Annotated[
    str | None,
    typer.Option(
        "--lexicon", metavar="FILE", help="Words and their phonemes; goes before all else."
    ),
]
Ssml = Annotated[
    bool | None,
    typer.Option("--ssml/--no-ssml", help="Read it as SSML, or not; by default by its tags."),
]
Language = Annotated[
    str,
    typer.Option("--language", "--lang", help="espeak's code, such as en-us, en-gb, de."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]


def given(**options: Any) -> dict[str, Any]:
    """The options that were given at all: a vocoder's knobs differ."""
    return {name: value for name, value in options.items() if value is not None}


def voice_of(name: str | None) -> str:
    """The voice that an option names, or the one that is installed.

    Raises:
        CheckpointError: none is named, and none is installed.
    """
    from tts.voice.library import default_voice

    return default_voice() if name is None else name


def text_of(argument: str) -> str:
    """The text an argument means: itself, or all of stdin for `-`.

    Raises:
        TextError: it is not UTF-8.
    """
    source = "stdin" if argument == "-" else "the text"
    try:
        text = sys.stdin.read() if argument == "-" else argument
        text.encode("utf-8")  # bytes that the shell could not decode are lone surrogates here
    except UnicodeError:
        raise TextError(f"{source}: not UTF-8; convert it: iconv -f latin1 -t utf-8") from None
    return text


def lines_of(argument: str) -> Iterator[str]:
    """The texts an argument means: itself, or each line of stdin for `-`, as it comes.

    Raises:
        TextError: it is not UTF-8.
    """
    if argument != "-":
        yield text_of(argument)
        return
    for line in stdin_lines():
        yield line.rstrip("\r\n")


def stdin_lines() -> Iterator[str]:
    """The lines of stdin, as they come.

    Raises:
        TextError: it is not UTF-8.
    """
    try:
        for line in sys.stdin:
            line.encode("utf-8")
            yield line
    except UnicodeError:
        raise TextError("stdin: not UTF-8; convert it: iconv -f latin1 -t utf-8") from None


def show_spans(spans: Iterable[Span]) -> None:
    """Print what was changed, a line each: place, class, as written, as spoken."""
    for span in spans:
        print(f"\t{span.start}-{span.end}\t{span.kind}\t{span.written!r} -> {span.spoken!r}")
