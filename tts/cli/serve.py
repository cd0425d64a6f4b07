"""`tts serve`: voices behind an HTTP interface, and a page to try them on."""

from __future__ import annotations

from typing import Annotated

import typer

from tts.cli.options import Device, Precision, PrecisionName


def serve(
    voice: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[NAME=]NAME|PATH", help="A voice; may be repeated. All installed ones."
        ),
    ] = None,
    vocoder: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[NAME=]PATH",
            help="Not the voices' own: an experiment, or griffin_lim; may be repeated.",
        ),
    ] = None,
    host: Annotated[str, typer.Option(help="0.0.0.0 lets other machines in.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="0: any that is free.")] = 8000,
    api_key: Annotated[
        str | None,
        typer.Option(
            envvar="WAVEBRIDGE_API_KEY",
            show_envvar=True,
            help="What clients must send; none lets everyone in.",
        ),
    ] = None,
    max_chars: Annotated[int, typer.Option(min=1, help="Characters of one request.")] = 4096,
    queue: Annotated[
        int, typer.Option(min=1, help="Requests spoken and waiting; more get a 429.")
    ] = 64,
    timeout: Annotated[
        float, typer.Option(min=0.1, help="Seconds to wait for audio, or for a client to take it.")
    ] = 60.0,
    batch: Annotated[
        int | None,
        typer.Option(min=1, help="Sentences spoken together; 8, or 1 if not in float32."),
    ] = None,
    workers: Annotated[
        int,
        typer.Option(min=1, help="Requests worked on at once, which share the cores."),
    ] = 1,
    grace: Annotated[
        float, typer.Option(min=0, help="Seconds that SIGTERM leaves to what is being spoken.")
    ] = 30.0,
    precision: Precision = PrecisionName.auto,
    device: Device = None,
) -> None:
    """Serve voices as OpenAI's API does (POST /v1/audio/speech), with a page at /."""
    from tts.errors import ConfigError

    try:
        from tts.serve.limits import Limits
        from tts.serve.server import serve
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("tts."):
            raise
        raise ConfigError(
            f"tts serve: needs the package {error.name}; pip install 'wavebridge[serve]'"
        ) from None

    serve(
        voice or (),
        vocoder or (),
        host=host,
        port=port,
        key=api_key,
        limits=Limits(max_chars=max_chars, queue=queue, timeout_s=timeout),
        batch=batch,
        workers=workers,
        grace_s=grace,
        precision=precision.value,
        device=device,
    )
