"""Signs that are said as a word: "&", "+", "=", "@", "%", "and/or", "~5"; dashes."""

from __future__ import annotations

import re

from tts.text.english.rule import Rule, rule

_ALONE = {
    "&": "and", "+": "plus", "=": "equals", "@": "at", "%": "percent", "<": "less than",
    ">": "greater than", "*": "asterisk", "°": "degrees", "º": "degrees", "§": "section",
    "©": "copyright", "®": "registered", "™": "trademark", "$": "dollar", "£": "pound",
    "€": "euro", "¥": "yen", "₩": "won", "₹": "rupee", "₿": "bitcoin", "₽": "ruble",
    "¢": "cent", "#": "hash", "|": "bar", "^": "caret", "µ": "micro", "~": "about",
    "²": "squared", "³": "cubed", "¹": "one", "÷": "divided by", "×": "times", "≈": "about",
    "≤": "less than or equal to", "≥": "at least", "≠": "not equal to", "±": "plus or minus",
    "→": "to", "←": "from", "↔": "to and from", "⇒": "implies", "↑": "up", "↓": "down",
    "√": "square root of", "∛": "cube root of",
    "∞": "infinity", "∑": "sum", "∂": "partial", "∫": "integral", "∈": "in", "∴": "therefore",
    "‰": "per thousand", "¶": "paragraph", "†": "dagger", "‡": "double dagger", "¬": "not",
    "¦": "bar", "¤": "currency", "¼": "one quarter", "½": "one half", "¾": "three quarters",
    "ª": "a", "℃": "degrees Celsius", "℉": "degrees Fahrenheit", "℗": "phonogram",
    "✓": "check", "✔": "check", "✗": "cross", "✘": "cross", "★": "star", "☆": "star",
    "♠": "spades", "♥": "hearts", "♦": "diamonds", "♣": "clubs", "♀": "female", "♂": "male",
    "♪": "note", "♫": "notes", "♯": "sharp", "♭": "flat", "♩": "note", "℠": "service mark",
}  # fmt: skip
_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta",
    "η": "eta", "θ": "theta", "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu",
    "ξ": "xi", "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau", "υ": "upsilon", "φ": "phi",
    "χ": "chi", "ψ": "psi", "ω": "omega", "Γ": "gamma", "Δ": "delta", "Θ": "theta",
    "Λ": "lambda", "Ξ": "xi", "Π": "pi", "Σ": "sigma", "Φ": "phi", "Ψ": "psi", "Ω": "omega",
}  # fmt: skip


def _alone(match: re.Match[str]) -> str:
    return f" {_ALONE[match[0]]} "


def _greek(match: re.Match[str]) -> str:
    return f" {_GREEK[match[0]]} "


def _at_least(match: re.Match[str]) -> str:
    return f" {'at least' if match[0][0] == '>' else 'at most'} "


def _slash(match: re.Match[str]) -> str:
    joined = match.string[max(0, match.start() - 3) : match.end() + 2].lower()
    return " " if joined == "and/or" else " slash "


RULES: tuple[Rule, ...] = (
    rule("symbol", r"(?<![^\s(\"'])[<>]=(?= ?\x00)", _at_least, "<>"),
    rule("symbol", r"(?<![^\s(\"'])\.(?=(?:com|net|org|edu|gov|io|NET|COM)\b)", "dot ", "."),
    rule("symbol", "§§", " sections ", "§"),
    rule("punctuation", r"(?<=[a-z] )>(?= [A-Z][a-z])", ",", ">"),  # File > Open
    rule("symbol", r"\b[CF](?P<it>#)(?![A-Za-z0-9])", " sharp ", "#"),
    rule("symbol", "[" + re.escape("".join(_ALONE)) + "]", _alone, _ALONE),
    rule("symbol", rf"(?<![^\W_a-zA-Z])[{''.join(_GREEK)}](?![^\W_a-zA-Z])", _greek, _GREEK),
    rule(  # 5 days/week
        "symbol",
        r"(?<=[s\x00])/(?=(?:day|week|month|year|hour|night|person|minute|second)\b)",
        " per ",
        "/",
    ),
    rule("symbol", r"(?<=[A-Za-z])/(?=[A-Za-z])", _slash, "/"),
    rule("punctuation", r" ?[\[{]", lambda m: m[0].replace("[", "(").replace("{", "("), "[{"),
    rule("punctuation", r"[\]}]", ")", "]}"),
    rule("punctuation", r" -{1,3} |--+| ?— ?|(?<= )-(?=\x00)|(?<=\x00)-(?= )", " — ", "-—"),
    rule("symbol", r"_+(?![A-Za-z0-9\x00_])|(?<![A-Za-z0-9\x00_])_+", " underscore ", "_"),
    rule("symbol", r"_+", " underscore ", "_"),
    rule("symbol", r"/+", " slash ", "/"),
    rule("symbol", r"\\+", " backslash ", "\\"),
    rule("punctuation", r"•|·|‣|◦|▪|■|□|●|○|◆|▶|►|➤", ", ", "•·‣◦▪■□●○◆▶►➤"),
    rule("punctuation", r"[¡¿]", "", "¡¿"),
)
