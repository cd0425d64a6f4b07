"""`tts import`: published checkpoints become experiments of ours."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from tts.cli.options import Json, given


def import_(
    kind: Annotated[
        str,
        typer.Argument(
            help="Where it comes from: glow_tts, hifigan, waveglow, flowavenet, wavenet, "
            "nv_wavenet, clarinet, wavegrad or vocos."
        ),
    ],
    file: Annotated[str, typer.Argument(help="The checkpoint, such as g_02500000.")],
    out: Annotated[str, typer.Option("-o", "--out", help="The experiment folder to make.")],
    config: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="Its config; by default config.json or config.yaml beside it."
        ),
    ] = None,
    discriminator: Annotated[
        str | None, typer.Option(metavar="FILE", help="hifigan: the do_ file, to train on.")
    ] = None,
    cmudict: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="glow_tts: the CMU dictionary it was trained with."),
    ] = None,
    teacher: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="clarinet: of a student, the checkpoint of its teacher."
        ),
    ] = None,
    statistics: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="wavenet: a .npy of each mel channel's mean and deviation."
        ),
    ] = None,
    glow_old: Annotated[
        bool, typer.Option("--glow-old", help="waveglow: the model is of glow_old.py.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Import a published checkpoint."""
    from tts.foreign.importer import import_checkpoint

    extras = given(
        discriminator=discriminator,
        cmudict=cmudict,
        teacher=teacher,
        statistics=statistics,
        glow_old=glow_old or None,
    )
    made = import_checkpoint(kind, file, out, config, **extras)
    if as_json:
        tree = {"role": made.role, "model": made.name, "n_parameters": made.n_parameters}
        typer.echo(json.dumps({"out": str(made.exp_dir), **tree}))
        return
    typer.echo(f"{made.exp_dir}: the {made.role} {made.name}, {made.n_parameters:,} parameters")
