"""Numbers with units."""

import pytest

from tts.text.normalise import normalise

TABLE = [
    ("5 kg", "five kilograms"),
    ("1 kg", "one kilogram"),
    ("3.5km", "three point five kilometers"),
    ("60 mph", "sixty miles per hour"),
    ("20°C", "twenty degrees Celsius"),
    ("-40°F", "minus forty degrees Fahrenheit"),
    ("45%", "forty-five percent"),
    ("10-20%", "ten to twenty percent"),
    ("5-10 km", "five to ten kilometers"),
    ("a 5-km run", "a five-km run".replace("-km", " kilometer")),
    ("5 m²", "five square meters"),
    ("5 m^3", "five cubic meters"),
    ("10 GB/s", "ten gigabytes per second"),
    ("6'2\"", "six feet two"),
    ("6 ft 2 in. tall", "six feet two inches tall"),
    ("5 lbs. of it", "five pounds of it"),
    ("440 Hz", "four hundred forty hertz"),
    ("5 million km away", "five million kilometers away"),
    ("1,000 km", "one thousand kilometers"),
]


@pytest.mark.parametrize(("written", "spoken"), TABLE)
def test_reads(written, spoken):
    assert normalise(written).normalised == spoken
