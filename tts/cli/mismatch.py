"""`tts mismatch`: what vocoders lose on an acoustic model's frames."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

from tts.cli.options import Device, Json, Precision, PrecisionName, Seed


def mismatch(
    data: Annotated[str, typer.Argument(metavar="DIR", help="A dump dir of held-out utterances.")],
    out: Annotated[str, typer.Option("-o", "--out", help="The folder for JSON and plots.")],
    acoustic: Annotated[
        list[str], typer.Option(metavar="EXP", help="An acoustic experiment; may come again.")
    ],
    vocoder: Annotated[
        list[str],
        typer.Option(metavar="EXP", help="The vocoder, or learned bridge, of each, in order."),
    ],
    utterances: Annotated[int, typer.Option(min=1, help="How many are measured.")] = 16,
    temperature: Annotated[
        float | None,
        typer.Option(min=0, max=2, help="Of the acoustic models; their own by default."),
    ] = None,
    seed: Seed = 0,
    precision: Precision = PrecisionName.auto,
    device: Device = None,
    as_json: Json = False,
) -> None:
    """Compare a vocoder on recordings' frames with the same on an acoustic model's."""
    from tts.report.mismatch import as_text
    from tts.report.mismatch import mismatch as call

    measured = call(
        data,
        acoustic,
        vocoder,
        out,
        n_utterances=utterances,
        temperature=temperature,
        seed=seed,
        precision=precision.value,
        device=device,
    )
    if as_json:
        typer.echo(json.dumps({"out": out, "pairs": [asdict(pair) for pair in measured]}))
        return
    typer.echo(as_text(measured))
