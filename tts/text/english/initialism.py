"""Capitals: letters said apart ("FBI", "U.S."), and acronyms that are words ("NASA")."""

from __future__ import annotations

import re

from tts.text.english.rule import OPENERS, Rule, ends_sentence, rule

# Capitals that would read as a word and are spelled all the same.
_LETTERS_APART = (
    "USA UK US EU UN AI IT TV PC CEO CFO CTO COO CIA IRA IOU FAQ UFO USB URL GPU CPU API AWS IBM"
    " ATM "
    "VIP DIY DVD CD DJ ID IQ MBA PhD BBC CNN NBC ABC CBS FBI NYC NBA NFL NHL UCLA MIT GMT PR HR "
    "RSVP AOL ACLU IRS NRA AFL CIO EPA FDA NSA USSR UAE SUV RV GDP IPO ADHD DNA RNA MRI ER "
    "AC DC ETA IPA USAF USS UPS USPS ESL GPA IEEE EEG ECG EKG ICU OBE ACE IOC UFC UEA UI UX IDE "
    "IDF IMF IPCC IVF LA LED MEP NGO OCD ODI OPEC OTA PA PE QA SAT SEO SEC SOS TBA UTC VOA WHO "
    "EV EVs AAA AA APR ATP AOK AKA UTI IV IVs AP ADA ADP ADT AMD AFC AFP AG AM PM API ARM ATV "
    "EDT EST ETF EMT EMS ESP ESPN FAA HBO HOA IED ISO ISP JFK LGBT NIH NTSB OEM PSA QE REM ROI "
    "RPI SDK SUVs TBD TLA TSA UV UVA VA VAT WIFI XL YOY ABV ACT AOC GOP GOV MVP NDA NYU OT PTO "
    "USD EUR INR AED AUD CAD EOD ETD FYI IMO IMHO IPOs IRL OMG OS POV QR RIP UBS UCI UEFI UAV "
    "HIV LAX POW HVAC BYOB TGIF HPV "
    "OLED IOT CEOs PCs IDs USC USDA USMC UNHCR DOJ DOD DOE DOA BMI BMW BPA CEE"
)
SPELLED = frozenset(_LETTERS_APART.split()) - {
    "OPEC", "SAT", "ACT", "WIFI", "ARM", "ACE", "REM", "GOV", "OLED", "IVs", "AOK", "ADA", "AM",
}  # fmt: skip
# Short words in capitals; with three letters or fewer, others are taken for initials.
_SHORT_WORDS = (
    "A I AM AN AS AT AX BE BY DO GO HE HI IF IN IS IT ME MY NO OF OH OK ON OR OX SO TO UP WE AH "
    "AW "
    "EH ER HA HM HO LO MA MM OW OY PA PI SH UH UM YE YO LA DE EL DU LE "
    "ACE ACT ADD ADO AFT AGE AGO AID AIM AIR ALE ALL AND ANT ANY APE APT ARC ARE ARK ARM ART ASH "
    "ASK ASS ATE AWE AXE AYE BEE BOO BYE COO CRY CUE DIE DRY DUE DYE EAR EAT EBB EEL EGG EGO ELF "
    "ELK ELM EMU END ERA ERR EVE EYE FEE FLU FLY FOE FRY GEE GNU HOE HUE ICE ICY ILK ILL IMP INK "
    "INN ION IRE ITS IVY JOE KEY LEE LIE LOO MOO OAF OAK OAR OAT ODD ODE OFF OFT OIL OLD ONE "
    "OPT ORB ORE OUR OUT OVA OWE OWL OWN PEA PEE PIE PLY PRO PRY RUE RYE SEA SEE SHE SHY SKI SKY "
    "SLY SPA SPY STY SUE TEA TEE THE THY TIE TOE TOO TOY TRY TWO URN USE VIE WEE WHO WHY WOE WOO "
    "YEA YES YOU ZOO EAU VIA LEO MIA NEO RIO ZOE EVA IRA IVY ASIA AIDS "
    "AWOL EURO OPEC UEFA UNO AUG OCT APR UKIP ISIS ASAP AFAIK IKEA ASCII UNIX IMAX OSHA"
)
_WORDS = frozenset(_SHORT_WORDS.split())
_VOWEL = re.compile("[AEIOUY]")
_SOUNDS = frozenset(("HMM", "SHH", "PSST", "PST", "BRR", "GRR", "MMM", "ZZZ", "MR", "MRS", "DR"))
# Consonant, vowel, consonant: "RAM", "PIN". Others of three letters hardly make a word.
_SYLLABLE = re.compile("[B-DF-HJ-NP-TV-Z][AEIOUY][B-DF-HJ-NP-TV-Z]")
_HARD = re.compile(
    "[AEIOU]{3}|[BDFGJKPQTVXZ][BDFGJKMNQVXZ]$|^[B-DF-HJ-NP-TV-Z]{3}|[B-DF-HJ-NP-TV-Z]{4}"
)
_MIXED = {
    "PhD": "P H D", "PhDs": "P H D's", "MSc": "M S C", "BSc": "B S C", "iOS": "i O S",
    "macOS": "mac O S", "iPadOS": "iPad O S", "WiFi": "Wi-Fi", "IoT": "I O T", "eBPF": "E B P F",
    "mRNA": "M R N A", "tRNA": "T R N A", "SaaS": "sass", "PaaS": "pass", "MPhil": "M Phil",
    "QoS": "Q O S", "DoD": "D O D", "DoJ": "D O J", "LoRa": "Lora", "JSON": "json",
    "JPEG": "jpeg", "MPEG": "M peg", "YoY": "Y O Y", "QoQ": "Q O Q", "MoM": "M O M",
    "CMake": "C Make", "LLaMA": "llama", "BTech": "B Tech", "LaTeX": "latech", "GIF": "gif",
    "CNET": "C net", "WWI": "World War one", "WWII": "World War two",
    "NCAA": "N C double A", "NAACP": "N double A C P", "AAA": "triple A",
    "SQL": "S Q L", "pH": "P H", "IPv": "I P V", "COVID": "COVID", "SWAT": "SWAT",
}  # fmt: skip


