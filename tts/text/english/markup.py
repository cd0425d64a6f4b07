"""Signs of formatting that are not spoken: tags of HTML, Markdown's emphasis, headings, rules."""

from __future__ import annotations

import re

from tts.text.english.rule import Rule, rule

_TAGS = (
    r"a|abbr|b|big|blockquote|body|br|center|cite|code|dd|del|div|dl|dt|em|font|h[1-6]|head|hr|"
    r"html|i|img|ins|kbd|li|mark|ol|p|pre|q|s|samp|small|span|strong|sub|sup|table|tbody|td|th|"
    r"thead|tr|tt|u|ul"
)


def _unknown(match: re.Match[str]) -> str:
    """A tag of another language, of which the name is read: "<cough/>"."""
    return match["name"].replace("_", " ")


RULES: tuple[Rule, ...] = (
    rule("markup", r"<!--[^<>]{0,1000}-->", "", "<"),
    rule("markup", rf"</?(?:{_TAGS})(?: [^<>]{{0,1000}})?/?>", "", "<", re.IGNORECASE),
    rule(
        "markup", r"</?(?P<name>[A-Za-z][A-Za-z0-9_-]{0,30})(?: [^<>]{0,1000})?/?>", _unknown, "<"
    ),
    rule("markup", r"(?<![A-Za-z0-9*_~])[*_~]+(?=[A-Za-z\"'])", "", "*_~"),
    rule("markup", r"(?<=[A-Za-z.,!?\"')])[*_~]+(?![A-Za-z0-9*_~])", "", "*_~"),
    rule("markup", r"(?<![^\s\x00])#{1,6} (?=[A-Za-z])", "", "#"),
    rule("markup", r"[-=_*~]{3,}(?![-=_*~])", "", "-=_*~"),
)
