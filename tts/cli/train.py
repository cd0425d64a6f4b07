"""`tts train`: train one model."""

from __future__ import annotations

import json
from typing import List, Optional

import typer


def train(
    config: str = typer.Argument(help="The experiment's YAML file."),
    overrides: Optional[List[str]] = typer.Argument(None, help="key=value, such as train.steps=1000."),
    exp: str = typer.Option(..., "--exp", help="The folder for checkpoints, metrics and plots."),
    init: Optional[str] = typer.Option(None, help="Start from the weights of this experiment."),
    resume: bool = typer.Option(False, "--resume", help="Go on from the newest checkpoint there."),
    cpu: bool = typer.Option(False, "--cpu", help="Stay on the CPU though there is a GPU."),
    as_json: bool = typer.Option(False, "--json", help="Print one JSON object."),
) -> None:
    """Train an acoustic model or a vocoder."""
    from tts.train.loop import train as train_
    from tts.train.settings import load_experiment

    done = train_(load_experiment(config, overrides), exp, resume=resume, init=init, cpu=cpu)
    if as_json:
        typer.echo(json.dumps({"exp_dir": str(done.exp_dir), "step": done.step, "dev": done.dev}))
    else:
        typer.echo(f"{done.exp_dir}: trained to step {done.step}")
