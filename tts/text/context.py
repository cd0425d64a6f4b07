"""Whether a word is a verb where it stands, judged by the words around it.

No tagger: a few dozen cues, each with a weight, that add up. Above zero it is a verb.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|[^\s\w]|_")


@cache
def words(text: str) -> frozenset[str]:
    """The words of a string, made into a set once."""
    return frozenset(text.split())


DETERMINERS = words(
    "the a an this that these those my your his her its our their some any no every each another "
    "such whose either neither both many several few much more most all own same other what which"
)
ARTICLES = words("the a an my your his her its our their this these those every each")
PRONOUNS = words("i you we they he she it who")
OBJECTS = words(
    "the a an this that these those my your his her its our their it him them us me himself "
    "itself herself themselves ourselves yourself myself any all some each every everything "
    "anything something someone everyone both"
)
MODALS = words(
    "can could will would shall should may might must cannot can't couldn't won't wouldn't "
    "shouldn't mustn't i'll you'll we'll they'll he'll she'll it'll i'd you'd we'd they'd he'd "
    "she'd do does did don't doesn't didn't let's please"
)
BE = words(
    "is was are were be been being am isn't wasn't aren't weren't i'm you're we're they're he's "
    "she's it's that's there's"
)
HAVE = words("have has had having haven't hasn't hadn't i've you've we've they've")
PREPOSITIONS = words(
    "of in on at by for with from into under over about between through during against without "
    "within upon after before since until among across behind beyond near per via as than like "
    "onto toward towards despite amid"
)
_NOT_ADVERBS = words(
    "family early only reply supply italy july fly rely apply ally assembly monopoly friendly "
    "daily weekly monthly yearly elderly lonely lovely likely ugly silly holy jelly belly bully "
    "sicily emily sally kelly billy molly"
)
ADVERBS = words(
    "not never always also often still then just only even ever once sometimes usually already "
    "soon now again rather really thus later actively therefore either"
)
_ADJECTIVE = re.compile(
    r"\w{2,}(?:al|ive|ous|ic|ful|less|able|ible|ish|ary|ese|ian|ant|ent|ical|est|ern|ory)"
)
_ADJECTIVES = words(
    "new old good great bad big small large long short high low first second third last next best "
    "worst main major minor early late young free full open strong hard clear common live little "
    "black white red blue green real true whole single double american british french english "
    "german chinese russian european japanese one two three four five six seven eight nine ten "
    "hundred thousand million billion top key former current future recent daily annual world "
    "poor rich rare hot cold dark light heavy sharp steep slow fast quick sudden further"
)
# "to" behind these is no sign of a verb: "due to", "access to".
_TO_NOUN = words(
    "due prior according access exposed related subject opposed compared addition response "
    "similar close up return led leads leading lead contribute contributed contributes refer "
    "refers referred relation regard respect thanks reference introduction devoted committed "
    "dedicated back came moved went amounted equal next attached added connected limited "
    "contrary owing from reduced belongs belong applied answer solution damage key attention"
)


@dataclass(frozen=True)
class Context:
    """The words of a text, in lower case, and where one of them stands.

    Attributes:
        words: with punctuation marks among them, as words of their own.
        i: the place of the word in question.
        written: the same words as they are written.
    """

    words: list[str]
    i: int
    written: list[str]

    def at(self, offset: int) -> str:
        """The word so many places away; empty beyond the text."""
        place = self.i + offset
        return self.words[place] if 0 <= place < len(self.words) else ""

    def before(self, n: int) -> list[str]:
        """Up to `n` words before, the nearest first, as far as the last stop, comma or bracket."""
        found = []
        for place in range(self.i - 1, max(self.i - 1 - n, -1), -1):
            if not self.words[place][0].isalnum() and self.words[place] not in "'\"":
                break
            found.append(self.words[place])
        return found

    def after(self, n: int) -> list[str]:
        """Up to `n` words behind, as far as the next mark."""
        found = []
        for word in self.words[self.i + 1 : self.i + 1 + n]:
            if not word[0].isalnum() and word not in "'\"":
                break
            found.append(word)
        return found

    def near(self, n: int) -> frozenset[str]:
        """The words up to `n` places away on either side, marks included."""
        before, after = max(0, self.i - n), self.i + 1
        return frozenset(self.words[before : self.i] + self.words[after : after + n])


def tokens(text: str) -> list[re.Match[str]]:
    """The words and marks of a text."""
    return list(_TOKEN.finditer(text))


def is_adverb(word: str) -> bool:
    """Whether a word stands between a verb and what belongs to it: "never", "slowly"."""
    return word in ADVERBS or (len(word) > 4 and word.endswith("ly") and word not in _NOT_ADVERBS)


def is_adjective(word: str) -> bool:
    """Whether a word looks like one that stands before a noun."""
    return word in _ADJECTIVES or _ADJECTIVE.fullmatch(word) is not None


_PLURAL, _PLURAL_SUBJECT = 0.8, 1.7  # "metals contract" at the head of a clause
_COMPOUNDING = words(
    "sports arms sales systems news series savings goods operations securities economics physics "
    "mathematics politics species communications affairs works united states materials services"
)


def verb_score(context: Context, bias: float = 0.0) -> float:
    """How much speaks for a verb: above zero it is one.

    Args:
        bias: what the word is by itself, more often than not.
    """
    before = context.before(6)
    skipped = 0
    while skipped < len(before) and is_adverb(before[skipped]):
        skipped += 1
    last = before[skipped] if skipped < len(before) else ""
    last_but_one = before[skipped + 1] if skipped + 1 < len(before) else ""
    form_s = context.at(0).endswith("s") and not context.at(0).endswith("ss")
    score = bias + _score_before(last, last_but_one, skipped, form_s, before)
    return score + _score_after(context, last)


def _score_before(
    last: str, last_but_one: str, skipped: int, form_s: bool, before: Sequence[str]
) -> float:
    if last == "to":
        return 0.8 if last_but_one in _TO_NOUN else (-1.0 if form_s else 4.0)
    if last in MODALS:
        return 4.0
    if not form_s and last in words("help helped helps helping let make makes made"):
        return 0.5
    if last in PRONOUNS:
        return {"it": 2.5, "who": 5.0}.get(last, 3.5)
    if before[-1:] and before[-1] in MODALS and skipped + 1 < len(before) <= skipped + 4:
        return 3.0 if last not in DETERMINERS else -4.0  # "does anyone object?"
    if last in words("anyone everyone someone nobody anybody everybody"):
        return 0.0
    if last in ("that", "which"):
        return 2.0 if form_s else 0.0
    if last in DETERMINERS:
        return -0.5 if not form_s and last in words("what all both many some most") else -4.0
    if last.endswith(("'s", "’s", "s'")):
        return -3.0
    if last in PREPOSITIONS:
        return -3.0
    if last in BE or last in HAVE:
        return -2.5
    if last in ("and", "or", "but", "nor", ""):
        return _score_joined(last, last_but_one, before, skipped)
    if last in ("not", "them", "him", "us", "me"):
        return 0.5
    if is_adjective(last):
        return -2.5
    if last.endswith("ing") or last.endswith("ed"):
        return -1.5
    if last.endswith("s") and not last.endswith(("ss", "us", "is")):
        if form_s or last in _COMPOUNDING:
            return -0.8
        return _PLURAL_SUBJECT if len(before) - skipped < 4 else _PLURAL
    return -0.8


def _score_joined(last: str, last_but_one: str, before: Sequence[str], skipped: int) -> float:
    if last == "":
        return 0.4 if skipped else -0.3
    if "to" in before[:5] or any(word in MODALS for word in before[:6]):
        return 1.2
    if last_but_one.endswith(("ed", "ate", "ize", "ise", "ify")):
        return 0.8
    if is_adjective(last_but_one):
        return -1.0
    return -0.4


def _score_after(context: Context, last: str) -> float:
    first = context.at(1)
    if first in OBJECTS:
        return 2.6 if first in ARTICLES or first in ("it", "him", "them", "me", "us") else 1.4
    if first == "of":
        return -3.0
    if first in BE or first in MODALS or first in HAVE:
        return -2.5 if last != "to" else 0.0
    if first in ("to", "that", "into", "itself", "themselves"):
        return 0.7
    if first in ("and", "or"):
        return -0.3
    if first in ("between", "against", "for", "in", "by", "with", "on", "from", "at"):
        return -0.4
    if is_adverb(first):
        return 0.6
    if not first or not first[0].isalnum():
        return -0.8
    return 0.0
