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
    Steps,
    VocoderTemperature,
    Voice,
    given,
)


def synth(
    source: Annotated[
        str, typer.Argument(metavar="IN", help="A data dir, or a file of `id text` lines.")
    ],
    out: Annotated[
        str, typer.Option("-o", "--out", help="The folder for the wavs and their manifest.")
    ],
    voice: Voice,
    vocoder: OtherVocoder = None,
    vocoder_temperature: VocoderTemperature = None,
    denoise: Denoise = None,
    steps: Steps = None,
    schedule: Schedule = None,
    sampler: Sampler = None,
    lexicon: LexiconFile = None,
    seed: Seed = 0,
    precision: Precision = PrecisionName.auto,
    device: Device = None,
    as_json: Json = False,
) -> None:
    """Speak many texts; goes on where it was stopped."""
    from tts.voice.synth import synth as call

    knobs = given(
        vocoder_temperature=vocoder_temperature,
        denoise=denoise,
        steps=steps,
        schedule=schedule,
        sampler=sampler,
    )
    done = call(
        source,
        out,
        voice,
        vocoder,
        seed=seed,
        precision=precision.value,
        device=device,
        lexicon=lexicon,
        **knobs,
    )
    if as_json:
        typer.echo(json.dumps({"out": out, **done.as_dict()}))
        return
    there = f"{done.n_skipped} there before (RTF {done.rtf:.3f})"
    typer.echo(f"{out}: {done.n_spoken} spoken, {there}")
