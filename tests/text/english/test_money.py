"""Money."""

import pytest

from tts.text.normalise import normalise

TABLE = [
    ("$3.50", "three dollars and fifty cents"),
    ("$1", "one dollar"),
    ("$1.01", "one dollar and one cent"),
    ("$0.99", "ninety-nine cents"),
    ("$0", "zero dollars"),
    ("$1,234.56", "one thousand two hundred thirty-four dollars and fifty-six cents"),
    ("£20", "twenty pounds"),
    ("£2.01", "two pounds and one penny"),
    ("€1.5 million", "one point five million euros"),
    ("$2.5bn", "two point five billion dollars"),
    ("$5k", "five thousand dollars"),
    ("¥500", "five hundred yen"),
    ("50¢", "fifty cents"),
    ("20 USD", "twenty U S dollars"),
    ("20€", "twenty euros"),
    ("-$5", "minus five dollars"),
    ("a $5 bill", "a five dollar bill"),
    ("a $2 million house", "a two million dollar house"),
    ("$20/month", "twenty dollars per month"),
    ("$10-$20", "ten to twenty dollars"),
    ("$10-20 million", "ten to twenty million dollars"),
]


@pytest.mark.parametrize(("written", "spoken"), TABLE)
def test_reads(written, spoken):
    assert normalise(written).normalised == spoken
