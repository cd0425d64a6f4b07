"""`tts compare`: vocoders on the same utterances, and what listeners say of them."""

from __future__ import annotations

import json
from dataclasses import asdict
from enum import Enum
from typing import Annotated

import typer

from tts.cli.options import (
    Denoise,
    Device,
    Json,
    Precision,
    PrecisionName,
    Sampler,
    Seed,
    Steps,
    VocoderTemperature,
    given,
)


class ListeningKind(str, Enum):
    """What the listening page asks."""

    mushra = "mushra"
    pairs = "pairs"


def compare(
    subjects: Annotated[
        list[str],
        typer.Argument(
            metavar="VOCODER...", help="Experiments or griffin_lim; answer files; comparisons."
        ),
    ],
    out: Annotated[str, typer.Option("-o", "--out", help="The folder for all of it.")],
    data: Annotated[
        str | None,
        typer.Option(metavar="DIR", help="Held-out recordings: a data dir, or a folder."),
    ] = None,
    scores: Annotated[
        bool, typer.Option("--scores", help="Judge the answer files of the test in --out.")
    ] = False,
    samples: Annotated[
        int | None,
        typer.Option(min=1, help="Of finished comparisons, put so many sentences on a page."),
    ] = None,
    acoustic: Annotated[
        list[str] | None,
        typer.Option(metavar="EXP", help="Acoustic models that speak the texts, one a bridge."),
    ] = None,
    bridge: Annotated[
        str | None, typer.Option(metavar="EXP", help="The learned bridge of vocoders of one.")
    ] = None,
    utterances: Annotated[int, typer.Option(min=1, help="How many are made.")] = 16,
    test: Annotated[
        ListeningKind, typer.Option(help="What listeners are asked.")
    ] = ListeningKind.mushra,
    by: Annotated[
        str | None, typer.Option(metavar="METRIC", help="The quality set against speed.")
    ] = None,
    asr: Annotated[str, typer.Option(metavar="NAME", help="The recogniser.")] = "pocketsphinx",
    threads: Annotated[int, typer.Option(min=1, help="Of the timing on a CPU.")] = 1,
    temperature: VocoderTemperature = None,
    denoise: Denoise = None,
    steps: Steps = None,
    sampler: Sampler = None,
    seed: Seed = 0,
    precision: Precision = PrecisionName.auto,
    device: Device = None,
    as_json: Json = False,
) -> None:
    """Compare vocoders on the same utterances.

    With --scores, judge a listening test's answers; with --samples, make a page of short sounds.
    """
    if scores:
        from tts.report.scores import judge

        verdict = judge(subjects, out, seed=seed)
        typer.echo(json.dumps(verdict.as_dict()) if as_json else verdict.as_text())
        return
    if samples is not None:
        from tts.report.samples import write_samples

        made = write_samples(subjects, out, samples)
        told = f"{made.page}: {len(made.utterances)} sentences, {made.mib} MiB"
        typer.echo(json.dumps(asdict(made)) if as_json else told)
        return
    if data is None:
        raise typer.BadParameter("name the recordings", param_hint="--data")
    from tts.report.compare import compare as call

    knobs = given(temperature=temperature, denoise=denoise, steps=steps, sampler=sampler)
    arena = call(
        subjects,
        data,
        out,
        acoustic=acoustic or (),
        bridge=bridge,
        n_utterances=utterances,
        test=test.value,
        by=by,
        asr=asr,
        threads=threads,
        seed=seed,
        precision=precision.value,
        device=device,
        **knobs,
    )
    typer.echo(json.dumps(arena.as_dict()) if as_json else arena.as_text())
