"""Addresses, hashtags, handles."""

import pytest

from tts.text.normalise import normalise

TABLE = [
    ("www.example.com/foo", "W W W dot example dot com slash foo"),
    ("jo.bloggs@example.org.", "jo dot bloggs at example dot org."),
    ("https://a.io/x?y=1", "a dot io slash x question mark y equals one"),
    ("#ThrowbackThursday", "hashtag Throwback Thursday"),
    ("@jo_b", "at jo underscore b"),
    ("It came.It went.", "It came.It went."),
]


@pytest.mark.parametrize(("written", "spoken"), TABLE)
def test_reads(written, spoken):
    assert normalise(written).normalised == spoken
