"""`tts voices`: which voices can be called by name."""

from __future__ import annotations

import json
from dataclasses import asdict

import typer

from tts.cli.options import Json


def voices(as_json: Json = False) -> None:
    """List the voices that can be called by name."""
    from tts.voice.library import folders, installed

    found, looked = installed(), [str(folder) for folder in folders()]
    if as_json:
        rows = [asdict(voice) for voice in found]
        typer.echo(json.dumps({"voices": rows, "folders": looked}, default=str))
        return
    for voice in found:
        speakers = " ".join(voice.speakers)
        typer.echo(f"{voice.name}\t{voice.sample_rate_hz} Hz\t{speakers}\t{voice.folder}")
    if not found:
        where = ", ".join(looked)
        typer.echo(f"no voices yet; packed voices are looked for in {where}", err=True)
