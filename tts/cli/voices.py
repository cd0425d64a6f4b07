"""`tts voices`: which voices can be called by name."""

from __future__ import annotations

import json

import typer


def voices(as_json: bool = typer.Option(False, "--json", help="Print one JSON object.")) -> None:
    """List the installed voices."""
    from tts.voice.library import folders, installed

    found = installed()
    if as_json:
        rows = [
            {
                "name": v.name,
                "folder": str(v.folder),
                "sample_rate_hz": v.sample_rate_hz,
                "speakers": v.speakers,
            }
            for v in found
        ]
        typer.echo(json.dumps({"voices": rows, "folders": [str(f) for f in folders()]}))
        return
    for voice in found:
        typer.echo(f"{voice.name}\t{voice.sample_rate_hz} Hz\t{' '.join(voice.speakers)}\t{voice.folder}")
    if not found:
        looked = ", ".join(str(f) for f in folders())
        typer.echo(f"no voices yet; packed voices are looked for in {looked}", err=True)
