"""`tts say`: speak a text to a file."""

from __future__ import annotations

import json
from typing import Annotated

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
    Ssml,
    Steps,
    Text,
    VocoderTemperature,
    Voice,
    given,
    text_of,
)


def say(
    text: Text,
    voice: Voice,
    out: Annotated[
        str, typer.Option("-o", "--out", help="By extension: .wav .flac .ogg .mp3, or .npy.")
    ] = "out.wav",
    vocoder: OtherVocoder = None,
    speaker: Annotated[str | None, typer.Option(help="One of the voice's speakers.")] = None,
    speed: Annotated[float, typer.Option(help="0.25 to 4; 2 is twice as fast.")] = 1.0,
    temperature: Annotated[
        float | None, typer.Option(help="Liveliness, 0 (flat) to 2; the model's own by default.")
    ] = None,
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
    seed: Seed = 0,
    precision: Precision = PrecisionName.auto,
    device: Device = None,
    as_json: Json = False,
) -> None:
    """Speak a text; [[phonemes]], [pause 0.5s], [spell NASA] and SSML may stand in it."""
    import tts
    from tts.audio.io import check_target

    check_target(out)
    knobs = given(
        vocoder_temperature=vocoder_temperature,
        denoise=denoise,
        steps=steps,
        schedule=schedule,
        sampler=sampler,
    )
    spoken = tts.load(voice, vocoder, precision=precision.value, device=device).say(
        text_of(text),
        speaker=speaker,
        speed=speed,
        temperature=temperature,
        seed=seed,
        lexicon=lexicon,
        ssml=ssml,
        max_tokens=max_tokens,
        **knobs,
    )
    spoken.save(out)
    for warning in spoken.warnings:
        typer.echo(f"warning: {warning}", err=True)
    if spoken.unseen:
        typer.echo(f"not among the training's words: {', '.join(spoken.unseen)}", err=True)
    if as_json:
        typer.echo(json.dumps({"out": out, **spoken.as_dict()}, ensure_ascii=False))
        return
    typer.echo(f"{out}: {spoken.audio_s:.2f} s in {spoken.wall_s:.2f} s (RTF {spoken.rtf:.3f})")
