"""The command `tts`: verbs, each a parse and one public call."""

from __future__ import annotations

import logging
import os
import sys
from typing import Annotated

import typer

import tts
from tts.cli import (
    bench,
    compare,
    convert,
    data,
    doctor,
    eval,
    export,
    extract,
    finetune,
    import_,
    mismatch,
    normalise,
    pack,
    phonemise,
    report,
    say,
    schedule,
    serve,
    synth,
    train,
    unpack,
    vocode,
    voices,
)
from tts.errors import TTSError

app = typer.Typer(
    help="Text to speech: speak, and train every part that does it.",
    epilog="Add --debug anywhere for the full trace of an error.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("say")(say.say)
app.command("synth")(synth.synth)
app.command("vocode")(vocode.vocode)
app.command("convert")(convert.convert)
app.command("voices")(voices.voices)
app.command("pack")(pack.pack)
app.command("unpack")(unpack.unpack)
app.command("export")(export.export)
app.command("train")(train.train)
app.command("finetune")(finetune.finetune)
app.command("schedule")(schedule.schedule)
app.command("extract")(extract.extract)
app.add_typer(data.app, name="data")
app.command("import")(import_.import_)
app.command("normalise")(normalise.normalise)
app.command("phonemise")(phonemise.phonemise)
app.add_typer(bench.app, name="bench")
app.command("eval")(eval.eval_)
app.command("report")(report.report)
app.command("compare")(compare.compare)
app.command("mismatch")(mismatch.mismatch)
app.command("serve")(serve.serve)
app.command("doctor")(doctor.doctor)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(tts.__version__)
        raise typer.Exit


@app.callback()
def _global(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and end."
        ),
    ] = False,
) -> None:
    del version  # its callback has printed it


def main() -> None:
    """Run the command: exit code 0 done, 1 an error in one line, 2 usage."""
    debug = _take_debug(sys.argv)
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    logging.getLogger("tts").setLevel(logging.DEBUG if debug else logging.INFO)
    try:
        try:
            app(prog_name="tts")
        finally:
            sys.stdout.flush()
    except BrokenPipeError:  # whoever read our output has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except (TTSError, OSError) as error:
        if debug:
            raise
        sys.exit(f"tts: {_line(error)}")


def _take_debug(arguments: list[str]) -> bool:
    """Whether `--debug` is among the options; takes it out."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    options = [argument for argument in arguments[:end] if argument != "--debug"]
    debug = len(options) < end
    arguments[:end] = options
    return debug


def _line(error: TTSError | OSError) -> str:
    """An error in one line; the system's own ones name a file and a reason."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return " ".join(str(error).split())
