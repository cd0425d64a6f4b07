"""`tts finetune`: train a model on with the speech of a new speaker."""

from __future__ import annotations

import json
from enum import Enum
from typing import Annotated

import typer

from tts.cli.options import Json


class PresetName(str, Enum):
    """What learns, how fast and how long."""

    minutes = "minutes"
    hour = "hour"
    full = "full"
    lora = "lora"


class RoleName(str, Enum):
    """The models of a voice."""

    acoustic = "acoustic"
    vocoder = "vocoder"


def finetune(
    base: Annotated[
        str, typer.Argument(metavar="BASE", help="An experiment, a checkpoint or a packed voice.")
    ],
    data: Annotated[str, typer.Option(metavar="DIR", help="The dump dir to train on.")],
    dev: Annotated[str, typer.Option(metavar="DIR", help="The dump dir to judge it by.")],
    exp: Annotated[str, typer.Option(help="The folder for checkpoints, metrics and plots.")],
    overrides: Annotated[
        list[str] | None,
        typer.Argument(metavar="KEY=VALUE", help="Such as train.steps=1000."),
    ] = None,
    preset: Annotated[
        PresetName, typer.Option(help="By how much speech there is; or low-rank updates only.")
    ] = PresetName.minutes,
    old_data: Annotated[
        str | None,
        typer.Option(metavar="DIR", help="A dump dir of the base's own speakers, to mix in."),
    ] = None,
    old_share: Annotated[
        float, typer.Option(min=0.01, max=0.99, help="Share of the batches from there.")
    ] = 0.5,
    rehearse: Annotated[
        bool, typer.Option(help="Without --old-data: let a base of several speakers make some.")
    ] = True,
    role: Annotated[
        RoleName | None, typer.Option(help="Which model of a packed voice; acoustic by default.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on from the newest checkpoint there.")
    ] = False,
    cpu: Annotated[
        bool, typer.Option("--cpu", help="Stay on the CPU though there is a GPU.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Adapt a voice to a new speaker; what the base knows is kept by name."""
    from tts.train.finetune import finetune as call

    done = call(
        base,
        exp,
        data=data,
        dev=dev,
        preset=preset.value,
        old_data=old_data,
        old_share=old_share,
        rehearse=rehearse,
        overrides=overrides or [],
        role=role.value if role else None,
        resume=resume,
        cpu=cpu,
    )
    if as_json:
        typer.echo(json.dumps(done.as_dict(), ensure_ascii=False))
        return
    typer.echo(f"{exp}: fine-tuned to step {done.trained.step}")
