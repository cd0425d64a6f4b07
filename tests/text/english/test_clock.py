"""Times of the day."""

import pytest

from tts.text.normalise import normalise

TABLE = [
    ("at 3:30 pm", "at three thirty P M"),
    ("3:05am", "three oh five A M"),
    ("7 a.m. or 15:45", "seven A M or fifteen forty-five"),
    ("It ended at 5 p.m. Then", "It ended at five P M. Then"),
    ("It ended at 5 p.m.", "It ended at five P M."),
    ("at 5 p.m. sharp", "at five P M sharp"),
    ("12:00", "twelve o'clock"),
    ("18:00", "eighteen hundred"),
    ("3-4 pm", "three to four P M"),
    ("3:00 PM EST", "three P M E S T"),
    ("10:05:30", "ten oh five and thirty seconds"),
]


@pytest.mark.parametrize(("written", "spoken"), TABLE)
def test_reads(written, spoken):
    assert normalise(written).normalised == spoken
