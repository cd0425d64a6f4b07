"""Numbers of other languages."""

import pytest

from tts.errors import TextError
from tts.text.counting import count, language_of
from tts.text.normalise import normalise


@pytest.mark.parametrize(
    ("language", "written", "spoken"),
    [
        ("de", "3.500 Leute, 2,5 km", "dreitausendfünfhundert Leute, zwei Komma fünf km"),
        ("de", "im Jahr 1990", "im Jahr neunzehnhundertneunzig"),
        ("de", "5 € oder 3,50 €", "fünf Euro oder drei Euro und fünfzig Cent"),
        ("de", "12 %", "zwölf Prozent"),
        ("fr", "1\u202f234 et -5", "mille deux cent trente-quatre et moins cinq"),
        ("es", "21 y 1.000", "veintiuno y mil"),
        ("it", "3,14", "tre virgola uno quattro"),
        ("pt-br", "100%", "cem por cento"),
        ("ru", "5 книг", "пять книг"),
        ("en-gb", "1,234.5", "one thousand, two hundred and thirty-four point five"),
        ("de", "007", "null null sieben"),
    ],
)
def test_counts(language, written, spoken):
    assert normalise(written, "numbers", language).normalised == spoken


def test_spans_are_where_the_numbers_are():
    text = "a 5 b 3,5 c"
    spans = normalise(text, "numbers", "de").spans
    assert [(s.start, s.end, s.kind, s.spoken) for s in spans] == [
        (2, 3, "cardinal", "fünf"),
        (6, 9, "decimal", "drei Komma fünf"),
    ]


def test_a_number_too_long_to_name_is_read_digit_by_digit():
    assert count("1" * 40, "de")[0] == " ".join(["eins"] * 40)


def test_languages_have_their_region_or_none():
    assert language_of("pt-br") == "pt_BR"
    assert language_of("de-at") == "de"
    with pytest.raises(TextError, match="num2words cannot count in 'xx'"):
        language_of("xx")
