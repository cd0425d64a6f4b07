"""A class of written things, such as money: what it looks like and how it is said."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

# A number as it is written: 7, 1,234, 2.5, .5; never begun in the middle of one, which also keeps
# a pattern from being tried at every digit of a long run.
START = r"(?<![0-9])(?<![0-9][.,])"
WHOLE = r"(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]+)"
NUMBER = rf"(?:{WHOLE}(?:\.[0-9]+)?|\.[0-9]+)"
SCALE = r"(?:hundred|thousand|million|billion|trillion)"


@dataclass(frozen=True)
class Rule:
    """A pattern and how to say what it finds.

    Attributes:
        say: makes the words of a match, or is them, with backslash groups.
        needs: characters of which the text must hold one, or the pattern is not tried; empty
            for a pattern that is always tried.
    """

    pattern: re.Pattern[str]
    say: Callable[[re.Match[str]], str] | str
    needs: str = ""


def rule(
    pattern: str, say: Callable[[re.Match[str]], str] | str, needs: str = "", flags: int = 0
) -> Rule:
    """A rule from the pattern's source."""
    return Rule(re.compile(pattern, flags), say, needs)


def ends_sentence(match: re.Match[str], before_capital: bool = True) -> bool:
    """Whether the stop that ends an abbreviation ends the sentence too.

    Args:
        before_capital: count a capital behind it as a new sentence ("at 5 p.m. Then"); otherwise
            only the end of the text counts ("the U.S. Army").
    """
    rest = match.string[match.end() : match.end() + 4].lstrip("\"')")
    return not rest.strip() or (before_capital and rest[0] == " " and rest[1:2].isupper())


def apply(rules: Iterable[Rule], text: str) -> str:
    """Each rule in turn over the whole text."""
    for each in rules:
        if not each.needs or any(char in text for char in each.needs):
            text = each.pattern.sub(each.say, text)
    return text
