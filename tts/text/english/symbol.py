"""Signs that are said as a word: "&", "+", "=", "@", "%", "and/or", "~5"."""

from __future__ import annotations

import re

from tts.text.english.rule import Rule, rule

_ALONE = {
    "&": "and", "+": "plus", "=": "equals", "@": "at", "%": "percent", "<": "less than",
    ">": "greater than", "*": "times", "°": "degrees", "§": "section", "©": "copyright",
    "®": "registered", "™": "trademark", "$": "dollars", "£": "pounds", "€": "euros", "¥": "yen",
    "¢": "cents", "#": "hash", "|": "bar", "^": "to the power of", "µ": "micro", "²": "squared",
    "³": "cubed", "~": "about",
}  # fmt: skip
_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "θ": "theta",
    "λ": "lambda", "μ": "mu", "π": "pi", "σ": "sigma", "φ": "phi", "ω": "omega", "Δ": "delta",
    "Σ": "sigma", "Ω": "omega",
}  # fmt: skip
_BETWEEN_NUMBERS = {"*": "times", "x": "by", "X": "by", "/": "over", "^": "to the power of"}


def _alone(match: re.Match[str]) -> str:
    return f" {_ALONE[match[0]]} "


def _between(match: re.Match[str]) -> str:
    return f" {_BETWEEN_NUMBERS[match[1]]} "


def _slash(match: re.Match[str]) -> str:
    joined = match.string[max(0, match.start() - 3) : match.end() + 2].lower()
    return " " if joined == "and/or" else " slash "


# Marks of emphasis and structure are taken off; what they mark is spoken.
_EMPHASIS = r"(?<![A-Za-z0-9*_~])[*_~]+(?=[A-Za-z])|(?<=[A-Za-z.,!?])[*_~]+(?![A-Za-z0-9])"

BEFORE_NUMBERS: tuple[Rule, ...] = (
    rule(r"(?<=[0-9]) ?([*xX^]) ?(?=[0-9])", _between, "*xX^"),
    rule(_EMPHASIS, "", "*_~"),
)
RULES: tuple[Rule, ...] = (
    rule("[" + re.escape("".join(_ALONE)) + "]", _alone, "".join(_ALONE)),
    rule("[" + "".join(_GREEK) + "]", lambda m: f" {_GREEK[m[0]]} ", "".join(_GREEK)),
    rule(r"(?<=[A-Za-z])/(?=[A-Za-z])", _slash, "/"),
    rule(r"[\[{]", "(", "[{"),
    rule(r"[\]}]", ")", "]}"),
    rule(r"[_/\\]+", " ", "_/\\"),
)
