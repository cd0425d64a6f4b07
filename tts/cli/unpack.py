"""`tts unpack`: a packed voice as experiments, to fine-tune."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from tts.cli.options import Json


def unpack(
    voice: Annotated[str, typer.Argument(metavar="VOICE", help="A packed voice.")],
    out: Annotated[
        str, typer.Option("-o", "--out", help="The folder to make: acoustic/ and vocoder/ in it.")
    ],
    as_json: Json = False,
) -> None:
    """Make experiments of the models in a packed voice."""
    from tts.voice.unpack import unpack as call

    made = call(voice, out)
    parts = {"acoustic": str(made.acoustic), "vocoder": made.vocoder and str(made.vocoder)}
    listed = " and ".join(part for part in parts.values() if part)
    typer.echo(json.dumps(parts) if as_json else f"{listed}: made of {voice}")
