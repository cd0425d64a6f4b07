"""`tts extract`: bridge frames of recordings, into their dump dirs."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import List, Optional

import typer


def extract(
    dirs: List[str] = typer.Argument(help="Dump dirs."),
    conf: Optional[str] = typer.Option(None, help="The experiment's YAML file; its audio section counts."),
    gta: Optional[str] = typer.Option(None, help="Make teacher-forced frames with this acoustic experiment."),
    name: str = typer.Option("gta", help="With --gta: what the frames are called."),
    nj: int = typer.Option(1, help="Threads."),
    as_json: bool = typer.Option(False, "--json", help="Print one JSON object."),
) -> None:
    """Compute the frames that models are trained on."""
    from tts.train.extract import extract as extract_

    made = extract_(dirs, conf=conf, gta=gta, name=name, n_jobs=nj)
    if as_json:
        typer.echo(json.dumps(asdict(made)))
    else:
        typer.echo(f"{made.n_frames} frames of {made.n_utterances} utterances, {made.n_skipped} of them there before")
