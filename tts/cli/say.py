"""`tts say`: speak a text to a file, to the loudspeaker, or down a pipe."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from enum import Enum
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from tts.cli.options import (
    Denoise,
    Device,
    Json,
    LexiconFile,
    OtherVocoder,
    Precision,
    PrecisionName,
    Sampler,
    Schedule,
    Seed,
    Speaker,
    SpeakerWav,
    Speed,
    Ssml,
    Steps,
    Temperature,
    VocoderTemperature,
    VoiceOrDefault,
    given,
    stdin_lines,
    text_of,
    voice_of,
)
from tts.errors import ConfigError


class SplitName(str, Enum):
    """Where a long text is split into files."""

    headings = "headings"
    gaps = "gaps"


def say(
    text: Annotated[
        str | None, typer.Argument(metavar="TEXT|-", help="The text, or - for stdin.")
    ] = None,
    file: Annotated[
        str | None, typer.Option(metavar="PATH", help="A text file to speak, of any length.")
    ] = None,
    voice: VoiceOrDefault = None,
    out: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--out",
            metavar="FILE",
            help="By extension: .wav .flac .ogg .mp3, or .npy; out.wav by default.",
        ),
    ] = None,
    play: Annotated[bool, typer.Option("--play", help="Play it while it is made.")] = False,
    stream: Annotated[
        bool,
        typer.Option(
            "--stream", help="Raw samples to stdout as they are made: | aplay -r 22050 -f S16_LE"
        ),
    ] = False,
    times: Annotated[
        str | None,
        typer.Option(
            metavar="KIND|FILE",
            help="When each word is spoken: srt, vtt, json or TextGrid beside the output.",
        ),
    ] = None,
    plot: Annotated[
        str | None,
        typer.Option(metavar="FILE.png", help="A picture: mel, tokens, waveform and words."),
    ] = None,
    split: Annotated[
        SplitName | None,
        typer.Option(help="A file for each chapter: at headings, or at two empty lines."),
    ] = None,
    vocoder: OtherVocoder = None,
    speaker: Speaker = None,
    speaker_wav: SpeakerWav = None,
    speed: Speed = 1.0,
    temperature: Temperature = None,
    vocoder_temperature: VocoderTemperature = None,
    denoise: Denoise = None,
    steps: Steps = None,
    schedule: Schedule = None,
    sampler: Sampler = None,
    lexicon: LexiconFile = None,
    ssml: Ssml = None,
    max_tokens: Annotated[
        int | None, typer.Option(min=1, help="Symbols spoken in one go; the training's longest.")
    ] = None,
    pause: Annotated[
        float | None, typer.Option(help="Seconds of silence between sentences; 0.2.")
    ] = None,
    paragraph_pause: Annotated[
        float | None, typer.Option(help="Seconds of silence between paragraphs; 0.6.")
    ] = None,
    seed: Seed = 0,
    precision: Precision = PrecisionName.auto,
    device: Device = None,
    as_json: Json = False,
) -> None:
    """Speak a text; [[phonemes]], [pause 0.5s], [spell NASA] and SSML may stand in it.

    What --file or stdin bring may be a whole book: it is read and spoken paragraph by paragraph,
    and a run that was stopped goes on when it is started again.
    """
    if (text is None) == (file is None):
        raise typer.BadParameter("give a text, - for stdin, or --file PATH (one of them)")
    source = _source(text, file)
    if out is None and not play and not stream:
        out = "out.wav"
    options = given(
        speaker=speaker,
        speaker_wav=speaker_wav,
        temperature=temperature,
        vocoder_temperature=vocoder_temperature,
        denoise=denoise,
        steps=steps,
        schedule=schedule,
        sampler=sampler,
        lexicon=lexicon,
        ssml=ssml,
        max_tokens=max_tokens,
        pause_s=pause,
        paragraph_pause_s=paragraph_pause,
    )
    import tts
    from tts.voice.speak import Wanted, speak

    wanted = Wanted(
        None if out is None else Path(out),
        times,
        None if split is None else split.value,
        play,
        _raw_stdout() if stream else None,
    )
    wanted.check()
    target = None if plot is None else _picture(plot, heard=play or stream)
    loaded = tts.load(voice_of(voice), vocoder, precision=precision.value, device=device)
    spoken = speak(loaded, source, wanted, speed=speed, seed=seed, **options)
    if target is not None:
        from tts.report import plots

        if not hasattr(spoken, "samples"):
            raise ConfigError(f"plot: {out} is a long text; draw a short one")
        plots.save(plots.spoken(spoken), target)
    for warning in spoken.warnings:
        typer.echo(f"warning: {warning}", err=True)
    unseen = getattr(spoken, "unseen", ())
    if unseen:
        typer.echo(f"not among the training's words: {', '.join(unseen)}", err=True)
    names = list(getattr(spoken, "files", ())) or [out or "played"]
    if as_json:
        typer.echo(json.dumps({"out": out, **spoken.as_dict()}, ensure_ascii=False), err=stream)
        return
    rtf = spoken.wall_s / spoken.audio_s
    line = f"{spoken.audio_s:.2f} s in {spoken.wall_s:.2f} s (RTF {rtf:.3f})"
    if not stream:
        typer.echo("\n".join([*names[:-1], f"{names[-1]}: {line}"]))


def _picture(name: str, heard: bool) -> Path:
    """The file of a picture.

    Raises:
        ConfigError: it is no PNG, or of speech that is not kept.
    """
    if Path(name).suffix != ".png":
        raise ConfigError(f"plot {name}: a picture is written as .png; name it so")
    if heard:
        raise ConfigError("plot: goes with a file to write (-o), not with play or stream")
    return Path(name)


def _raw_stdout() -> BinaryIO:
    """Where raw samples go: down a pipe, not over a terminal.

    Raises:
        ConfigError: stdout is a terminal.
    """
    if sys.stdout.isatty():
        raise ConfigError("stream: stdout is a terminal; pipe it: | aplay -r 22050 -f S16_LE")
    return sys.stdout.buffer


def _source(text: str | None, file: str | None) -> str | Path | Iterable[str]:
    """The text itself, the file that holds it, or the lines of stdin as they come."""
    if file is not None:
        return Path(file)
    assert text is not None, "one of them is given"
    return stdin_lines() if text == "-" else text_of(text)
