"""`tts data`: corpora into data dirs, data dirs into dump dirs, and what is wrong with them."""

from __future__ import annotations

import json
from dataclasses import asdict
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

from tts.cli.options import Json, LexiconFile

app = typer.Typer(
    no_args_is_help=True,
    help="Kaldi data dirs: import, check, split, and make ready for training.",
)

Source = Annotated[Path, typer.Argument(metavar="IN", help="a data dir")]
Target = Annotated[Path, typer.Argument(metavar="OUT", help="the data dir to write")]
Folders = Annotated[list[Path], typer.Argument(metavar="DIR...", help="data dirs")]
AllowPipes = Annotated[bool, typer.Option("--allow-pipes", help="Run the commands in wav.scp.")]


class Kind(str, Enum):
    """Layouts of corpora that `import` reads."""

    ljspeech = "ljspeech"
    columns = "columns"
    kaldi = "kaldi"


@app.command("import")
def import_(
    kind: Annotated[Kind, typer.Argument(help="the layout of the corpus")],
    src: Annotated[Path, typer.Argument(metavar="CORPUS", help="its folder, or file of columns")],
    out: Target,
    speaker: Annotated[str | None, typer.Option(help="Speaker of lines that name none.")] = None,
    as_json: Json = False,
) -> None:
    """Make a data dir of a corpus: metadata.csv and wavs/, a file of path|text, or a data dir."""
    from tts.data.corpus import import_corpus

    data = import_corpus(kind.value, src, out, speaker=speaker)
    n, n_speakers = len(data.utterances), len(data.spk2utt)
    tree = {"n_utterances": n, "n_speakers": n_speakers, "out": str(out)}
    _show(as_json, tree, f"{n} utterances of {n_speakers} speakers in {out}")


@app.command()
def split(
    src: Source,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="gets train/, dev/ and eval/")],
    n_dev: Annotated[int, typer.Option("--dev", min=0, help="Utterances to watch training with.")],
    n_eval: Annotated[int, typer.Option("--eval", min=0, help="Utterances to judge it with.")],
    seed: Annotated[int, typer.Option(min=0, help="Decides which.")] = 0,
    last: Annotated[bool, typer.Option("--last", help="Take the last ones in order.")] = False,
    as_json: Json = False,
) -> None:
    """Split a data dir into train, dev and eval."""
    from tts.data.corpus import split_into

    parts = split_into(src, out, n_dev, n_eval, seed=None if last else seed)
    counts = {name: len(part.utterances) for name, part in vars(parts).items()}
    listed = ", ".join(f"{n} in {out}/{name}" for name, n in counts.items())
    _show(as_json, {**counts, "out": str(out)}, f"utterances: {listed}")


@app.command()
def validate(
    src: Source,
    fix: Annotated[
        bool, typer.Option("--fix", help="Sort, and drop what cannot be kept; keeps .backup/.")
    ] = False,
    wavs: Annotated[bool, typer.Option(help="Listen to the audio as well.")] = True,
    allow_pipes: AllowPipes = False,
    as_json: Json = False,
) -> None:
    """List everything wrong with a data dir, and what to type. Exit 1 if there is something."""
    from tts.data import validate as checks

    dropped: dict[str, str] = {}
    if fix:
        fixed = checks.fix(src, wavs=wavs, allow_pipes=allow_pipes)
        dropped, report = fixed.dropped, fixed.remaining
    else:
        report = checks.validate(src, wavs=wavs, allow_pipes=allow_pipes)
    _show(
        as_json, {"ok": report.ok, "dropped": dropped, **asdict(report)}, report.as_text(dropped)
    )
    raise typer.Exit(0 if report.ok else 1)


@app.command()
def stats(src: Source, as_json: Json = False) -> None:
    """Minutes, utterances, speakers, sample rates and lengths."""
    from tts.data.statistics import statistics

    found = statistics(src)
    _show(as_json, asdict(found), found.as_text())


@app.command()
def report(
    src: Source,
    base: Annotated[
        str | None,
        typer.Option(metavar="VOICE", help="The voice or experiment to fine-tune on it."),
    ] = None,
    min_s: Annotated[float, typer.Option(min=0, help="What is shorter is dropped, s.")] = 0.3,
    max_s: Annotated[float, typer.Option(min=0, help="What is longer is dropped, s.")] = 20.0,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="A file to write the report to as well.")
    ] = None,
    allow_pipes: AllowPipes = False,
    as_json: Json = False,
) -> None:
    """What a data dir is good for: speech, silence, noise, rate, symbols, and what to expect."""
    from tts.report.material import material

    made = material(src, base, min_s=min_s, max_s=max_s, out=out, allow_pipes=allow_pipes)
    _show(as_json, made.as_dict(), made.as_text())


