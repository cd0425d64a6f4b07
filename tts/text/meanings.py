"""Words told apart by what they mean: "read", "lead", "bass"; for English.

Each function takes the place of its word and returns the name of a reading.
"""

from __future__ import annotations

from tts.text.context import (
    ARTICLES,
    BE,
    DETERMINERS,
    HAVE,
    MODALS,
    PREPOSITIONS,
    PRONOUNS,
    Context,
    is_adjective,
    is_adverb,
    verb_score,
    words,
)

_PAST_CUES = words(
    "yesterday yesterday's ago last then was were had did said told went came took gave wrote "
    "found knew thought saw previously earlier already recently"
)
_PERFECT = HAVE | BE | words("get got gets having i've ve")


def read(context: Context) -> str:
    following = context.at(1)
    if following == "-" or context.at(-1) == "-":
        return "past" if context.at(-2) in words("well widely badly ill much most") else "present"
    if following in words("write access receipt receipts length lengths bus head heads speed"):
        return "present"
    if following == "by":
        return "past"
    plain = [word for word in context.before(6) if not is_adverb(word)]
    last = plain[0] if plain else ""
    for k, word in enumerate(plain[:4]):
        if word == "to" or word in MODALS or word in words("let help helped make made"):
            return "present"
        if word in _PERFECT or word.endswith(("n't", "'ve", "'d")):
            if not set(plain[:k]) & {"a", "an", "the"}:
                return "past"
            break
        if word in PRONOUNS:
            asked = plain[k + 1 : k + 2]
            if asked and (asked[0] in HAVE or asked[0] in MODALS):
                return "past" if asked[0] in HAVE else "present"
            break
    return _read_by_subject(context, plain, last)


def _read_by_subject(context: Context, plain: list[str], last: str) -> str:
    following = context.at(1)
    if last in ARTICLES or last in PREPOSITIONS:
        return "present"
    if set(plain[1:4]) & {"a", "an"} and (
        following in words("and that for but with from") or not following[:1].isalnum()
    ):
        return "present"
    if last in words("he she it who that which"):
        return "past"
    near = context.near(14)
    past = bool(near & _PAST_CUES) or any(
        word.endswith("ed") and len(word) > 4 for word in context.near(8)
    )
    if last in ("i", "you", "we", "they"):
        once = last == "i" and (following in ARTICLES or following == "it") and not near & _HABIT
        return "past" if past or once else "present"
    if not last:
        begins = context.i == 0 or context.at(-1) in ".!?\"'“:;"
        return "past" if past and not begins else "present"
    if last in ("and", "or", "but"):
        return "past" if past else "present"
    many = last.endswith("s") and not last.endswith(("ss", "'s", "us", "is"))
    named = context.written[context.i - 1][0].isupper()
    if (many and not named) or last in ("people", "children", "men", "women"):
        return "past" if past else "present"
    return "past"


_HABIT = words("always usually often every sometimes daily never when if can how")
_METAL = words(
    "metal metals zinc copper tin iron silver mercury arsenic cadmium nickel gold "
    "poisoning paint pipe pipes acid acids battery batteries bullet bullets toxic "
    "toxicity ore ores alloy alloys exposure mine mines mining smelting glass crystal "
    "pencil shot oxide isotopes gasoline petrol contaminated contamination solder weights "
    "weight ingots roof sheet sheets foil melted blood levels content soil dust antimony "
    "chromium uranium molten deposits smelter apron pellets heavy azide chloride free- "
    "based poisonous bismuth plumbing coffin water"
)
_METAL_NEXT = words(
    "poisoning paint paints pipe pipes acid batteries battery bullet bullets ore ores "
    "mine mines mining levels oxide crystal glass shot content pencil pencils weights "
    "weight toxicity solder foil apron roof sheet sheets pellets dust exposure smelter "
    "smelting zinc acetate azide chloride balloon free ions isotopes coffin and-zinc"
)


def lead(context: Context) -> str:
    last, following = context.at(-1), context.at(1)
    if following in _METAL_NEXT:
        return "metal"
    if last == "to" and following in DETERMINERS | {"to"}:
        return "verb"
    if following in BE and (not last[:1].isalnum() or last in ("of", "metallic", "that")):
        return "metal"
    if last in words("red white cast molten metallic containing roman"):
        return "metal"
    if last in ("of", "in", "with") and (
        not following[:1].isalnum() or following in words("and was is were are from has or can on")
    ):
        return "metal"
    near = context.near(9)
    cues = len(near & _METAL)
    if last in words("the a his her their in take took takes"):
        mass = last == "in" and following in (",", ".", "and", "")
        return (
            "metal" if cues and (mass or cues > 1) and following not in ("in", "role") else "verb"
        )
    if verb_score(context, -0.5) > 0 and cues < 2:
        return "verb"
    if last in words("of with from containing and molten heavy or") and cues:
        return "metal"
    if last in words("of containing contain contains molten than") and following not in words(
        "singer vocals guitar actor role roles character"
    ):
        return "metal" if following in (".", ",", "and", "or", "is", "in", "") else "verb"
    return "metal" if cues > 1 else "verb"


