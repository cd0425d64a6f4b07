"""The command `tts`: verbs, each a parse and one public call."""

from __future__ import annotations

import logging
import os
import sys

import typer

import tts
from tts.cli import (
    bench,
    data,
    doctor,
    extract,
    import_,
    normalise,
    pack,
    phonemise,
    say,
    synth,
    train,
    vocode,
    voices,
)
from tts.errors import TTSError

app = typer.Typer(
    help="Text to speech: speak, and train every part that does it. Add --debug for the full trace of an error.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("say")(say.say)
app.command("synth")(synth.synth)
app.command("vocode")(vocode.vocode)
app.command("voices")(voices.voices)
app.command("pack")(pack.pack)
app.command("train")(train.train)
app.command("extract")(extract.extract)
app.add_typer(data.app, name="data")
app.command("import")(import_.import_)
app.command("normalise")(normalise.normalise)
app.command("phonemise")(phonemise.phonemise)
app.add_typer(bench.app, name="bench")
app.command("doctor")(doctor.doctor)


@app.callback(invoke_without_command=True)
def _version(
    version: bool = typer.Option(False, "--version", help="Print the version and end."),
) -> None:
    if version:
        typer.echo(tts.__version__)
        raise typer.Exit


def main() -> None:
    """Run the command: exit code 0 done, 1 a TTSError in one line, 2 usage."""
    debug = "--debug" in sys.argv
    sys.argv = [argument for argument in sys.argv if argument != "--debug"]
    level = logging.DEBUG if debug else logging.INFO
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    logging.getLogger("tts").setLevel(level)
    try:
        app(prog_name="tts")
    except TTSError as error:
        if debug:
            raise
        sys.exit(f"tts: {error}")
    except BrokenPipeError:  # whoever read our output has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
