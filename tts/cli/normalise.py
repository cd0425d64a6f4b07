"""`tts normalise`: text as it is spoken."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Annotated

import typer

from tts.cli.options import Json, Text, text_of


def normalise(
    text: Text,
    normaliser: Annotated[
        str, typer.Option(help="english, tacotron, basic, transliteration or none.")
    ] = "english",
    as_json: Json = False,
) -> None:
    """Write text out as it is spoken: numbers, money, times, abbreviations, symbols."""
    from tts.text.normalise import normalise as call

    result = call(text_of(text), normaliser)
    if as_json:
        print(json.dumps(asdict(result), ensure_ascii=False))
        return
    print(result.normalised)
    for warning in result.warnings:
        print(f"warning: {warning}", file=sys.stderr)
