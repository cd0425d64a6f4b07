"""`tts bench`: how fast this machine runs our code, beside others'."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from tts.cli.options import Json

app = typer.Typer(no_args_is_help=True, help="Measure speed on this machine.")


@app.callback()
def _group() -> None:
    # Keeps `mas` a verb of its own while it is the only one.
    pass


@app.command()
def mas(
    batch: Annotated[int, typer.Option(min=1, help="Utterances.")] = 32,
    tokens: Annotated[int, typer.Option(min=1, help="Tokens of each.")] = 256,
    frames: Annotated[int, typer.Option(min=1, help="Frames of each; at least as many.")] = 2048,
    as_json: Json = False,
) -> None:
    """Alignment search on one CPU thread, against monotonic-align's kernel if it is installed."""
    if tokens > frames:
        raise typer.BadParameter(f"{tokens} tokens need at least as many frames, not {frames}")
    from tts.report.bench import bench_mas

    result = bench_mas((batch, tokens, frames))
    if as_json:
        print(json.dumps(result))
        return
    print(f"{batch} x {tokens} tokens x {frames} frames: {result['ours_ms']:.2f} ms")
    if result["ratio"]:
        print(f"monotonic-align: {result['peer_ms']:.2f} ms, {result['ratio']:.1f} times as long")
    else:
        print(
            "monotonic-align is not installed; to compare: pip install -e '.[oracle]' in a clone"
        )
