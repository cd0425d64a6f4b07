"""Emoji by name: "👍" is "thumbs up", "🇫🇷" is "flag of France"."""

from __future__ import annotations

import re
import unicodedata

from tts.text.english.rule import Rule, rule

# Where the name in the Unicode standard is not what people say.
_NAMES = {
    "👍": "thumbs up", "👎": "thumbs down", "❤": "heart", "💔": "broken heart", "💙": "blue heart",
    "💚": "green heart", "💛": "yellow heart", "💜": "purple heart", "🖤": "black heart",
    "🧡": "orange heart", "🤍": "white heart", "💕": "two hearts", "😀": "grinning face",
    "😂": "face with tears of joy", "🤣": "rolling on the floor laughing", "😊": "smiling face",
    "😃": "grinning face", "😄": "grinning face", "😁": "beaming face",
    "😅": "grinning face with sweat",
    "😆": "laughing face", "😉": "winking face", "😍": "smiling face with heart eyes",
    "😎": "smiling face with sunglasses", "😘": "face blowing a kiss", "😢": "crying face",
    "😭": "loudly crying face", "😡": "angry face", "🤔": "thinking face", "🙄": "rolling eyes",
    "😱": "screaming face", "🙏": "folded hands", "👏": "clapping hands", "🙌": "raised hands",
    "💪": "flexed biceps", "👌": "O K hand", "✌": "victory hand", "👋": "waving hand",
    "🔥": "fire", "🎉": "party popper", "🎂": "birthday cake", "✨": "sparkles", "⭐": "star",
    "🌟": "glowing star", "💯": "hundred points", "🚀": "rocket", "✅": "check mark",
    "❌": "cross mark", "⚠": "warning", "☀": "sun", "☁": "cloud", "☔": "umbrella with rain",
    "⚡": "lightning", "❄": "snowflake", "🌈": "rainbow", "🌍": "globe", "🌎": "globe",
    "🌏": "globe", "☕": "hot beverage", "🍕": "pizza", "🍺": "beer", "🍻": "clinking beer mugs",
    "🎄": "Christmas tree", "🎁": "gift", "📞": "telephone", "📧": "e-mail", "📅": "calendar",
    "💡": "light bulb", "💰": "money bag", "🤷": "shrug", "🤦": "facepalm", "👀": "eyes",
    "☺": "smiling face", "🙂": "slightly smiling face", "☹": "frowning face", "🐶": "dog",
    "🐱": "cat", "ℹ": "information", "⁉": "exclamation question mark",
    "‼": "double exclamation mark", "❗": "exclamation mark", "❓": "question mark",
    "✉": "envelope", "✈": "airplane", "☎": "telephone", "⏰": "alarm clock", "♻": "recycling",
}  # fmt: skip
_COUNTRIES = {
    "US": "the United States", "GB": "the United Kingdom", "FR": "France", "DE": "Germany",
    "IT": "Italy", "ES": "Spain", "PT": "Portugal", "NL": "the Netherlands", "BE": "Belgium",
    "CH": "Switzerland", "AT": "Austria", "IE": "Ireland", "SE": "Sweden", "NO": "Norway",
    "DK": "Denmark", "FI": "Finland", "PL": "Poland", "CZ": "Czechia", "GR": "Greece",
    "TR": "Turkey", "UA": "Ukraine", "RU": "Russia", "CN": "China", "JP": "Japan",
    "KR": "South Korea", "IN": "India", "AU": "Australia", "NZ": "New Zealand", "CA": "Canada",
    "MX": "Mexico", "BR": "Brazil", "AR": "Argentina", "CL": "Chile", "CO": "Colombia",
    "ZA": "South Africa", "NG": "Nigeria", "EG": "Egypt", "IL": "Israel", "SA": "Saudi Arabia",
    "EU": "the European Union", "IS": "Iceland", "HU": "Hungary", "RO": "Romania",
}  # fmt: skip
_TRIMMED = re.compile(r"^(?:heavy|black|white) | sign$| symbol$")
_PICTURES = (
    r"\U0001f000-\U0001f1e5\U0001f200-\U0001f3fa\U0001f400-\U0001faff"
    r"\u203c\u2049\u2139\u231a-\u23ff\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff\u3030\u303d"
)
_JOINED = r"(?:[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff\u20e3]|\u200d)"


def picture(char: str) -> str | None:
    """The name of a sign that is a picture, None where it has none."""
    if char in _NAMES:
        return _NAMES[char]
    name = unicodedata.name(char, "").lower().replace("-", " ")
    return _TRIMMED.sub("", name) or None if re.sub("[^a-z ]", "", name) == name else None


def _picture(match: re.Match[str]) -> str | None:
    name = picture(match["char"])
    return f" {name} " if name else None


def _flag(match: re.Match[str]) -> str:
    code = "".join(chr(ord(char) - 0x1F1E6 + ord("A")) for char in match[0])
    return f" flag of {_COUNTRIES.get(code, ' '.join(code))} "


def _keycap(match: re.Match[str]) -> str:
    from tts.text.numbers import cardinal

    return (
        f" {cardinal(match[1])} "
        if match[1].isdigit()
        else {"#": " hash ", "*": " star "}[match[1]]
    )


KEYCAPS: tuple[Rule, ...] = (
    rule("emoji", r"([0-9#*])\ufe0f?\u20e3", _keycap, "\u20e3"),
    rule("emoji", r"(?<![^\s])<3(?=[\s.,!?]|$)(?! ?[-+=*/0-9])", "heart", "<"),
)
RULES: tuple[Rule, ...] = (
    rule("emoji", r"[\U0001f1e6-\U0001f1ff]{2}", _flag, ()),
    rule("emoji", rf"(?P<char>[{_PICTURES}]){_JOINED}*", _picture, ()),
)
