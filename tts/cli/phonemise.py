"""`tts phonemise`: text as the symbols a voice is fed with."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Annotated

import typer

from tts.cli.options import Json, Text, text_of


def phonemise(
    text: Text,
    language: Annotated[
        str, typer.Option(help="espeak's code, such as en-us, en-gb, de.")
    ] = "en-us",
    as_json: Json = False,
) -> None:
    """Print the phones of a text, with its words and what could not be spoken."""
    from tts.text.frontend import phonemise as call

    result = call(text_of(text), language)
    if as_json:
        shown = {name: value for name, value in asdict(result).items() if name != "ids"}
        print(json.dumps(shown, ensure_ascii=False))
        return
    print(" ".join(result.symbols))
    for warning in result.warnings:
        print(f"warning: {warning}", file=sys.stderr)
