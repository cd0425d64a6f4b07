"""`tts vocode`: frames or recordings through a vocoder."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

from tts.cli.options import (
    Denoise,
    Device,
    Json,
    Precision,
    PrecisionName,
    Sampler,
    Schedule,
    Seed,
    Steps,
    VocoderTemperature,
    given,
)


def vocode(
    source: Annotated[
        str,
        typer.Argument(metavar="IN", help="A recording, a .npy of frames (C, T), or a folder."),
    ],
    out: Annotated[
        str, typer.Option("-o", "--out", help="The audio file; for a folder, a folder of wavs.")
    ],
    vocoder: Annotated[
        str,
        typer.Option(metavar="PATH", help="An experiment, a checkpoint, or griffin_lim."),
    ],
    bridge: Annotated[
        str | None,
        typer.Option(metavar="EXP", help="The learned bridge that makes a recording's frames."),
    ] = None,
    speaker: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Who speaks, for a vocoder that is told of speakers."),
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
    """Turn frames, or recordings by way of frames, into sound."""
    from tts.voice.vocode import vocode as call

    knobs = given(
        temperature=temperature, denoise=denoise, steps=steps, schedule=schedule, sampler=sampler
    )
    options = {"bridge": bridge, "seed": seed, "precision": precision.value, "device": device}
    options["speaker"] = speaker
    made = call(source, out, vocoder, **options, **knobs)
    if as_json:
        typer.echo(json.dumps(asdict(made)))
        return
    typer.echo(f"{made.out}: {made.audio_s:.2f} s in {made.wall_s:.2f} s (RTF {made.rtf:.3f})")