_LIVE_NOUNS = words(
    "music album albums show shows performance performances concert concerts broadcast "
    "broadcasts television tv action stream streams streaming audience audiences version "
    "versions recording recordings coverage event events wire wires ammunition bait "
    "animals animal theater theatre band bands dvd cd ep act sets set venue venues tour "
    "tracks track video footage births birth births weight load rock entertainment radio "
    "debut report reports updates fire feed data demo chat session sessions wires oak "
    "cattle cells virus births acts songs song studio webcast telecast appearances "
    "appearance cell fish plants cultures programming news wager rounds grenade shell "
    "ammo poultry specimens vaccine traffic wild"
)
_HERE = words("on from at via on-air")


def live(context: Context) -> str:
    last, following = context.at(-1), context.at(1)
    before = [word for word in context.before(4) if not is_adverb(word)]
    near = before[0] if before else ""
    if following in _LIVE_NOUNS and near not in PRONOUNS | MODALS | {"to"}:
        return "adjective"
    if near == "to" or near in MODALS or near in PRONOUNS or last in ("who", "people", "long"):
        return "verb"
    if near in ARTICLES or near in BE or near in PREPOSITIONS or is_adjective(near):
        return "adjective"
    if near.endswith("ed") or near.endswith("ing") or near in _LIVE_VERBS:
        return "adjective"
    if following in words(
        "in with near there here together outside alone under within along among longer up by"
    ):
        return "verb" if not near.endswith(("ance", "ances", "album", "show")) else "adjective"
    if not near:
        return "adjective" if following in ("from", "at", ",", "and") else "verb"
    return "verb" if verb_score(context, -0.3) > 0 else "adjective"


_LIVE_VERBS = words(
    "play plays sing sings air airs go goes went stream streams perform performs "
    "broadcast broadcasts heard seen shown come comes appear came first is watch see hear "
    "it them songs him us me"
)


def lives(context: Context) -> str:
    before = [word for word in context.before(4) if not is_adverb(word)]
    last = before[0] if before else ""
    if last in DETERMINERS or last in PREPOSITIONS or is_adjective(last) or last == "'s":
        return "verb" if last in ("that", "which") else "noun"
    if last in words(
        "save saved saving lost lose losing claimed cost costing people's live lived "
        "living claim innocent risk risked risking change changed changing human"
    ):
        return "noun"
    if last.endswith(("'s", "s'")) or last in words(
        "' entire others social family private daily personal hundred unlimited"
    ):
        return "noun"
    if context.at(1) in ("of", "were", "are", "lost"):
        return "noun"
    return "verb"


def wind(context: Context) -> str:
    following = context.at(1)
    if following in words(
        "power turbine turbines farm farms energy speed speeds instrument instruments "
        "chill tunnel gust gusts"
    ):
        return "noun"
    described = context.at(-1) in ARTICLES or is_adjective(context.at(-1))
    if following in words("up down around through its their his back along") and not described:
        return "verb"
    return "verb" if verb_score(context, -1.0) > 0 else "noun"


def tear(context: Context) -> str:
    last, following, near = context.at(-1), context.at(1), context.near(6)
    if following in words(
        "gas ducts duct drop drops film gland glands fluid stained jerker fell rolled ran streamed"
    ):
        return "weep"
    if following in words("down apart up off out into away through it open"):
        return "rip"
    if (
        near
        & words("eye eyes cheek cheeks cry crying wept sad shed single wiped face laughter joy")
        and verb_score(context) <= 0
    ):
        return "weep"
    if near & words(
        "ligament muscle acl labrum cartilage meniscus knee shoulder tendon wear paper "
        "retinal ucl elbow resistant sheet - partial fabric cloth hole wall jacket shirt "
        "sleeve dress jeans pants sail rotator"
    ):
        return "rip"
    return "rip" if verb_score(context, 0.6 if last != "a" else -1.0) > 0 else "weep"


def tears(context: Context) -> str:
    if context.at(1) in words("down apart up off out into away through open"):
        return "weep" if context.at(-1) in ("in", "of", "with") else "rip"
    if context.near(8) & words("ligament muscle labrum meniscus tendon retinal"):
        return "rip"
    return "rip" if verb_score(context, -1.5) > 0 else "weep"


