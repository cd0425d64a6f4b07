"""Words with two readings: which one is meant, by the words around it; for English.

A reading is named by how it sounds: a phrase that espeak reads rightly, whose last word is taken
("to record", "red"), which makes the sounds those of the accent in use. Where espeak knows one
reading only, the other is made of it: its stress on another syllable, or a run of phones replaced.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tts.text import meanings, rarer
from tts.text.context import Context, tokens, verb_score, words


@dataclass(frozen=True)
class Sound:
    """How a reading sounds.

    Attributes:
        phrase: read by espeak; the last word's phones are meant.
        stress: which vowel, from 1, bears the main stress; 0 leaves it where it is.
        swap: phones to look for, and what stands there instead.
    """

    phrase: str
    stress: int = 0
    swap: tuple[str, str] | None = None


@dataclass(frozen=True)
class Found:
    """A homograph at text[start:end], and the reading that was chosen."""

    start: int
    end: int
    word: str
    reading: str
    sound: Sound


# Nouns and verbs; the number is what the word is by itself: above 0 a verb.
_BY_ESPEAK = """
record -1 object -1.5 project -1 present -1.2 produce 1.5 permit 0 conflict -1 contract -1.2
contest -1 convert 1 export -0.6 progress -1 protest -0.8 rebel -1 suspect -0.6 survey -1
transfer -0.7 increase -0.4 conduct 0.2 escort -0.6 extract 0 incense -2.5 refund -0.8
transport -1 upset -0.8 implant -1 insert 0.2 pervert -0.8 fragment -1.2 compound -1.5
conscript -0.8 console -1.5 consort -2 construct 1 contrast -1 convict -0.8 defect -1 digest -0.3
exploit 1 torment -0.5 attribute 0 estimate -0.5 graduate -1.4 use 0 abuse -1.2 house -2
misuse -1.2 refuse 1.2 entrance -3 update -0.5 upgrade -0.6 desert -2
converse -0.8 perfect -1.5 separate -1.2 alternate -1.6 subordinate -1.6 appropriate -2.2
approximate -1.4 coordinate 0 degenerate -1.2 deliberate -2 elaborate -1.5 moderate -1.8
abstract -2.2 buffet -1.5
"""
_NOUN_FIRST = "import -0.6 discount -1.2 transform 1 transplant -1 reject 1.5 invite 1.2 \
perfume -1.5 recount -0.2 decrease -0.2 overthrow 0.5 insult -0.5 discharge -0.8 discard 0.5 \
address -0.5 combine 1.2 invert 1 retard 1"
_VERB_LATE = words("insult subject decrease discount perfume")
_ATE = """
advocate -0.8 delegate -1 associate -1.2 duplicate -0.6 affiliate -1.2 aggregate -1 animate 0
articulate 0 conglomerate -2 conjugate -1 consummate 0 expatriate -2 initiate 1.5 isolate 1
laminate -1 postulate -0.3 precipitate 0 predicate -1.5 syndicate -1.5 deviate 2
"""


def _table(text: str) -> dict[str, float]:
    fields = text.split()
    return {word: float(bias) for word, bias in zip(fields[::2], fields[1::2], strict=True)}


def _plural(word: str) -> str:
    return word + ("es" if word.endswith(("s", "x", "z", "ch", "sh")) else "s")


def _noun_or_verb() -> dict[str, tuple[float, Sound, Sound]]:
    """Word to (bias, noun, verb)."""
    found: dict[str, tuple[float, Sound, Sound]] = {}
    for word, bias in _table(_BY_ESPEAK).items():
        found[word] = (bias, Sound(f"the {word}"), Sound(f"to {word}"))
        if word not in words("perfect elaborate appropriate deliberate house"):
            many = _plural(word)
            found[many] = (bias, Sound(f"the {many}"), Sound(f"he {many}"))
    for word, bias in _table(_NOUN_FIRST).items():
        late = 2 if word in _VERB_LATE else 0
        for form in (word, _plural(word)):
            found[form] = (bias, Sound(form, stress=1), Sound(form, stress=late))
    for word, bias in _table(_ATE).items():
        found[word] = (bias, Sound(word, swap=("ˌeɪ t", "ə t")), Sound(word))
        found[word + "s"] = (bias, Sound(word + "s", swap=("ˌeɪ t s", "ə t s")), Sound(word + "s"))
    found["uses"] = (1.8, *found["uses"][1:])
    found["converse"] = (0.4, *found["converse"][1:])
    found["winds"] = (-2.0, Sound("the winds"), Sound("he winds"))
    found["intimate"] = (-2.5, Sound("intimate"), Sound("intimate", swap=("ə t", "ˌeɪ t")))
    found["subject"] = (-1.8, Sound("subject"), Sound("subject", stress=2))
    found["excuse"] = (-0.4, Sound("the excuse"), Sound("excuse", swap=("uː s", "uː z")))
    found["diffuse"] = (-0.4, Sound("diffuse", swap=("uː z", "uː s")), Sound("diffuse"))
    found["mouth"] = (-3.5, Sound("mouth"), Sound("mouth", swap=("θ", "ð")))
    return found


def find(text: str) -> list[Found]:
    """The homographs of a normalised English text, each with the reading meant."""
    matches = tokens(text)
    written = [match[0] for match in matches]
    lower = [word.lower().replace("’", "'") for word in written]
    found = []
    for i, match in enumerate(matches):
        if lower[i] in _READINGS:
            reading, sound = _READINGS[lower[i]](Context(lower, i, written))
            if sound:
                found.append(Found(match.start(), match.end(), match[0], reading, sound))
    return found


Choice = tuple[str, Sound | None]
Chooser = Callable[[Context], Choice]


def _by_score(bias: float, noun: Sound, verb: Sound) -> Chooser:
    def choose(context: Context) -> Choice:
        return ("verb", verb) if verb_score(context, bias) > 0 else ("noun", noun)

    return choose


def _among(decide: Callable[[Context], str], sounds: dict[str, Sound]) -> Chooser:
    """A chooser by a decision of the word's own; a reading without a sound is espeak's."""

    def choose(context: Context) -> Choice:
        reading = decide(context)
        return reading, sounds.get(reading)

    return choose


LETTER_A = Sound("eight", swap=("eɪ t", "eɪ"))
_OWN: dict[str, tuple[Callable[[Context], str], dict[str, Sound]]] = {
    "a": (rarer.a, {"letter": LETTER_A}),
    "read": (meanings.read, {"present": Sound("reed"), "past": Sound("red")}),
    "lead": (meanings.lead, {"verb": Sound("leed"), "metal": Sound("led")}),
    "live": (meanings.live, {"verb": Sound("to live"), "adjective": Sound("live")}),
    "lives": (meanings.lives, {"verb": Sound("he lives"), "noun": Sound("the lives")}),
    "wind": (meanings.wind, {"noun": Sound("the wind"), "verb": Sound("to wind")}),
    "tear": (meanings.tear, {"weep": Sound("the tear"), "rip": Sound("to tear")}),
    "tears": (meanings.tears, {"weep": Sound("the tears"), "rip": Sound("he tears")}),
    "content": (
        meanings.content,
        {"noun": Sound("the content"), "satisfied": Sound("to content")},
    ),
    "bow": (meanings.bow, {"arrow": Sound("the bow"), "bend": Sound("to bow")}),
    "bows": (meanings.bow, {"arrow": Sound("the bows"), "bend": Sound("he bows")}),
    "bass": (meanings.bass, {"music": Sound("base"), "fish": Sound("mass", swap=("m", "b"))}),
    "dove": (rarer.dove, {"bird": Sound("the dove"), "dived": Sound("to dove")}),
    "row": (rarer.row, {"line": Sound("roe"), "quarrel": Sound("cow", swap=("k", "ɹ"))}),
    "sow": (rarer.sow, {"plant": Sound("so"), "pig": Sound("cow", swap=("k", "s"))}),
    "wound": (meanings.wound, {"injury": Sound("the wound"), "turned": Sound("wowned")}),
    "minute": (meanings.minute, {"time": Sound("the minute"), "tiny": Sound("mynewt", stress=2)}),
    "close": (meanings.close, {"near": Sound("the close"), "shut": Sound("to close")}),
    "used": (
        rarer.used,
        {"used": Sound("used"), "used to": Sound("used", swap=("z d", "s t"))},
    ),
    "polish": (rarer.polish, {"nation": Sound("poalish"), "shine": Sound("polish")}),
    "invalid": (rarer.invalid, {"void": Sound("invalid"), "sick": Sound("invalid", stress=1)}),
    "axes": (rarer.axes, {"tools": Sound("axes"), "lines": Sound("axeeze")}),
    "resume": (rarer.resume, {"go on": Sound("resume"), "summary": Sound("rezzoomay")}),
    "aged": (
        rarer.aged,
        {"years": Sound("aged"), "old": Sound("aged", swap=("dʒ d", "dʒ ɪ d"))},
    ),
    "learned": (rarer.learned, {"did learn": Sound("he learned"), "wise": Sound("learnid")}),
    "blessed": (rarer.blessed, {"did bless": Sound("blessed"), "holy": Sound("blessid")}),
    "moped": (rarer.moped, {"vehicle": Sound("moped"), "sulked": Sound("moapt")}),
}
_READINGS: dict[str, Chooser] = {
    **{word: _by_score(*entry) for word, entry in _noun_or_verb().items()},
    **{word: _among(*entry) for word, entry in _OWN.items()},
}
