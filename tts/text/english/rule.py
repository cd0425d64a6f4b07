"""A class of written things, such as money: what it looks like and how it is said."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tts.text.numbers import cardinal, decimal

# A number as it is written: 7, 1,234, 2.5, .5; never begun in the middle of one, which also keeps
# a pattern from being tried at every digit of a long run.
START = r"(?<![0-9])(?<![0-9][.,])"
WHOLE = r"(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3}(?![0-9])|[0-9]+)"
NUMBER = rf"(?:{WHOLE}(?:\.[0-9]+)?|\.[0-9]+)"
SCALE = r"(?:hundred|thousand|million|billion|trillion|Hundred|Thousand|Million|Billion|Trillion)"
# Between two numbers: a hyphen, or a dash with or without spaces.
DASH = r" ?[-—] ?"
MINUS = r"(?P<minus>(?<![^\s(,?!;:=])[-+])?"
DIGITS = frozenset("0123456789")

# Words that begin a sentence more often than they are a name.
OPENERS = (
    r"(?:The|A|An|It|He|She|They|We|I|You|In|On|At|And|But|This|That|There|These|His|Her|Its|My|"
    r"Our|Your|Their|Then|When|If|As|So|No|Not|What|Who|How|For|From|With|After|Before|Now)\b"
)
_CALENDAR = re.compile(
    r" (?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|"
    r" (?:Eastern|Central|Mountain|Pacific|Greenwich|January|February|March|April|May|June|July|"
    r"August|September|October|November|December)\b"
)
_LABEL_WORDS = (
    "exit gate room seat row apt unit terminal floor platform section suite apartment building "
    "block "
    "flight bus route size grade class level chapter figure table number no page item form"
)
_LABELS = frozenset(_LABEL_WORDS.split())
TAKEN = "\x00"  # stands for each character that a rule has read already

Say = Callable[[re.Match[str]], "str | None"]


@dataclass(frozen=True)
class Rule:
    """A pattern and how to say what it finds.

    Attributes:
        kind: the class of what it finds, as `Span` reports it.
        say: makes the words of a match, or None where it is something else after all. A group
            called `it` is what the words stand for; the rest of the match is context.
        needs: characters of which the text must hold one, or the pattern is not tried; empty
            for a pattern that is always tried.
    """

    kind: str
    pattern: re.Pattern[str]
    say: Say
    needs: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Claim:
    """A part of the text that a rule read."""

    start: int
    end: int
    kind: str
    spoken: str


def rule(
    kind: str, pattern: str, say: Say | str, needs: Iterable[str] = DIGITS, flags: int = 0
) -> Rule:
    """A rule from the pattern's source; a text in the place of `say` is what is always said."""
    compiled = re.compile(pattern, flags)
    if isinstance(say, str):
        words = say
        return Rule(kind, compiled, lambda _: words, frozenset(needs))
    return Rule(kind, compiled, say, frozenset(needs))


def claims(rules: Iterable[Rule], text: str) -> list[Claim]:
    """What the rules read, in the order of the text; an earlier rule takes precedence."""
    found: list[Claim] = []
    there = frozenset(text)
    for each in rules:
        if each.needs and each.needs.isdisjoint(there):
            continue
        new = list(_matches(each, text))
        if new:
            found += new
            text = _without(text, new)
    return sorted(found, key=lambda claim: claim.start)


def _matches(each: Rule, text: str) -> Iterable[Claim]:
    group = "it" if "it" in each.pattern.groupindex else 0
    for match in each.pattern.finditer(text):
        start, end = match.span(group)
        spoken = each.say(match) if start < end else None
        if spoken is not None:
            yield Claim(start, end, each.kind, spoken)


def _without(text: str, taken: list[Claim]) -> str:
    parts, position = [], 0
    for claim in taken:
        parts += [text[position : claim.start], TAKEN * (claim.end - claim.start)]
        position = claim.end
    return "".join([*parts, text[position:]])


def ends_sentence(match: re.Match[str], before_capital: bool = True) -> bool:
    """Whether the stop that ends an abbreviation ends the sentence too.

    Args:
        before_capital: count a capital behind it as a new sentence ("at 5 p.m. Then"); otherwise
            only the end of the text counts ("the U.S. Army").
    """
    end = match.end("it") if "it" in match.re.groupindex else match.end()
    rest = match.string[end : end + 4].lstrip("\"')")
    if not rest.strip():
        return True
    opens = before_capital and rest[0] == " " and rest[1:2].isupper()
    return opens and _CALENDAR.match(match.string, end) is None


def follows_label(match: re.Match[str]) -> bool:
    """Whether what is found names one of many, as in "seat 32A", rather than counts."""
    before = match.string[max(0, match.start() - 12) : match.start()].split()
    return bool(before) and before[-1].lower().rstrip(".") in _LABELS


def number(text: str) -> str:
    """A whole or decimal number, with or without commas, as a quantity."""
    whole, stop, fraction = text.replace(",", "").partition(".")
    return decimal(whole, fraction) if stop else cardinal(whole)


def sign(match: re.Match[str]) -> str:
    """ "minus " or "plus " if the group `minus` of a match says so, else nothing."""
    return {"-": "minus ", "+": "plus "}.get(match["minus"] or "", "")


def any_of(names: Iterable[str]) -> str:
    """A pattern for one of these, the longest that fits."""
    return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
