"""`tts normalise`: text as it is spoken."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Annotated

import typer

from tts.cli.options import Json, Language, Text, lines_of, show_spans


def normalise(
    text: Text,
    normaliser: Annotated[
        str | None,
        typer.Option(
            help="english, numbers, tacotron, basic, transliteration, nemo, wetext or none; by "
            "default the language's."
        ),
    ] = None,
    language: Language = "en-us",
    trace: Annotated[
        bool, typer.Option("--trace", help="Show what was changed: place, class, reading.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write text out as it is spoken: numbers, money, times, abbreviations, symbols.

    With - every line of stdin is a text, and one line is printed for each.
    """
    from tts.text.frontend import own_normaliser
    from tts.text.reading import normalise_marked

    name = normaliser or own_normaliser(language)
    for line in lines_of(text):
        result = normalise_marked(line, name, language)
        if as_json:
            shown = {
                "text": line,
                "normalised": result.normalised,
                "spans": [asdict(span) for span in result.spans],
                "warnings": list(result.warnings),
            }
            print(json.dumps(shown, ensure_ascii=False), flush=True)
            continue
        print(result.normalised, flush=True)
        if trace:
            show_spans(result.spans)
        for warning in result.warnings:
            print(f"warning: {warning}", file=sys.stderr)
