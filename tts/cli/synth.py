"""`tts synth`: speak every text of a data dir."""

from __future__ import annotations

import json
from typing import Optional

import typer


def synth(
    source: str = typer.Argument(help="A data dir with `text`, or a file of `id text` lines."),
    out: str = typer.Option(..., "-o", "--out", help="The folder for the wavs and their manifest."),
    voice: str = typer.Option(..., help="A voice's name or folder, an experiment, a checkpoint."),
    vocoder: Optional[str] = typer.Option(None, help="Another vocoder: an experiment, or griffin_lim."),
    seed: int = typer.Option(0, help="The same seed gives the same samples."),
    precision: str = typer.Option("auto", help="auto, float32 or bfloat16."),
    device: Optional[str] = typer.Option(None, help="cpu, cuda, cuda:1."),
    as_json: bool = typer.Option(False, "--json", help="Print one JSON object."),
) -> None:
    """Speak many texts."""
    from tts.voice.synth import synth as synth_

    done = synth_(source, out, voice, vocoder, seed=seed, precision=precision, device=device)
    if as_json:
        typer.echo(json.dumps(done.as_dict()))
    else:
        typer.echo(f"{out}: {done.n_spoken} spoken, {done.n_skipped} there before (RTF {done.rtf:.3f})")
