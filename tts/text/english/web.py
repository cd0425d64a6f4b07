"""Addresses of the web and of mail: "www.example.com/a", "jo@example.org"; hashtags, handles."""

from __future__ import annotations

import re

from tts.text.english.rule import Rule, rule

_NAMES = {
    ".": " dot ", "/": " slash ", "@": " at ", "-": " dash ", "_": " underscore ",
    "?": " question mark ",
    "=": " equals ", "&": " and ", "#": " hash ", "%": " percent ", "+": " plus ", ":": " colon ",
    "~": " tilde ",
}  # fmt: skip
_SPELLED = re.compile(
    r"\b(?:www|https?|ftp|html|php|pdf|[b-df-hj-np-tv-xz]{2,5})\b", re.IGNORECASE
)
_ENDINGS = r"com|org|net|edu|gov|io|co|uk|de|fr|info|ai|dev|tv|me|us|ca|eu|app"
_HOST = rf"(?:[A-Za-z0-9-]{{1,63}}\.){{1,6}}(?:{_ENDINGS})(?![A-Za-z0-9-])"


def _say(match: re.Match[str]) -> str:
    address = re.sub(r"^https?://", "", match[0])
    tail = re.search(r"[.,!?;:]+$", address)
    end = tail[0] if tail else ""
    body = address.removesuffix(end).rstrip("/")
    spelled = _SPELLED.sub(lambda m: " ".join(m[0].upper()), body)
    return "".join(_NAMES.get(char, char) for char in spelled) + end


def _hashtag(match: re.Match[str]) -> str:
    words = re.sub(r"(?<=[a-z])(?=[A-Z0-9])|_", " ", match[1])
    return f"hashtag {words}"


def _handle(match: re.Match[str]) -> str:
    return f"at {match[1].replace('_', ' underscore ')}"


RULES: tuple[Rule, ...] = (
    rule(r"(?<![A-Za-z])(?:https?://|www\.)[^\s\"'()<>]+", _say, "/."),
    rule(rf"(?<![A-Za-z0-9._-])[A-Za-z0-9._+-]{{1,64}}@{_HOST}", _say, "@"),
    rule(rf"(?<![A-Za-z0-9.@-]){_HOST}(?:/[^\s\"'()<>]*)?", _say, "."),
    rule(r"(?<!\S)#([A-Za-z]\w*)", _hashtag, "#"),
    rule(r"(?<!\S)@([A-Za-z]\w*)", _handle, "@"),
)  # fmt: skip
