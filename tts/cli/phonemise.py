"""`tts phonemise`: text as the symbols a voice is fed with."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Annotated

import typer

from tts.cli.options import Json, Language, LexiconFile, Text, lines_of, show_spans

_SHOWN = ("text", "normalised", "symbols", "words", "spans", "warnings")


def phonemise(
    text: Text,
    language: Language = "en-us",
    lexicon: LexiconFile = None,
    trace: Annotated[
        bool, typer.Option(help="Show what was not read as it is written: class and reading.")
    ] = True,
    as_json: Json = False,
) -> None:
    """Print the phones of a text, how it was read, and what could not be spoken.

    With - every line of stdin is a text.
    """
    from tts.text.frontend import phonemiser_of
    from tts.text.lexicon import Lexicon

    read = phonemiser_of(language, lexicon=Lexicon.load(lexicon) if lexicon else None)
    for line in lines_of(text):
        result = read(line)
        if as_json:
            tree = asdict(result)
            shown = {name: tree[name] for name in _SHOWN}
            print(json.dumps(shown, ensure_ascii=False), flush=True)
            continue
        print(" ".join(result.symbols), flush=True)
        if trace:
            show_spans(result.spans)
        for warning in result.warnings:
            print(f"warning: {warning}", file=sys.stderr)
