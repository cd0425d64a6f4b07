"""Characters: one form for each quote, dash and space, before anything is read."""

from __future__ import annotations

import html
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from tts.text.english.rule import Claim

_QUOTES = {
    **dict.fromkeys("‘’‚‛ʼʹ′`´＇", "'"),
    **dict.fromkeys("“”„‟«»″＂", '"'),
}  # fmt: skip
_DASHES = {**dict.fromkeys("‐‑−﹣－", "-"), **dict.fromkeys("–—―‒⸺", "—")}
_SAME = {**_QUOTES, **_DASHES, "…": "...", "⁄": "/", "№": "No. "}
_INVISIBLE = (
    r"\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff"
)
_COMPATIBLE = (
    r"\ufb00-\ufb06\uff01-\uff5e\u2150-\u217f\u2189\u2460-\u2473½¼¾ﾠ㎏㎝㎞㎜㎡㏄"
    r"\U0001d400-\U0001d7ff"
)
# What is written in more than one way; each kind of it is a named group.
_ODDITY = re.compile(
    r"(?P<entity>&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,8}[0-9]{0,2});)"
    r"|(?P<bullet>(?:^|(?<=\n))[ \t]*[-*•‣◦▪] +(?=[A-Za-z]))"
    r"|(?P<grouping>(?<=[0-9])[\u00a0\u202f\u2009](?=[0-9]{3}(?![0-9])))"
    r"|(?P<range>(?<=[0-9%°'\"])[–‒](?=[A-Za-z0-9$€£.])|(?<=[A-Za-z.])[–‒](?=[0-9$€£]))"
    rf"|(?P<invisible>[{_INVISIBLE}]+)"
    r"|(?P<space>\s{2,}|[^\S ])"
    r"|(?P<quote>``|'')"
    rf"|(?P<same>[{re.escape(''.join(_SAME))}])"
    rf"|(?P<compatible>[{_COMPATIBLE}]+)"
    r"|(?P<digit>[^\D0-9])"
    r"|(?P<accent>[^\W\d_][\u0300-\u036f]+)"
)
_KINDS = {
    "entity": "entity", "bullet": "punctuation", "range": "punctuation", "quote": "punctuation",
    "same": "punctuation", "grouping": "cardinal", "space": "", "accent": "accent",
    "invisible": "invisible", "compatible": "symbol", "digit": "transliterated",
}  # fmt: skip


@dataclass(frozen=True)
class Edit:
    """A part of the original text, between offsets, and what took its place, from `place` on."""

    start: int
    end: int
    place: int
    became: str
    kind: str


class Canonical:
    """A text in one form, and where each of its characters came from.

    Attributes:
        text: in one form.
        edits: what was changed, in order.
    """

    def __init__(self, original: str) -> None:
        parts: list[str] = []
        self.edits: list[Edit] = []
        position = length = 0
        for match in _ODDITY.finditer(original):
            became = _became(match)
            if became is None or became == match[0]:
                continue
            kept = original[position : match.start()]
            length += len(kept)
            kind = _KINDS[match.lastgroup or "space"]
            self.edits.append(Edit(*match.span(), length, became, kind))
            parts += [kept, became]
            length += len(became)
            position = match.end()
        self.text = "".join([*parts, original[position:]])
        self._places = [edit.place for edit in self.edits]

    def whole(self, read: Sequence[Claim]) -> list[Claim]:
        """The claims, each stretched over what an edit at its ends left unread."""
        stretched, position = [], 0
        for i, claim in enumerate(read):
            following = read[i + 1].start if i + 1 < len(read) else len(self.text)
            start = max(position, self._edit_around(claim.start)[0])
            end = min(following, self._edit_around(claim.end)[1])
            lead, tail = self.text[start : claim.start], self.text[claim.end : end]
            stretched.append(Claim(start, end, claim.kind, f"{lead}{claim.spoken}{tail}"))
            position = end
        return stretched

    def _edit_around(self, place: int) -> tuple[int, int]:
        """The part of the text, which an edit made, around a place; else just the place."""
        i = bisect_right(self._places, place) - 1
        if i >= 0:
            start, end = self._places[i], self._places[i] + len(self.edits[i].became)
            if start < place < end:
                return start, end
        return place, place

    def untouched(self, read: Sequence[Claim]) -> list[Edit]:
        """The edits of which no claim reads a part."""
        ends = [claim.end for claim in read]
        return [edit for edit in self.edits if not self._is_read(edit, read, ends)]

    def _is_read(self, edit: Edit, read: Sequence[Claim], ends: list[int]) -> bool:
        i = bisect_right(ends, edit.place)
        return i < len(read) and read[i].start < edit.place + len(edit.became)

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The offsets in the original text of a part, not empty, of this one."""
        return self._origin(start)[0], self._origin(end - 1)[1]

    def _origin(self, index: int) -> tuple[int, int]:
        i = bisect_right(self._places, index) - 1
        if i < 0:
            return index, index + 1
        edit = self.edits[i]
        behind = index - edit.place - len(edit.became)
        if behind < 0:
            return edit.start, edit.end
        return edit.end + behind, edit.end + behind + 1


def _became(match: re.Match[str]) -> str | None:
    """What takes the place of a match; None leaves it as it is."""
    text = match[0]
    name = match.lastgroup
    if name == "entity":
        return _entity(text)
    if name == "bullet":
        return ", " if match.start() else ""
    if name == "quote":
        return '"'
    if name == "same":
        return _SAME[text]
    if name == "compatible":
        return _compose(match)
    if name == "digit":
        return str(unicodedata.decimal(text, "")) or None
    if name == "accent":
        return unicodedata.normalize("NFC", text)
    return {"space": " ", "grouping": ",", "range": "-", "invisible": ""}[name or "space"]


def _entity(text: str) -> str | None:
    plain = html.unescape(text)
    if plain == text:
        return None
    if not plain.isprintable():
        return " " if plain.isspace() else ""
    return "".join(_SAME.get(char, char) for char in plain)


def _compose(match: re.Match[str]) -> str:
    plain = unicodedata.normalize("NFKC", match[0]).replace("⁄", "/")
    if "/" not in plain:
        return plain
    before, after = (
        match.string[match.start() - 1 : match.start()],
        match.string[match.end() : match.end() + 1],
    )
    return f"{' ' * before.isalnum()}{plain}{' ' * after.isalnum()}"
