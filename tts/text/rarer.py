"""As `tts.text.meanings`, for words that are heard less often: "axes", "invalid", "learned"."""

from __future__ import annotations

from tts.text.context import (
    ARTICLES,
    BE,
    DETERMINERS,
    HAVE,
    PRONOUNS,
    Context,
    is_adjective,
    is_adverb,
    verb_score,
    words,
)


def a(context: Context) -> str:
    if context.written[context.i] != "A":
        return "article"
    named = words(
        "grade vitamin plan group type section hepatitis option class team exhibit appendix level "
        "category series part schedule point side influenza form building block unit gate hall"
    )
    alone = not context.at(1)[:1].isalnum() and context.at(1) not in ("'", "’", '"', "(", "")
    spelled = len(context.at(-1)) == 1 or (len(context.at(1)) == 1 and context.at(1).isalpha())
    return "letter" if not spelled and (context.at(-1) in named or alone) else "article"


def used(context: Context) -> str:
    last = next((word for word in context.before(3) if not is_adverb(word)), "")
    if context.at(1) != "to" or last in ("", "and", "or"):
        return "used"
    if last in BE and not (context.at(2) in DETERMINERS or context.at(2) in ("it", "being")):
        return "used"
    return "used" if last in HAVE or last.endswith(("-", "s'")) else "used to"


def polish(context: Context) -> str:
    if context.written[context.i][0].isupper():
        shouted = context.written[context.i].isupper() and len(context.written) > 1
        first = context.i == 0 or context.at(-1) in ".!?"
        if not shouted and not (first and context.at(1) in ARTICLES | {"it", "them"}):
            return "nation"
    return "shine"


def invalid(context: Context) -> str:
    last, following = context.at(-1), context.at(1)
    person = words(
        "wife mother father daughter sister son brother husband chair carriage soldiers aunt"
    )
    if following in person or (
        last == "an"
        and (
            not following or following in words(". , for and who in since by from most all ; when")
        )
    ):
        return "sick"
    if last in words("the chronic permanent elderly bedridden helpless old poor") and (
        not following
        or following in words("was is had and to . , who lay sat could would can never")
    ):
        return "sick"
    return "void"


def axes(context: Context) -> str:
    cues = words(
        "x y z coordinate axis horizontal vertical perpendicular rotation symmetry "
        "optical parallel ellipse coordinates principal semi graph plane dimensional "
        "major minor crystal orthogonal labeled along cartesian two three"
    )
    tools = words(
        "swords knives stone spears bronze tools sword armed arrows wood flint hammers "
        "battle weapons adzes iron copper blades firefighters throwing chop saws"
    )
    near = context.near(12)
    return "lines" if len(near & cues) > len(near & tools) else "tools"


def resume(context: Context) -> str:
    if context.at(-1) in ARTICLES | {"job", "online", "updated"} and context.at(1) not in (
        "its",
        "their",
        "his",
        "her",
    ):
        return "summary"
    return "go on" if verb_score(context, 0.8) > 0 else "summary"


def aged(context: Context) -> str:
    following, last = context.at(1), context.at(-1)
    if last in ("the", "for", "sick", "infirm") and (
        following in ("and", ".", ",", "in", "were", "are", "with", "")
    ):
        return "old"
    if last in ARTICLES | {"her", "an", "his", "their"} and following in words(
        "mother father parents parent man woman king uncle aunt grandmother grandfather "
        "care queen pope"
    ):
        return "old"
    return "years"


def learned(context: Context) -> str:
    following = context.at(1)
    if following in words(
        "man men society societies scholar scholars friend journal journals judge academy "
        "counsel treatise"
    ):
        return "wise"
    if context.at(-1) in ("very", "most", "a") and following not in ("behavior", "skill"):
        return "wise"
    return "did learn"


def blessed(context: Context) -> str:
    last, following = context.at(-1), context.at(1)
    if following in words(
        "virgin sacrament mother mary trinity lord saint john martyr event relief thing day isles"
    ):
        return "holy"
    if last == "the" or (not last and following in ("are", "is", "be")):
        return "holy"
    if context.written[context.i][0].isupper() and following not in ("with", "by", "be"):
        return "holy"
    return "did bless"


def moped(context: Context) -> str:
    if context.at(1) in ("around", "about", "for", "over") and context.at(-1) not in ARTICLES:
        return "sulked"
    return "vehicle"


def dove(context: Context) -> str:
    if context.at(1) in words(
        "into in under for down off headfirst deep to underwater beneath from on straight"
    ):
        return "bird" if context.at(-1) in DETERMINERS or is_adjective(context.at(-1)) else "dived"
    last = next((word for word in context.before(3) if not is_adverb(word)), "")
    return "dived" if last in PRONOUNS else "bird"


def row(context: Context) -> str:
    near = context.near(8)
    quarrel = words(
        "quarrel argument heated angry blazing broke erupted over political diplomatic "
        "furious shouting bitter"
    )
    before = context.before(3)
    if set(before) & words("had have having has") and "a" in before and context.at(1) != "of":
        return "quarrel"
    if context.at(-1) in words(
        "a the blazing heated diplomatic huge bitter angry public political furious "
        "terrible big almighty"
    ) and (
        len(near & quarrel) > 1
        or (context.at(-1) in quarrel)
        or (
            context.at(1) in words("over erupted broke about between with")
            and context.at(-1) != "front"
        )
    ):
        return "quarrel"
    return "line"


def sow(context: Context) -> str:
    named = context.at(-1) in DETERMINERS or is_adjective(context.at(-1))
    if named and context.at(1) in words("bug bugs and with had was is gave gives has"):
        return "pig"
    if context.near(8) & words("pig pigs boar piglets litter farrowing sow's"):
        return "pig"
    return "plant" if verb_score(context, 0.3) > 0 else "pig"
