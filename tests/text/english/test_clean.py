"""Characters: one form for each, and where each of them came from."""

from tts.text.english.clean import Canonical


def test_one_form_of_quotes_dashes_and_spaces():
    assert Canonical("‘a’ “b”\u00a0–\tc").text == "'a' \"b\" — c"
    assert Canonical("10–20 − 5").text == "10-20 - 5"
    assert Canonical("2½ ﬁns").text == "2 1/2 fins"
    assert Canonical("zero\u200bwidth").text == "zerowidth"
    assert Canonical("e\u0301").text == "é"
    assert Canonical("&lt;&#39;&nbsp;&bogus;").text == "<' &bogus;"


def test_a_place_leads_back_to_the_original():
    original = "a&amp;b  2½\u200bc"
    canonical = Canonical(original)
    assert canonical.text == "a&b 2 1/2c"
    for piece, came_from in (("&", "&amp;"), ("b", "b"), ("2 1", "2½"), ("1/2", "½"), ("c", "c")):
        at = canonical.text.index(piece)
        start, end = canonical.original(at, at + len(piece))
        assert original[start:end] == came_from


def test_plain_text_has_no_edits():
    canonical = Canonical("Nothing to see here.")
    assert canonical.edits == []
    assert canonical.original(3, 7) == (3, 7)
