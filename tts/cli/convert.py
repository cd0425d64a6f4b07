"""`tts convert`: what one speaker has recorded, said by another."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from tts.cli.options import (
    Denoise,
    Device,
    Json,
    OtherVocoder,
    Precision,
    PrecisionName,
    Sampler,
    Schedule,
    Seed,
    Speaker,
    SpeakerWav,
    Steps,
    VocoderTemperature,
    VoiceOrDefault,
    given,
    voice_of,
)


def convert(
    recording: Annotated[
        str, typer.Argument(metavar="IN", help="A recording, of any sample rate.")
    ],
    voice: VoiceOrDefault = None,
    speaker: Speaker = None,
    speaker_wav: SpeakerWav = None,
    source: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Who speaks in it; by default the likeliest speaker."),
    ] = None,
    out: Annotated[
        str, typer.Option("-o", "--out", help="By extension: .wav .flac .ogg .mp3, or .npy.")
    ] = "out.wav",
    vocoder: OtherVocoder = None,
    bridge: Annotated[
        str | None,
        typer.Option(metavar="EXP", help="The learned bridge that makes a recording's frames."),
    ] = None,
    temperature: VocoderTemperature = None,
    denoise: Denoise = None,
    steps: Steps = None,
    schedule: Schedule = None,
    sampler: Sampler = None,
    seed: Seed = 0,
    precision: Precision = PrecisionName.auto,
    device: Device = None,
    as_json: Json = False,
) -> None:
    """Let another speaker of a voice say what a recording says; no text is needed."""
    import tts
    from tts.audio.io import check_target

    check_target(out)
    knobs = given(
        temperature=temperature, denoise=denoise, steps=steps, schedule=schedule, sampler=sampler
    )
    made = tts.load(voice_of(voice), vocoder, precision=precision.value, device=device).convert(
        recording,
        speaker=speaker,
        speaker_wav=speaker_wav,
        source=source,
        bridge=bridge,
        seed=seed,
        **knobs,
    )
    made.save(out)
    if as_json:
        typer.echo(json.dumps({"out": out, **made.as_dict()}, ensure_ascii=False))
        return
    for name, score in sorted(made.scores.items(), key=lambda pair: -pair[1])[:5]:
        typer.echo(f"{name}: {score:.2f} nats a frame", err=True)
    took = f"{made.audio_s:.2f} s in {made.wall_s:.2f} s (RTF {made.rtf:.3f})"
    typer.echo(f"{out}: {made.source} as {made.target}, {took}")
