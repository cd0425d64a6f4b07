"""`tts schedule`: the noise schedule of a diffusion vocoder."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

from tts.cli.options import Device, Json, Precision, PrecisionName, Sampler, Seed


def schedule(
    exp: Annotated[str, typer.Argument(metavar="EXP", help="The diffusion vocoder's experiment.")],
    steps: Annotated[int, typer.Option(min=1, help="Steps of the schedule.")] = 6,
    data: Annotated[
        str | None, typer.Option(metavar="DUMP", help="A dump dir of held-out utterances.")
    ] = None,
    source: Annotated[
        str | None,
        typer.Option("--from", metavar="FILE", help="Adopt this schedule instead of searching."),
    ] = None,
    sampler: Sampler = None,
    utterances: Annotated[int, typer.Option(min=1, help="Excerpts to try on.")] = 4,
    seconds: Annotated[float, typer.Option(min=0.1, help="Length of an excerpt.")] = 1.0,
    budget: Annotated[int, typer.Option(min=1, help="Schedules to try.")] = 100,
    seed: Seed = 0,
    precision: Precision = PrecisionName.auto,
    device: Device = None,
    as_json: Json = False,
) -> None:
    """Find the best noise schedule of so many steps; synthesis with as many then uses it."""
    from tts.voice.schedule import adopt_schedule, search_schedule

    if (data is None) == (source is None):
        raise typer.BadParameter("give --data DUMP to search on, or --from FILE to adopt")
    sampler = sampler or "ancestral"
    if source is not None:
        made = adopt_schedule(exp, source, sampler=sampler)
    else:
        made = search_schedule(
            exp,
            data,
            steps,
            sampler=sampler,
            n_utterances=utterances,
            seconds=seconds,
            budget=budget,
            seed=seed,
            precision=precision.value,
            device=device,
        )
    if as_json:
        typer.echo(json.dumps(asdict(made)))
        return
    typer.echo(f"{made.out}: {' '.join(f'{beta:.3g}' for beta in made.betas)}")
    if made.score is not None:
        typer.echo(
            f"log-mel distance {made.score:.4f}, before the search {made.fitted_score:.4f}, "
            f"in {made.n_tried} trials and {made.wall_s:.0f} s"
        )
