"""Addresses of the web and of mail, files and paths, hashtags, handles."""

from __future__ import annotations

import re

from tts.text.english.initialism import SPELLED
from tts.text.english.rule import Rule, rule
from tts.text.numbers import cardinal, digits, year

_NAMES = {
    ".": "dot", "/": "slash", "@": "at", "-": "dash", "_": "underscore", "?": "question mark",
    "=": "equals", "&": "ampersand", "#": "hash", "%": "percent", "+": "plus", ":": "colon",
    "~": "tilde", "\\": "backslash", ",": "comma", ";": "semicolon", "!": "exclamation mark",
    "*": "asterisk", "$": "dollar", "|": "bar", "^": "caret", "[": "bracket", "]": "bracket",
    "{": "brace", "}": "brace",
}  # fmt: skip
_PIECE = re.compile(r"[^\W\d_]+|[0-9]+|.", re.DOTALL)
_TAG_PIECE = re.compile(r"[0-9]+|[A-Z]+(?![a-z])|[^\W\d_][^\W\d_A-Z]*")
_SPELLED_PARTS = (
    "www http https ftp ssh html htm php pdf xml css jpg png gif svg csv tsv js py md txt sql exe "
    "uk de fr us ca eu ai tv es nl ch jp cn au nz br se pl ru io co dk fi pt mx za ie gov mp "
    "img api cdn faq url id ip xls ppt rb cpp dll iso tgz gz mkv avi bmp yml cfg wav rtx gtx"
)
_LETTERS_APART = frozenset(_SPELLED_PARTS.split()) - {"gov", "co", "io"}
_ENDINGS = (
    r"com|org|net|edu|gov|mil|int|io|co|uk|de|fr|it|es|nl|be|ch|at|se|no|dk|fi|pl|ru|jp|cn|in|br|"
    r"mx|za|ie|pt|gr|nz|info|ai|dev|tv|me|us|ca|eu|au|app|biz|ly|gl|xyz|site|online|store|tech|"
    r"news|blog|cloud|sm"
)
_WORDS_TOO = frozenset(("in", "it", "me", "at", "no", "be", "us", "is", "so", "to", "es", "co"))
_HOST = rf"(?:[A-Za-z0-9-]{{1,63}}\.){{1,6}}(?:{_ENDINGS})(?![A-Za-z0-9-])"
_PATH = r"[!#-&*-;=?-~]"  # what is not a space, quote, bracket or "<>"
_LAST = r"(?<![.,!?;:*_])"
_FILE_ENDINGS = (
    "pdf|docx?|xlsx?|pptx?|txt|csv|tsv|json|xml|ya?ml|toml|ini|cfg|html?|css|js|ts|jsx|tsx|py|"
    "ipynb|rb|rs|go|java|cpp|hpp|sh|bat|exe|dll|zip|tar|gz|tgz|rar|7z|iso|dmg|jpe?g|png|gif|svg|"
    "bmp|tiff?|webp|heic|mp3|mp4|wav|flac|ogg|avi|mov|mkv|md|rst|tex|bib|log|sql|db|bak|tmp|onnx|"
    "safetensors|ckpt"
)
_NAMES_OF_FILES = (
    "doc docx zip tar java tex json toml log mov bat rar go bib webp onnx tiff tif jpeg"
)
_SPOKEN_ENDINGS = frozenset(_NAMES_OF_FILES.split())


def spell_out(text: str) -> str:
    """An address piece by piece: words as they are, letters that make none apart, signs named."""
    return " ".join(_piece(match[0]) for match in _PIECE.finditer(text))


def _piece(text: str) -> str:
    if text.isdigit():
        round_number = len(text) <= 2 or (len(text) <= 5 and text.endswith("000"))
        return cardinal(text) if text[0] != "0" and round_number else digits(text)
    if text.isalpha():
        return " ".join(text.upper()) if is_spelled(text) else text
    return _NAMES.get(text, text)


def is_spelled(text: str) -> bool:
    """Whether letters of an address are said one by one: "www", "html", those without a vowel."""
    low = text.lower()
    return low in _LETTERS_APART or (1 < len(text) < 6 and not set(low) & set("aeiouy"))


def _say(match: re.Match[str]) -> str:
    return spell_out(match[0])


def _host(match: re.Match[str]) -> str | None:
    """A bare host; "end.It" is two sentences that lack a space."""
    name, _, ending = match["host"].rpartition(".")
    if ending[0].isupper() and not name.isupper():
        return None
    if ending in _WORDS_TOO and not match["path"] and "." not in name:
        return None if ending != "co" else spell_out(match[0])
    return spell_out(match[0])


