"""English text as it is spoken: every class of written things is a small grammar of its own.

A grammar is a list of rules, a pattern and how to say what it finds; the order below decides who
reads a "5" first. All patterns take time proportional to the text.
"""

from __future__ import annotations

import re

from tts.text.english import abbreviation, clock, date, measure, money, quantity, symbol, web
from tts.text.english.clean import canonical, plain_letters
from tts.text.english.rule import apply

_DIGIT = re.compile(r"[0-9]")


def english(text: str) -> tuple[str, tuple[str, ...]]:
    """The text as it is spoken, and a line for each thing that cannot be."""
    text = apply(web.RULES, canonical(text))
    text = apply(quantity.ROMAN_RULES, text)
    text = apply(symbol.BEFORE_NUMBERS, text)
    if _DIGIT.search(text):
        text = apply((*clock.RULES, *date.RULES, *money.RULES, *measure.RULES), text)
    text = apply(abbreviation.RULES, text)
    if _DIGIT.search(text):
        text = apply(quantity.RULES, text)
    return plain_letters(apply(symbol.RULES, text))
