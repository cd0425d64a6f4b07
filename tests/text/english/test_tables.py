"""What is written and how it is said, class by class: a line is `written<TAB>spoken`."""

from collections import Counter
from pathlib import Path

import pytest

from tts.text.normalise import normalise

TABLES = sorted(Path(__file__).parent.glob("*.tsv"))


def pairs(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    return [tuple(line.split("\t")) for line in lines]


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_says_what_the_table_says(path):
    wrong = [
        f"{written!r}: expected {spoken!r}, got {normalise(written).normalised!r}"
        for written, spoken in pairs(path)
        if normalise(written).normalised != spoken
    ]
    assert not wrong, "\n".join(wrong)


def test_tables_are_pairs_and_cover_enough():
    counts = Counter()
    for path in TABLES:
        for pair in pairs(path):
            assert len(pair) == 2, f"{path.name}: {pair} is not a pair"
            counts[path.stem] += 1
    assert sum(counts.values()) >= 900
    assert len(counts) >= 25


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("12", "cardinal"), ("3rd", "ordinal"), ("2.5", "decimal"), ("2/3", "fraction"),
        ("Henry VIII", "roman"), ("in 1905", "year"), ("the 1990s", "decade"),
        ("5 Jan 2020", "date"), ("3:30 pm", "time"), ("$5", "money"), ("5 kg", "measure"),
        ("555-0199", "telephone"), ("10 Downing St.", "address"), ("www.example.com", "url"),
        ("jo@example.com", "email"), ("a.pdf", "file"), ("v1.2.3", "version"),
        ("10.0.0.1", "ip"), ("3:1", "score"), ("2-5", "range"), ("2+2=4", "maths"),
        ("5%", "percent"), ("Dr. Who", "abbreviation"), ("the FBI", "initialism"),
        ("#love", "hashtag"), ("@jo", "handle"), ("😂", "emoji"), ("a&nbsp;b &quot;", "entity"),
        ("a @ b", "symbol"), ("привет", "transliterated"), ("\ue123 a", "dropped"),
        ("“a”", "punctuation"), ("co\u00adop", "invisible"), ("Nguyễn", "accent"),
        ("<b>a</b>", "markup"), ("PIN 4821", "identifier"),
    ],
)  # fmt: skip
def test_each_class_is_named(written, kind):
    assert kind in {span.kind for span in normalise(written).spans}
