"""What the language decides: the order of dates in figures."""

import pytest

from tts.text.normalise import normalise


@pytest.mark.parametrize(
    ("language", "spoken"),
    [
        ("en-us", "May fourth twenty twenty"),
        ("en", "May fourth twenty twenty"),
        ("en-gb", "the fifth of April twenty twenty"),
    ],
)
def test_dates_in_figures(language, spoken):
    assert normalise("5/4/2020", language=language).normalised == spoken


@pytest.mark.parametrize("language", ["en-us", "en-gb"])
def test_a_month_above_twelve_is_a_day(language):
    assert "December" in normalise("25/12/2020", language=language).normalised
    assert "December" in normalise("12/25/2020", language=language).normalised