def _mail(match: re.Match[str]) -> str:
    user, _, host = match[0].partition("@")
    pieces = (digits(p) if p.isdigit() else _piece(p) for p in _PIECE.findall(user))
    return f"{' '.join(pieces)} at {spell_out(host)}"


def _file(match: re.Match[str]) -> str:
    ending = match["ending"]
    said = ending if ending.lower() in _SPOKEN_ENDINGS else " ".join(map(_sign, ending.upper()))
    return f"{_words_of(match['name'])} dot {said}"


def _sign(char: str) -> str:
    return digits(char) if char.isdigit() else char


def _words_of(name: str) -> str:
    return " ".join(map(spell_out, re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).split()))


def _hashtag(match: re.Match[str]) -> str:
    return f"hashtag {' '.join(map(_tag_word, _TAG_PIECE.findall(match[1])))}"


def _tag_word(text: str) -> str:
    if text.isdigit():
        return year(text) if len(text) == 4 and text[0] in "12" else cardinal(text)
    if text.isupper() and len(text) < 5 and (text in SPELLED or is_spelled(text)):
        return " ".join(text)
    return text


def _handle(match: re.Match[str]) -> str:
    return f"at {spell_out(match[1])}"


_WORD = "A-Za-zÀ-ÖØ-öø-ſ"
RULES: tuple[Rule, ...] = (
    rule(
        "url",
        rf"(?<![A-Za-z])(?:(?:https?|ftp|file|ssh)://|www\.){_PATH}{{1,2000}}{_LAST}",
        _say,
        "/.",
        re.IGNORECASE,
    ),
    rule(
        "email",
        rf"(?<![A-Za-z0-9._&+-])[A-Za-z0-9._&+-]{{0,63}}[A-Za-z0-9]@(?:[A-Za-z0-9-]{{1,63}}\.)"
        rf"{{1,6}}"
        rf"[A-Za-z]{{2,10}}(?![A-Za-z0-9-])(?:/{_PATH}{{1,300}}{_LAST})?",
        _mail,
        "@",
    ),
    rule(
        "url",
        rf"(?<![A-Za-z0-9.@/-])(?P<host>{_HOST})(?::[0-9]{{2,5}}(?![0-9]))?"
        rf"(?P<path>/(?:{_PATH}{{1,1000}}{_LAST})?)?",
        _host,
        ".",
    ),
    rule(
        "url",
        rf"\blocalhost(?::[0-9]{{2,5}}(?![0-9]))?(?:/{_PATH}{{1,1000}}{_LAST})?(?![A-Za-z])",
        _say,
        ":/",
    ),
    rule("file", r"(?<![A-Za-z0-9])[A-Za-z]:\\[A-Za-z0-9_.\\-]{0,500}[A-Za-z0-9_\\]", _say, "\\"),
    rule(  # ~/Documents, ../images/logo
        "file", r"(?<![A-Za-z0-9/.~])(?:~|\.\.?)/[A-Za-z0-9_./-]{1,500}" + _LAST, _say, "/"
    ),
    rule("file", r"(?<![A-Za-z0-9/.~])~?(?:/[A-Za-z0-9_.-]{1,60}){2,20}/?" + _LAST, _say, "/"),
    rule(
        "file",
        rf"(?<![A-Za-z0-9_.-])(?P<name>[A-Za-z0-9_][A-Za-z0-9_-]{{0,80}}(?:\.[0-9A-Za-z_-]{{1,20}}"
        rf"){{0,3}}?)\.(?P<ending>{_FILE_ENDINGS}|[A-Z]{{3}}(?<=PDF|JPG|PNG|TXT|CSV|ZIP|MP3))"
        r"(?![A-Za-z0-9_-]|\.[A-Za-z0-9])",
        _file,
        ".",
    ),
    rule(
        "file",
        rf"(?<![A-Za-z0-9_.\x00])\.(?P<ending>{_FILE_ENDINGS}|env|gitignore)(?![A-Za-z0-9_])",
        lambda m: f"dot {_piece(m['ending'])}",
        ".",
    ),
    rule(
        "hashtag",
        rf"(?<![^\s(\"'])#((?:[0-9]{{1,4}}(?=[{_WORD}]{{3}}))?[{_WORD}][{_WORD}0-9_]{{0,100}})(?![{_WORD}0-9_#]|-[0-9])",
        _hashtag,
        "#",
    ),
    rule("handle", rf"(?<![^\s(\"'.])@([{_WORD}][{_WORD}0-9_]{{0,50}})", _handle, "@"),
)
