"""`tts import`: published checkpoints become experiments of ours."""

from __future__ import annotations

import json
from typing import Optional

import typer


def import_(
    kind: str = typer.Argument(help="Where it comes from: hifigan, glow_tts."),
    file: str = typer.Argument(help="The checkpoint."),
    out: str = typer.Option(..., "-o", "--out", help="The experiment folder to make."),
    config: Optional[str] = typer.Option(None, help="Its JSON config; by default config.json beside it."),
    discriminator: Optional[str] = typer.Option(None, help="hifigan: the do_ file, to train on."),
    cmudict: Optional[str] = typer.Option(None, help="glow_tts: the CMU dictionary it was trained with."),
    as_json: bool = typer.Option(False, "--json", help="Print one JSON object."),
) -> None:
    """Import a published checkpoint."""
    from tts.foreign.importer import import_checkpoint

    extras = {"discriminator": discriminator, "cmudict": cmudict}
    made = import_checkpoint(kind, file, out, config, **{k: v for k, v in extras.items() if v})
    if as_json:
        typer.echo(json.dumps({"out": str(made.exp_dir), "role": made.role, "model": made.name}))
    else:
        typer.echo(f"{made.exp_dir}: the {made.role} {made.name}, {made.parameters:,} parameters")
