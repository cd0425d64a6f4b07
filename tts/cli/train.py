"""`tts train`: train one model."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from tts.cli.options import Json


def train(
    config: Annotated[str, typer.Argument(metavar="CONFIG", help="The experiment's YAML file.")],
    exp: Annotated[str, typer.Option(help="The folder for checkpoints, metrics and plots.")],
    overrides: Annotated[
        list[str] | None,
        typer.Argument(metavar="KEY=VALUE", help="Such as train.steps=1000."),
    ] = None,
    init: Annotated[
        str | None,
        typer.Option(metavar="PATH", help="Start from the weights of this experiment."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on from the newest checkpoint there.")
    ] = False,
    cpu: Annotated[
        bool, typer.Option("--cpu", help="Stay on the CPU though there is a GPU.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Train a bridge, an acoustic model or a vocoder."""
    from tts.train.loop import train as call
    from tts.train.settings import load_experiment

    done = call(load_experiment(config, overrides), exp, resume=resume, init=init, cpu=cpu)
    if as_json:
        tree = {"exp_dir": str(done.exp_dir), "step": done.step, "dev": done.dev}
        typer.echo(json.dumps(tree))
        return
    typer.echo(f"{done.exp_dir}: trained to step {done.step}")
