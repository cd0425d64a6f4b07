"""`tts say`: speak a text to a file."""

from __future__ import annotations

import json
import sys
from typing import Optional

import typer


def say(
    text: str = typer.Argument(help="What to say; - reads it from standard input."),
    out: str = typer.Option("out.wav", "-o", "--out", help=".wav .flac .ogg .mp3, or .npy."),
    voice: str = typer.Option(..., help="A voice's name or folder, an experiment, a checkpoint."),
    vocoder: Optional[str] = typer.Option(None, help="Another vocoder: an experiment, or griffin_lim."),
    speaker: Optional[str] = typer.Option(None, help="One of the voice's speakers."),
    speed: float = typer.Option(1.0, help="2 is twice as fast; 0.25 to 4."),
    temperature: Optional[float] = typer.Option(None, help="Liveliness, 0 to 2."),
    seed: int = typer.Option(0, help="The same seed gives the same samples."),
    precision: str = typer.Option("auto", help="auto, float32 or bfloat16."),
    device: Optional[str] = typer.Option(None, help="cpu, cuda, cuda:1."),
    as_json: bool = typer.Option(False, "--json", help="Print one JSON object."),
) -> None:
    """Speak a text."""
    import tts

    spoken = tts.load(voice, vocoder, precision=precision, device=device).say(
        sys.stdin.read() if text == "-" else text,
        speaker=speaker,
        speed=speed,
        temperature=temperature,
        seed=seed,
    )
    spoken.save(out)
    if as_json:
        typer.echo(json.dumps({"out": out, **spoken.as_dict()}, ensure_ascii=False))
        return
    for warning in spoken.warnings:
        typer.echo(f"note: {warning}", err=True)
    typer.echo(f"{out}: {spoken.audio_s:.2f} s in {spoken.wall_s:.2f} s (RTF {spoken.rtf:.3f})")
