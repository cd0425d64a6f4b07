"""`tts synth`: speak every text of a data dir."""

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
    Speaker,
    SpeakerWav,
    Speed,
    Steps,
    Temperature,
    VocoderTemperature,
    VoiceOrDefault,
    given,
    voice_of,
)


def synth(
    source: Annotated[
        str, typer.Argument(metavar="IN", help="A data dir, or a file of `id text` lines.")
    ],
    out: Annotated[
        str, typer.Option("-o", "--out", help="The folder for the wavs and their manifest.")
    ],
    voice: VoiceOrDefault = None,
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
    batch: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Sentences spoken together; 16 in float32, 1 in bfloat16, where more round "
            "differently.",
        ),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes, of one thread each.")] = 1,
    seed: Seed = 0,
    precision: Precision = PrecisionName.auto,
    device: Device = None,
    as_json: Json = False,
) -> None:
    """Speak many texts; goes on where it was stopped."""
    from tts.voice.synth import synth as call

    knobs = given(
        temperature=temperature,
        vocoder_temperature=vocoder_temperature,
        denoise=denoise,
        steps=steps,
        schedule=schedule,
        sampler=sampler,
    )
    done = call(
        source,
        out,
        voice_of(voice),
        vocoder,
        speaker=speaker,
        speaker_wav=speaker_wav,
        seed=seed,
        precision=precision.value,
        device=device,
        lexicon=lexicon,
        speed=speed,
        batch=batch,
        workers=workers,
        **knobs,
    )
    if as_json:
        typer.echo(json.dumps({"out": out, **done.as_dict()}))
        return
    there = f"{done.n_skipped} there before (RTF {done.rtf:.3f})"
    typer.echo(f"{out}: {done.n_spoken} spoken, {there}")
