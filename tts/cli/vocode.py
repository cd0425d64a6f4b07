"""`tts vocode`: frames or recordings through a vocoder."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Optional

import typer


def vocode(
    source: str = typer.Argument(help="A .wav (copy synthesis), a .npy of frames (C, T), or a folder of these."),
    out: str = typer.Option(..., "-o", "--out", help="The audio file to write, or a folder for a folder."),
    vocoder: str = typer.Option(..., help="An experiment, a checkpoint, or griffin_lim."),
    seed: int = typer.Option(0, help="The same seed gives the same samples."),
    precision: str = typer.Option("auto", help="auto, float32 or bfloat16."),
    device: Optional[str] = typer.Option(None, help="cpu, cuda, cuda:1."),
    as_json: bool = typer.Option(False, "--json", help="Print one JSON object."),
) -> None:
    """Turn frames into sound."""
    from tts.voice.vocode import vocode as vocode_

    made = vocode_(source, out, vocoder, seed=seed, precision=precision, device=device)
    if as_json:
        typer.echo(json.dumps(asdict(made)))
    else:
        typer.echo(f"{made.out}: {made.audio_s:.2f} s in {made.wall_s:.2f} s (RTF {made.rtf:.3f})")
