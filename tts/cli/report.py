"""`tts report`: one page on an experiment."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

from tts.cli.options import Json


def report(
    exp: Annotated[
        str,
        typer.Argument(metavar="EXP", help="An experiment, or a recipe's folder with eval in it."),
    ],
    out: Annotated[
        str | None, typer.Option("-o", "--out", help="The page; EXP/report.html by default.")
    ] = None,
    scores: Annotated[
        str | None,
        typer.Option(metavar="DIR", help="What tts eval wrote; EXP/score by default."),
    ] = None,
    utterances: Annotated[int, typer.Option(min=0, help="How many are shown, worst first.")] = 20,
    max_mib: Annotated[float, typer.Option(min=0, help="Of sound on the page.")] = 24.0,
    as_json: Json = False,
) -> None:
    """Write one HTML page with losses, metrics, plots and sound."""
    from tts.report.experiment import report as call

    made = call(exp, out, scores=scores, n_utterances=utterances, max_mib=max_mib)
    if as_json:
        typer.echo(json.dumps(asdict(made)))
        return
    size = made.n_bytes / 2**20
    typer.echo(f"{made.out}: {size:.1f} MiB, {made.n_utterances} utterances")
