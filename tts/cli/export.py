"""`tts export`: a voice for other runtimes."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

from tts.cli.options import Json


def export(
    voice: Annotated[
        str, typer.Argument(help="A packed voice, its name, an experiment or a checkpoint.")
    ],
    out: Annotated[str, typer.Option("-o", "--out", help="The folder to make.")],
    onnx: Annotated[
        bool, typer.Option("--onnx", help="As ONNX graphs, which is what there is.")
    ] = True,
    vocoder: Annotated[
        str | None,
        typer.Option(metavar="PATH", help="Its experiment or checkpoint; else the voice's own."),
    ] = None,
    int8: Annotated[
        bool,
        typer.Option("--int8", help="Store weights in eight bits, where that keeps quality."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Write a voice as graphs that speak without Python or torch."""
    from tts.export.onnx import export as call

    del onnx  # the only format
    made = call(voice, out, vocoder, int8=int8)
    if as_json:
        checks = {name: asdict(check) for name, check in made.checks.items()}
        typer.echo(json.dumps({"out": str(made.folder), "graphs": checks}))
        return
    for name, check in made.checks.items():
        apart = ", ".join(f"{d:.1e} at {n}" for n, d in check.differences.items())
        kept = "" if check.snr_db is None else f" (8 bits keep {check.snr_db:.0f} dB)"
        typer.echo(f"{made.folder}/{name}.onnx: {check.bits} bits{kept}; from torch {apart}")