def _stopped_letters(match: re.Match[str]) -> str:
    letters = " ".join(match["letters"].replace(".", "").replace(" ", "").upper())
    ends = match["letters"].endswith(".") and ends_sentence(match, before_capital=False)
    return letters + ("." if ends else "") + ("'s" if match["tail"] else "")


def _capitals(match: re.Match[str]) -> str | None:
    word, tail = match["word"], match["tail"] or ""
    return None if _is_word(word, match) else " ".join(word) + ("'s" if tail else "")


def _is_word(word: str, match: re.Match[str]) -> bool:
    shouted = _is_shouted(match)
    if word in _SOUNDS or (shouted and _VOWEL.search(word)):
        return True
    if word in SPELLED:
        return False
    if not _VOWEL.search(word):
        return False
    if word in _WORDS or word == "OK":
        return True
    if len(word) == 2:
        return False
    if len(word) == 3:
        return _SYLLABLE.fullmatch(word) is not None
    return _HARD.search(word) is None


def _is_shouted(match: re.Match[str]) -> bool:
    """Whether the words around are in capitals too, as in a headline."""
    start = max(0, match.start() - 40)
    around = (
        match.string[start : match.start()] + " " + match.string[match.end() : match.end() + 40]
    )
    words = [word for word in re.findall(r"[A-Za-z]{2,}", around) if word not in SPELLED]
    return bool(words) and all(word.isupper() for word in words) and max(map(len, words)) > 3


def _mixed(match: re.Match[str]) -> str | None:
    said = _MIXED[match[0]]
    return None if said == match[0] else said


def _letters_and(match: re.Match[str]) -> str:
    return f"{' '.join(match['first'])} and {' '.join(match['second'])}"


RULES: tuple[Rule, ...] = (
    rule(
        "initialism",
        r"(?<![A-Za-z&])(?P<first>[A-Z]{1,3})(?: ?& ?|&)(?P<second>[A-Z]{1,3})(?![A-Za-z&])",
        _letters_and,
        "&",
    ),
    rule(  # A/C, AM/FM
        "initialism",
        r"(?<![A-Za-z/.])(?P<first>[A-Z]{1,3})/(?P<second>[A-Z]{1,3})(?![A-Za-z/])",
        lambda m: f"{' '.join(m['first'])} {' '.join(m['second'])}",
        "/",
    ),
    rule(
        "initialism",
        r"(?<![A-Za-z.'])(?P<letters>(?:[A-Za-z]\.){2,}(?:[A-Z](?![A-Za-z]))?)(?P<tail>'s\b)?",
        _stopped_letters,
        ".",
    ),
    rule(
        "initialism",
        r"(?<![A-Za-z.'])(?P<letters>[A-Z]\. (?:[A-Z]\. ?)*[A-Z]\.)(?= [A-Z][a-z])(?P<tail>(?!))?",
        lambda m: " ".join(m["letters"].replace(".", "").split()),
        ".",
    ),
    rule(
        "initialism",
        rf"(?:^|(?<=[a-z] ))(?P<it>[A-HJ-Z]\.)(?= (?!{OPENERS})[A-Z][a-z])",
        lambda m: m["it"][0],
        ".",
    ),
    rule(
        "initialism",
        rf"(?<![A-Za-z'])(?:{'|'.join(sorted(_MIXED, key=len, reverse=True))})(?![A-Za-z])",
        _mixed,
        "DSWIOAPQCJLTGNMXH",
    ),
    rule(
        "initialism",
        r"(?<![A-Za-z'])(?P<word>[A-Z]{2,6})(?P<tail>'?s)?(?![A-Za-z]|'[A-Za-z])",
        _capitals,
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    ),
)
