"""`tts pack`: an experiment becomes a voice that can be given away."""

from __future__ import annotations

import json
from typing import Optional

import typer


def pack(
    acoustic: str = typer.Argument(help="The acoustic experiment or checkpoint."),
    out: str = typer.Option(..., "-o", "--out", help="The folder to make."),
    vocoder: Optional[str] = typer.Option(None, help="The vocoder's experiment or checkpoint."),
    dtype: str = typer.Option("float32", help="float32, or float16 for half the size."),
    readme: Optional[str] = typer.Option(None, help="A model card to put in."),
    as_json: bool = typer.Option(False, "--json", help="Print one JSON object."),
) -> None:
    """Pack a voice."""
    from tts.voice.pack import pack as pack_

    folder = pack_(acoustic, out, vocoder, dtype=dtype, readme=readme)
    size_mb = sum(f.stat().st_size for f in folder.iterdir()) / 1e6
    if as_json:
        typer.echo(json.dumps({"out": str(folder), "size_mb": size_mb}))
    else:
        typer.echo(f"{folder}: {size_mb:.1f} MB; try it with `tts say TEXT --voice {folder}`")
