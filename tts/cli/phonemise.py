"""`tts phonemise`: text as the symbols a voice is fed with."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Annotated

import typer


def phonemise(
    text: Annotated[str, typer.Argument(metavar="TEXT|-", help="The text, or - for stdin.")],
    language: Annotated[
        str, typer.Option(help="espeak's code, such as en-us, en-gb, de.")
    ] = "en-us",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Print the phones of a text, with its words and what could not be spoken."""
    from tts.text.frontend import phonemise as call

    result = call(sys.stdin.read() if text == "-" else text, language)
    if as_json:
        shown = {name: value for name, value in asdict(result).items() if name != "ids"}
        print(json.dumps(shown, ensure_ascii=False))
        return
    print(" ".join(result.symbols))
    for warning in result.warnings:
        print(f"warning: {warning}", file=sys.stderr)
