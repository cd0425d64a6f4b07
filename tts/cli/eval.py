"""`tts eval`: how good speech is against recordings."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from tts.cli.options import Json


def eval_(
    ref: Annotated[
        str, typer.Argument(metavar="REF", help="Recordings: a file, a folder, or a wav.scp.")
    ],
    syn: Annotated[str, typer.Argument(metavar="SYN", help="What is measured, likewise.")],
    text: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="What is said, for word errors: a data dir, or text."),
    ] = None,
    asr: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="pocketsphinx, pocketsphinx-lm, whisper or whisper:MODEL."
        ),
    ] = "pocketsphinx",
    metric: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only this metric; may come again."),
    ] = None,
    speaker_encoder: Annotated[
        str | None,
        typer.Option(metavar="EXP", help="An encoder of speakers of our own, for their cosine."),
    ] = None,
    out: Annotated[
        str | None, typer.Option("-o", "--out", help="A folder for eval.json and eval.tsv.")
    ] = None,
    nj: Annotated[int, typer.Option(min=1, help="Threads that measure side by side.")] = 1,
    seed: Annotated[int, typer.Option(min=0, help="Of the intervals.")] = 0,
    as_json: Json = False,
) -> None:
    """Measure speech against recordings of the same texts."""
    from tts.report.evaluate import evaluate

    found = evaluate(
        ref,
        syn,
        metrics=metric or None,
        text=text,
        asr=asr,
        speaker_encoder=speaker_encoder,
        out=out,
        n_jobs=nj,
        seed=seed,
    )
    typer.echo(json.dumps(found.as_dict()) if as_json else found.as_text())
