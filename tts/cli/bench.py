"""`tts bench`: how fast this machine runs our code, beside others'."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from tts.cli.options import (
    Denoise,
    Device,
    Json,
    Precision,
    PrecisionName,
    Sampler,
    Schedule,
    Steps,
    VocoderTemperature,
    given,
)

if TYPE_CHECKING:
    from tts.report.bench_vocoder import VocoderSpeed

app = typer.Typer(no_args_is_help=True, help="Measure speed on this machine.")


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


@app.command()
def vocoder(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME|EXP]",
            help="A vocoder by name, with random weights; or an experiment or checkpoint.",
        ),
    ] = None,
    conf: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="A configuration, instead; random weights."),
    ] = None,
    seconds: Annotated[
        float | None,
        typer.Option(min=0.01, help="Of audio a round; by default 4, less if that takes long."),
    ] = None,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds; the median counts.")] = 5,
    threads: Annotated[int, typer.Option(min=1, help="CPU threads.")] = 1,
    temperature: VocoderTemperature = None,
    denoise: Denoise = None,
    steps: Steps = None,
    schedule: Schedule = None,
    sampler: Sampler = None,
    precision: Precision = PrecisionName.auto,
    device: Device = None,
    as_json: Json = False,
) -> None:
    """A vocoder's speed, memory and arithmetic, beside the machine's own matrix product."""
    if name is None and conf is None:
        raise typer.BadParameter("name a vocoder or an experiment, or give --conf FILE")
    from tts.report.bench_vocoder import bench_vocoder

    knobs = given(
        temperature=temperature, denoise=denoise, steps=steps, schedule=schedule, sampler=sampler
    )
    result = bench_vocoder(
        name,
        conf=conf,
        seconds=seconds,
        rounds=rounds,
        threads=threads,
        precision=precision.value,
        device=device,
        **knobs,
    )
    typer.echo(json.dumps(asdict(result)) if as_json else _table(result))


def _table(r: VocoderSpeed) -> str:
    rates = ", ".join(f"{rate:.1f} ({name})" for name, rate in r.product_gmac_per_s.items())
    memory = "not told" if r.memory_mib is None else f"{r.memory_mib:.0f} MiB at the most"
    arithmetic = "no convolutions or matrix products"
    if r.gmac_per_s is not None:
        arithmetic = f"{r.gmac_per_s:.1f} GMAC/s, {r.gmac_per_audio_s:.2f} GMAC for 1 s of audio"
    knobs = "".join(f", {knob} {value}" for knob, value in r.knobs.items())
    threads = "1 thread" if r.threads == 1 else f"{r.threads} threads"
    rows = {
        "vocoder": f"{r.vocoder}, {r.n_parameters:,} parameters, {r.weights} weights{knobs}",
        "machine": f"{r.device}, {threads}, {r.precision}",
        "speed": f"RTF {r.rtf:.4f}, {r.samples_per_s:,.0f} samples/s",
        "measured": f"{r.audio_s:.2f} s of audio in {r.wall_s:.3f} s "
        f"({r.cpu_s:.3f} s of processor time), median of {r.rounds}",
        "memory": f"{memory}, of which weights {r.weights_mib:.1f} MiB",
        "arithmetic": arithmetic,
        "product": f"{rates}: GMAC/s of a matrix product in the same run",
    }
    return "\n".join(f"{label:12}{text}" for label, text in rows.items())