def bow(context: Context) -> str:
    near = context.near(10)
    owner = context.at(-1) in words("the his her their its a bronze iron composite cello violin")
    if context.at(1) in words("to down out before his her their your my") and not owner:
        return "bend"
    if context.at(1) in words("tie ties string strings hunting window legged wow"):
        return "arrow"
    if near & words("arrow arrows archer archers archery violin cello viola string strings hair"):
        return "arrow"
    if near & _SHIP or context.at(1) in ("thruster", "thrusters", "wave"):
        return "bend"
    if near & words("deep deeply curtain applause took take low polite head"):
        return "bend"
    return "bend" if verb_score(context, -0.6) > 0 else "arrow"


_SHIP = words(
    "ship ship's boat's ships boat boats stern hull port starboard deck vessel anchor "
    "torpedo torpedoes sailed submarine gun guns aft sail sails sailing ramp ram ferry mast "
    "keel sinking rudder waterline prow thruster forward crew tubes tube yacht bulkhead "
    "bulbous wave "
    "clipper gondola vessels cruisers cannon pounder rudders raised sink canoe wet kite"
)
_FISH = words(
    "fish fishing fished caught catch lake river trout perch striped largemouth "
    "smallmouth sea pike catfish salmon carp crappie walleye bluegill angler anglers boat "
    "pond species spawn freshwater lakes rivers grilled fillet sunfish bait cod fry "
    "fillets"
)
_MUSIC = words(
    "guitar guitars drum drums player vocals singer voice clef line lines music band "
    "double electric keyboards piano sound play plays played playing solo acoustic jazz "
    "treble baritone tenor clarinet drummer bassist song album notes note sings speakers "
    "speaker tone"
)


def bass(context: Context) -> str:
    near = context.near(12)
    if context.at(1) in words("pro fishing boat lake fish fillet fillets strait"):
        return "fish"
    if context.at(-1) in words(
        "sea striped largemouth smallmouth spotted rock white black peacock"
    ):
        return "fish" if not near & _MUSIC else "music"
    return "fish" if len(near & _FISH) > len(near & _MUSIC) else "music"


def content(context: Context) -> str:
    last = next((word for word in context.before(4) if not is_adverb(word)), "")
    if "there" in context.before(3) or context.at(1) in words("of is was management creator"):
        return "noun"
    if last in BE or last in words(
        "seemed seem seems feel felt feels remain remained looked look looks"
    ):
        return "satisfied"
    return "satisfied" if context.at(1) in ("yourself", "himself", "themselves") else "noun"


def wound(context: Context) -> str:
    before = [word for word in context.before(4) if not is_adverb(word)]
    last, following = (before[0] if before else ""), context.at(1)
    if following in words(
        "up down around round through its back tightly along onto together on coil coils"
    ):
        return "turned" if last not in ARTICLES or following == "coil" else "injury"
    if last in PRONOUNS and following not in PRONOUNS | words("him them her me us you"):
        return "turned"
    if last in words("tightly string wire wire- -") or before[:1] == ["be"]:
        return "turned"
    if following in ("into", "in", "with", "to") and (last in BE or last.endswith("s")):
        return "turned"
    return "injury"


def minute(context: Context) -> str:
    last, following = context.at(-1), context.at(1)
    tiny = words(
        "detail details amounts amount quantities quantity particles differences changes "
        "traces insects organisms crystals size doses fragments examination scale teeth "
        "spines hairs dots openings grains species inspection fraction holes pores "
        "variations pieces bits proportion proportions scales droplets creatures attention"
    )
    if following in tiny or (following in (",", "and", "or") and last in BE):
        return "tiny"
    common = following in _MINUTE_NEXT or following.endswith("er")
    if last in words("of a with some into") and following[:1].isalpha() and not common:
        return "tiny"
    if last in words(
        "very so too most extremely more rather are these relatively almost incredibly were"
    ):
        return "tiny"
    return "time"


_MINUTE_NEXT = DETERMINERS.union(PRONOUNS, BE, HAVE, PREPOSITIONS, MODALS) | words(
    "ago to and or if when but while past there because so silence walk drive ride break "
    "hand read book video film speech interview delay window i'll"
)


def close(context: Context) -> str:
    following, last = context.at(1), context.at(-1)
    if following in words(
        "to by enough friend friends relationship relatives range proximity ties contact "
        "family attention up call second associate cooperation as quarters collaboration"
    ):
        before = [word for word in context.before(3) if not is_adverb(word)]
        direct = before[:1] == ["to"] or bool(before and before[0] in MODALS)
        if not (direct and following in ("by", "to", "up")):
            return "near" if not (direct and following in ("contact",)) else "shut"
    if last in words(
        "very so too how as really get got came come stay stayed up that more pretty "
        "quite stand sit keep getting grew remained remain drew was"
    ):
        return "near"
    if not following[:1].isalnum() and set(context.before(5)) & words("keep kept stay hold held"):
        return "near"
    if last in ("a", "the") and following in words("of on . with at"):
        return "shut" if following == "of" or (last == "a" and following != ".") else "near"
    return "shut" if verb_score(context, -0.6) > 0 else "near"