@app.command()
def trim(
    src: Source,
    out: Target,
    keep_s: Annotated[float, typer.Option(min=0, help="Silence to keep at each end, s.")] = 0.05,
    lufs: Annotated[
        float | None, typer.Option(max=0, help="Make every speaker so loud, by one gain.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Cut the silence at both ends of every recording; the gain is for quiet ones."""
    from tts.data.trim import trim as call

    done = call(src, out, keep_s=keep_s, lufs=lufs)
    gains = "".join(f", {name} {gain:+.1f} dB" for name, gain in done.gain_db.items())
    text = f"{done.n_utterances} wavs in {out}, {done.kept_s:.1f} of {done.seconds:.1f} s{gains}"
    _show(as_json, {**asdict(done), "out": str(out)}, text)


@app.command()
def wav(
    src: Source,
    out: Target,
    rate_hz: Annotated[int, typer.Option("--rate", min=1000, help="Sample rate to write, Hz.")],
    n_jobs: Annotated[
        int, typer.Option("--nj", min=1, help="How many files to work on at once.")
    ] = 1,
    allow_pipes: AllowPipes = False,
    as_json: Json = False,
) -> None:
    """Write 16-bit wavs of one rate: commands run, segments cut. Goes on where it was stopped."""
    from tts.data.prepare import format_wavs

    done = format_wavs(src, out, rate_hz, n_jobs=n_jobs, allow_pipes=allow_pipes)
    text = f"{done.n_utterances} wavs in {out} ({done.n_skipped} were there), {done.seconds:.1f} s"
    _show(as_json, {**asdict(done), "out": str(out)}, text)


@app.command()
def ids(
    dirs: Folders,
    out: Annotated[Path, typer.Option(help="The file to write: a name a line.")],
    as_json: Json = False,
) -> None:
    """Number the speakers of data dirs."""
    from tts.data.prepare import speaker_ids

    names = speaker_ids(dirs, out)
    _show(as_json, {"speakers": names, "out": str(out)}, f"{len(names)} speakers in {out}")


@app.command("filter")
def filter_(
    src: Source,
    out: Target,
    min_s: Annotated[float, typer.Option(min=0, help="Drop what is shorter, s.")] = 0.0,
    max_s: Annotated[float, typer.Option(min=0, help="Drop what is longer, s.")] = float("inf"),
    drop: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Drop this utterance; can be given again."),
    ] = None,
    min_yield: Annotated[
        float, typer.Option(min=0, max=1, help="Share that has to remain, but for --drop.")
    ] = 0.95,
    as_json: Json = False,
) -> None:
    """Drop utterances that are too short, too long, wordless, or named; say which and why."""
    from tts.data.prepare import filter_utterances

    done = filter_utterances(
        src, out, min_s=min_s, max_s=max_s, drop=drop or (), min_yield=min_yield
    )
    lines = [f"dropped {utterance}: {reason}" for utterance, reason in done.dropped.items()]
    lines.append(f"{done.n_kept} of {done.n_all} utterances in {out}")
    _show(as_json, {**asdict(done), "out": str(out)}, "\n".join(lines))


@app.command()
def tokens(
    dirs: Folders,
    out: Annotated[Path, typer.Option(help="Gets frontend.json and tokens.txt.")],
    language: Annotated[
        str, typer.Option("--language", "--lang", help="espeak's code of the language.")
    ] = "en-us",
    normaliser: Annotated[
        str | None, typer.Option(help="How numbers are written out; by default the language's.")
    ] = None,
    phonemiser: Annotated[str, typer.Option(help="espeak, letters or cmudict.")] = "espeak",
    blank: Annotated[bool, typer.Option(help="Put a blank around every token.")] = True,
    edges: Annotated[
        bool, typer.Option(help="With --no-blank: put one at both ends, for the silence there.")
    ] = False,
    cmudict_file: Annotated[
        str | None, typer.Option(help="A CMU dictionary, for cmudict.")
    ] = None,
    lexicon: LexiconFile = None,
    like: Annotated[
        str | None,
        typer.Option(metavar="VOICE", help="Read as this voice or experiment does, lexicon too."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write the symbols of every transcript, and the frontend of the voice."""
    from tts.config import parse
    from tts.data.tokens import write_tokens, write_tokens_like
    from tts.text.frontend import FrontendConfig, own_normaliser
    from tts.text.lexicon import Lexicon

    own = Lexicon.load(lexicon) if lexicon else None
    if like is not None:
        done = write_tokens_like(dirs, out, like, own)
        _show(as_json, {**asdict(done), "out": str(out)}, done.as_text(out))
        return
    settings = {
        "language": language,
        "normaliser": normaliser or own_normaliser(language),
        "phonemiser": phonemiser,
        "blank": blank,
        "edges": edges,
        "cmudict_file": cmudict_file,
    }
    config = parse(FrontendConfig, settings, "tts data tokens")
    done = write_tokens(dirs, out, config, own)
    _show(as_json, {**asdict(done), "out": str(out)}, done.as_text(out))


@app.command()
def vectors(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help=".npy, .npz, or lines of name v1 v2 …")
    ],
    out: Annotated[Path, typer.Option(help="The file to write.")],
    as_json: Json = False,
) -> None:
    """Take over vectors that say who speaks, one a speaker, for data.speaker_vectors."""
    from tts.data.speaker_vectors import import_given

    made = import_given(files, out)
    tree = {"speakers": list(made.speakers), "size": made.size, "out": str(out)}
    text = f"{len(made.speakers)} speakers, {made.size} numbers each, in {out}"
    _show(as_json, tree, text)


def _show(as_json: bool, tree: dict[str, Any], text: str) -> None:
    """Print the result, for a program or for a person."""
    typer.echo(json.dumps(tree, ensure_ascii=False, default=str) if as_json else text)
