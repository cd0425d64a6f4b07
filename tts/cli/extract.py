"""`tts extract`: what models are trained on, of recordings, into their dump dirs."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from tts.cli.options import Json

if TYPE_CHECKING:
    from tts.data.features import Written


def extract(
    dirs: Annotated[list[str], typer.Argument(metavar="DIR", help="Dump dirs.")],
    conf: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="A YAML file whose `audio` section says which frames."),
    ] = None,
    bridge: Annotated[
        str | None,
        typer.Option(metavar="EXP", help="A learned bridge that makes them."),
    ] = None,
    gta: Annotated[
        str | None,
        typer.Option(metavar="EXP", help="An acoustic experiment that makes them, by the audio."),
    ] = None,
    speakers: Annotated[
        str | None,
        typer.Option(metavar="EXP", help="An encoder of speakers: who speaks, instead of frames."),
    ] = None,
    durations: Annotated[
        str | None,
        typer.Option(metavar="EXP", help="An acoustic experiment: each token's frames instead."),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(help="What it is called: feats, gta with --gta, or durations."),
    ] = None,
    n_jobs: Annotated[int, typer.Option("--nj", min=1, help="Threads, without --gta.")] = 1,
    as_json: Json = False,
) -> None:
    """Compute what models are trained on: frames, who speaks, or how long each token lasts."""
    if speakers is not None:
        _speakers(dirs, speakers, (conf, bridge, gta, durations, name), n_jobs, as_json)
        return
    if durations is not None:
        made = _durations(dirs, durations, (conf, bridge, gta), name)
    else:
        from tts.train.extract import extract as call

        made = call(dirs, conf=conf, bridge=bridge, gta=gta, name=name, n_jobs=n_jobs)
    if as_json:
        typer.echo(json.dumps(asdict(made)))
        return
    there = f"{made.n_skipped} of them there before"
    typer.echo(f"{made.n_frames} frames of {made.n_utterances} utterances, {there}")


def _durations(
    dirs: list[str], exp: str, others: tuple[str | None, ...], name: str | None
) -> Written:
    from tts.errors import ConfigError
    from tts.train.extract import extract_durations

    if any(option is not None for option in others):
        raise ConfigError("extract: --durations goes without --conf, --bridge and --gta")
    return extract_durations(dirs, exp, **({} if name is None else {"name": name}))


def _speakers(
    dirs: list[str], encoder: str, others: tuple[str | None, ...], n_jobs: int, as_json: bool
) -> None:
    from tts.errors import ConfigError
    from tts.train.extract_speakers import extract_speakers

    if any(option is not None for option in others):
        raise ConfigError(
            "extract: --speakers goes without --conf, --bridge, --gta, --durations, --name"
        )
    heard = extract_speakers(dirs, encoder, n_jobs=n_jobs)
    tree = {**asdict(heard), "path": str(heard.path)}
    typer.echo(json.dumps(tree) if as_json else heard.as_text())
