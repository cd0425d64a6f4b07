"""Money: "$5", "€1.5 million", "$3.50", "£2.5bn", "50¢", "20 USD", "$10-$20", "a $5 bill"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tts.text.english.rule import DASH, NUMBER, SCALE, START, Rule, any_of, rule
from tts.text.numbers import cardinal, decimal


@dataclass(frozen=True)
class Currency:
    """The names of a currency and of its hundredth, for one and for many of them."""

    one: str
    many: str
    cent: str = ""
    cents: str = ""


_DOLLAR = Currency("dollar", "dollars", "cent", "cents")
_EURO = Currency("euro", "euros", "cent", "cents")
_POUND = Currency("pound", "pounds", "penny", "pence")
_YEN = Currency("yen", "yen")
_WON = Currency("won", "won")
_YUAN = Currency("yuan", "yuan")
_RUPEE = Currency("rupee", "rupees", "paisa", "paise")
_RUBLE = Currency("ruble", "rubles", "kopek", "kopeks")
_LIRA = Currency("lira", "lira", "kurus", "kurus")
_FRANC = Currency("Swiss franc", "Swiss francs", "centime", "centimes")
_SHEKEL = Currency("shekel", "shekels", "agora", "agorot")
_REAL = Currency("real", "reais", "centavo", "centavos")
_RAND = Currency("rand", "rand", "cent", "cents")
_ZLOTY = Currency("zloty", "zlotys", "grosz", "groszy")
_BITCOIN = Currency("bitcoin", "bitcoin")


def _dollar(country: str) -> Currency:
    return Currency(f"{country} dollar", f"{country} dollars", "cent", "cents")


def _krona(country: str, one: str, many: str) -> Currency:
    return Currency(f"{country} {one}", f"{country} {many}")


_SIGNS = {
    "$": _DOLLAR, "€": _EURO, "£": _POUND, "¥": _YEN, "￥": _YEN, "₩": _WON, "₹": _RUPEE,
    "₽": _RUBLE, "₺": _LIRA, "₪": _SHEKEL, "₿": _BITCOIN, "₦": Currency("naira", "naira"),
    "₫": Currency("dong", "dong"), "₴": Currency("hryvnia", "hryvnias"),
    "₱": Currency("peso", "pesos", "centavo", "centavos"), "฿": Currency("baht", "baht"),
    "US$": _dollar("U S"), "US $": _dollar("U S"), "C$": _dollar("Canadian"),
    "CA$": _dollar("Canadian"), "A$": _dollar("Australian"), "AU$": _dollar("Australian"),
    "NZ$": _dollar("New Zealand"), "HK$": _dollar("Hong Kong"), "S$": _dollar("Singapore"),
    "R$": _REAL, "Mex$": Currency("Mexican peso", "Mexican pesos"), "NT$": _dollar("Taiwan"),
    "Rs.": _RUPEE, "Rs": _RUPEE,
}  # fmt: skip
_CODES = {
    "USD": _dollar("U S"), "EUR": _EURO, "GBP": _POUND, "JPY": _YEN, "CNY": _YUAN, "RMB": _YUAN,
    "CHF": _FRANC, "CAD": _dollar("Canadian"), "AUD": _dollar("Australian"), "INR": _RUPEE,
    "NZD": _dollar("New Zealand"), "HKD": _dollar("Hong Kong"), "SGD": _dollar("Singapore"),
    "KRW": _WON, "RUB": _RUBLE, "BRL": _REAL, "ZAR": _RAND, "PLN": _ZLOTY, "ILS": _SHEKEL,
    "TRY": _LIRA, "MXN": Currency("Mexican peso", "Mexican pesos", "centavo", "centavos"),
    "SEK": _krona("Swedish", "krona", "kronor"), "NOK": _krona("Norwegian", "krone", "kroner"),
    "DKK": _krona("Danish", "krone", "kroner"), "BTC": _BITCOIN, "ETH": Currency("ether", "ether"),
    "kr": Currency("krona", "kronor"), "zł": _ZLOTY,
}  # fmt: skip
_UNITS = {**_SIGNS, **_CODES}
_SHORT_SCALES = {
    "k": "thousand", "m": "million", "mn": "million", "mm": "million", "mil": "million",
    "b": "billion", "bn": "billion", "bil": "billion", "t": "trillion", "tn": "trillion",
    "trn": "trillion",
}  # fmt: skip
_PERIODS = {
    "hr": "hour", "h": "hour", "mo": "month", "yr": "year", "wk": "week", "lb": "pound",
    "d": "day",
    "kg": "kilogram", "g": "gram", "oz": "ounce", "gal": "gallon", "l": "liter", "L": "liter",
    "sq": "square", "ft": "foot", "m": "meter", "km": "kilometer", "mi": "mile", "min": "minute",
    "kWh": "kilowatt hour", "MWh": "megawatt hour", "GB": "gigabyte", "MB": "megabyte",
    "ton": "ton", "t": "ton", "pp": "person", "bbl": "barrel", "y": "year", "ea": "each",
    "sq ft": "square foot", "sqft": "square foot", "month": "month", "w": "week", "qtr": "quarter",
}  # fmt: skip
# A noun behind "a $5" or "the $5" takes the amount as its adjective; these are not nouns.
_NOT_NOUNS = (
    "of|in|for|to|on|per|was|is|were|are|that|which|who|he|she|they|we|you|it|a|an|the|from|by|"
    "and|or|each|with|at|more|less|needed|raised|spent|paid|had|has|have|as|than|into|worth|if|"
    "when|but|will|would|could|can|should|may|might|due|owed|apiece|back|so|up|down|off|over|"
    "under|cheaper|richer|higher|lower|extra|short|this|last|next|every|after|before|until|since|because|while|today|yesterday|now"
)

_NOUN = re.compile(rf"[ -](?!(?:{_NOT_NOUNS})\b)[a-z]{{3}}")
# What an amount is an adjective of even without an article: "$5 bills", "£20 notes".
_PRICED = (
    "bills?|notes?|banknotes?|coins?|stamps?|tickets?|fines?|fees?|deposits?|prizes?|loans?|"
    "grants?|gift cards?|vouchers?|coupons?|discounts?|deals?|contracts?|projects?|deficits?|"
    "surplus|bonus|bonuses|checks?|cheques?|donations?|investments?|settlements?|lawsuits?|"
    "budgets?|bids?|rewards?|refunds?|salary|salaries|bets?|tips?|bailouts?|acquisitions?|"
    "buyouts?|copays?|deductibles?|mortgages?|homes?|houses?|mansions?|funds?|rebates?"
)

_NOT_WORD = r"(?<![A-Za-zÀ-ÿ])"
_SIGN = rf"(?:{any_of(_SIGNS)})"
_CODE = rf"(?:{any_of(_CODES)})(?![A-Za-z])"
_SHORT = any_of(_SHORT_SCALES)
_SCALED = (
    rf"(?:[ -]?(?P<scale>{SCALE})s?\b| ?(?P<short>(?i:{_SHORT}))(?![A-Za-z0-9]|/"
    rf"(?!(?:yr|mo|hr|wk|y|year|month|day|week|hour|person)\b)))?"
)
_PER = (
    rf"(?:(?: ?/ ?| per )(?P<per>sq\.? ft|{any_of(_PERIODS)}|[a-z]{{2,12}})\b"
    r"(?:\.(?= [a-z]|[,;:!?]))?)?"
)
_AGAIN = r"(?: (?:dollars|euros|pounds|yen|rupees)\b)?"
_EUROPEAN = r"(?:[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]{2}|[0-9]+,[0-9]{2})(?![0-9]|,[0-9])"
_AMOUNT = rf"(?P<amount>{_EUROPEAN}|{NUMBER})(?![0-9]|/[0-9])"


def amount_words(amount: str, scale: str, unit: Currency, noun: bool = True) -> str:
    """An amount with its unit: ("3.50", "", dollars) is "three dollars and fifty cents".

    Args:
        scale: "million" and the like, or nothing.
        noun: False before a noun: "five dollar bill".
    """
    whole, _, fraction = _plain(amount).partition(".")
    if len(fraction) > 2:
        fraction = fraction.rstrip("0").ljust(2, "0")
    many = unit.many if noun else unit.one
    if fraction.strip("0") and (scale or len(fraction) > 2 or not unit.cent):
        return " ".join(filter(None, (decimal(whole, fraction), scale, many)))
    if scale:
        return f"{cardinal(whole)} {scale} {many}"
    n_whole, n_cents = whole.lstrip("0"), fraction.ljust(2, "0").lstrip("0") if fraction else ""
    parts = []
    if n_whole or not n_cents:
        parts.append(f"{cardinal(whole or '0')} {unit.one if n_whole == '1' else many}")
    if n_cents:
        cents = unit.cent if n_cents == "1" or not noun else unit.cents
        parts.append(f"{cardinal(n_cents)} {cents}")
    return " and ".join(parts)


def _plain(amount: str) -> str:
    """Digits with a point, whichever of comma and point divides the thousands."""
    if re.fullmatch(_EUROPEAN, amount):
        return amount.replace(".", "").replace(",", ".")
    return amount.replace(",", "")


def _scale(match: re.Match[str]) -> str:
    return (match["scale"] or _SHORT_SCALES.get((match["short"] or "").lower(), "")).lower()


def _per(match: re.Match[str]) -> str:
    per = match.groupdict().get("per")
    return f" per {_PERIODS.get(per.replace('.', ''), per)}" if per else ""


def _say(match: re.Match[str]) -> str:
    there = match.groupdict()
    minus = {"-": "minus ", "+": "plus "}.get(there.get("minus") or there.get("inner") or "", "")
    words = amount_words(match["amount"], _scale(match), _UNITS[match["sign"]])
    return minus + words + _per(match)


def _adjective(match: re.Match[str]) -> str:
    return amount_words(match["amount"], _scale(match), _UNITS[match["sign"]], noun=False)


def _say_cents(match: re.Match[str]) -> str:
    amount = match["amount"]
    whole, stop, fraction = amount.partition(".")
    said = decimal(whole, fraction) if stop else cardinal(whole)
    one, many = ("penny", "pence") if match["sign"] == "p" else ("cent", "cents")
    alone = amount == "1" or (match["a"] is not None and _NOUN.match(match.string, match.end()))
    return f"{said} {one if alone else many}{_per(match)}"


def _range(match: re.Match[str]) -> str:
    unit = _UNITS[match["sign"]]
    scale = _scale(match)
    low = _number(match["low"])
    if match["again"]:
        low = amount_words(match["low"], "", unit) if not scale else low
    return f"{low} to {amount_words(match['amount'], scale, unit)}{_per(match)}"


def _number(text: str) -> str:
    whole, stop, fraction = _plain(text).partition(".")
    return decimal(whole, fraction) if stop else cardinal(whole)


def _scaled_range(match: re.Match[str]) -> str:
    unit = _UNITS[match["sign"]]
    scale = (match["scale1"] or _SHORT_SCALES.get((match["short1"] or "").lower(), "")).lower()
    low = amount_words(match["low"], scale, unit)
    return f"{low} to {amount_words(match['amount'], _scale(match), unit)}{_per(match)}"


_LOW = rf"(?P<low>{NUMBER})"
_CASH = frozenset("$€£¥￥₩₹₽₺₪₿₦₫₴₱฿") | {"s"}
RULES: tuple[Rule, ...] = (
    rule(
        "money",
        rf"{_NOT_WORD}(?P<sign>{_SIGN}) ?{_LOW}(?:[ -]?(?P<scale1>{SCALE})\b|"
        rf"(?P<short1>(?i:{_SHORT}))"
        rf"(?![A-Za-z0-9])){DASH}(?P=sign) ?{_AMOUNT}{_SCALED}{_PER}",
        _scaled_range,
        _CASH,
    ),
    rule(  # $2 to $3 million
        "money",
        rf"{_NOT_WORD}(?P<sign>{_SIGN})(?P<low>[0-9]{{1,3}}(?:\.[0-9]+)?) to (?P<again>(?!))"
        rf"?(?P=sign)?{_AMOUNT}"
        rf"(?:[ -](?P<scale>{SCALE})\b|(?P<short>(?i:{_SHORT}))(?![A-Za-z0-9])){_PER}",
        _range,
        _CASH,
    ),
    rule(  # $10-$20, $10-20 million
        "money",
        rf"{_NOT_WORD}(?P<sign>{_SIGN}) ?{_LOW}{DASH}(?P<again>(?P=sign) ?)?{_AMOUNT}(?![%-])"
        rf"{_SCALED}{_PER}",
        _range,
        _CASH,
    ),
    # "a $5 bill", "the $2 million house": the unit stays singular before a noun.
    rule(
        "money",
        r"(?:(?<![Ii]t)(?<!at)(?<![Hh]e)(?<!here)'s|"
        rf"\b(?:[Aa]n?|[Tt]he|[Hh]is|[Hh]er|[Tt]heir|[Mm]y|[Oo]ur|[Oo]ne|[Tt]wo|[Tt]hree|[Ff]ive|"
        rf"[Nn]ew|\x00)) (?P<it>(?P<sign>{_SIGN}) ?{_AMOUNT}{_SCALED})(?=[ -](?!(?:{_NOT_NOUNS})"
        rf"\b)[a-z]{{3}})",
        _adjective,
        _CASH,
    ),
    rule(
        "money",
        rf"{_NOT_WORD}(?P<sign>[$€£]){_AMOUNT}{_SCALED}(?=-(?:an?-)?(?!{SCALE})[a-z]{{3}}|"
        rf" (?:{_PRICED})\b|(?:(?<=-million)|(?<=-billion)|(?<=-trillion)) [a-z]{{3}})",
        _adjective,
        _CASH,
    ),
    rule(
        "money",
        rf"(?P<minus>(?<![^\s(\x00])[-+])?{_NOT_WORD}(?P<sign>{_SIGN}) ?(?P<inner>-)"
        rf"?{_AMOUNT}{_SCALED}{_AGAIN}{_PER}",
        _say,
        _CASH,
    ),
    rule(
        "money",
        rf"{_NOT_WORD}(?P<sign>{any_of(_CODES)}) ?{_AMOUNT}{_SCALED}{_PER}",
        _say,
    ),
    rule(
        "money",
        rf"(?P<minus>(?<![^\s(\x00])[-+])?{START}{_AMOUNT}{_SCALED} ?(?P<sign>{_CODE}|"
        rf"[$€£¥₩₹₽₺₪₿₫₴฿](?![A-Za-z0-9])){_PER}",
        _say,
    ),
    rule("money", rf"(?P<a>(?<=\b[Aa] ))?{START}{_AMOUNT} ?(?P<sign>¢){_PER}", _say_cents, "¢"),
    rule(
        "money",
        rf"(?P<a>(?<=\b[Aa] ))?(?<![0-9A-Za-z.,])(?P<amount>[1-9][0-9]?)(?P<sign>p)"
        rf"(?![A-Za-z0-9]){_PER}",
        _say_cents,
        "p",
    ),
)
