"""`tts pack`: an experiment becomes a voice that can be given away."""

from __future__ import annotations

import json
from enum import Enum
from typing import Annotated

import typer

from tts.cli.options import Json, LexiconFile


class Dtype(str, Enum):
    """Number formats of the weights on disk."""

    float32 = "float32"
    float16 = "float16"
    int8 = "int8"


def pack(
    acoustic: Annotated[
        str, typer.Argument(metavar="EXP", help="The acoustic experiment or checkpoint.")
    ],
    out: Annotated[str, typer.Option("-o", "--out", help="The folder to make.")],
    vocoder: Annotated[
        str | None,
        typer.Option(metavar="PATH", help="Its experiment or checkpoint; else Griffin-Lim."),
    ] = None,
    dtype: Annotated[
        Dtype, typer.Option(help="Of the weights; float16 is half the size, int8 a quarter.")
    ] = Dtype.float32,
    readme: Annotated[
        str | None, typer.Option(metavar="FILE", help="A model card to put in as README.md.")
    ] = None,
    lexicon: LexiconFile = None,
    push: Annotated[
        str | None,
        typer.Option(metavar="ORG/NAME", help="Upload it to the Hugging Face Hub, too."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Pack a voice: models, frontend and model card in one folder."""
    from tts.voice import hub
    from tts.voice.pack import pack as call

    if push is not None:
        hub.check_repo(push)
    folder = call(acoustic, out, vocoder, dtype=dtype.value, readme=readme, lexicon=lexicon)
    size_mb = sum(f.stat().st_size for f in folder.iterdir()) / 1e6
    pushed = None if push is None else hub.push(folder, push)
    if as_json:
        tree = {"out": str(folder), "size_mb": size_mb}
        typer.echo(json.dumps(tree if pushed is None else {**tree, "pushed": pushed}))
        return
    typer.echo(f"{folder}: {size_mb:.1f} MB; try it with `tts say TEXT --voice {folder}`")
    if pushed is not None:
        typer.echo(f"{pushed}: pushed; anyone speaks with it by `tts say TEXT --voice {pushed}`")
