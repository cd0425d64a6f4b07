"""Kaldi's tables: read strictly, scanned leniently, written sorted."""

import pytest

from tts.data.tables import read_table, scan_table, write_table
from tts.errors import DataError


def test_round_trip_is_sorted_by_bytes(tmp_path):
    values = {"b": "2", "B": "1", "ä": "4  spaces", "a_1": "3", "a-1": 7}
    write_table(tmp_path / "t", values)
    assert list(read_table(tmp_path / "t")) == ["B", "a-1", "a_1", "b", "ä"]
    assert read_table(tmp_path / "t")["ä"] == "4  spaces"
    lines = (tmp_path / "t").read_bytes().splitlines()
    assert lines == sorted(lines)


def test_tabs_and_dos_ends_are_taken(tmp_path):
    (tmp_path / "t").write_bytes(b"a\tone two\r\nb   three\r\n")
    assert read_table(tmp_path / "t") == {"a": "one two", "b": "three"}


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"b 1\na 2\n", r"t:2: not sorted: a comes after b; run `LC_ALL=C sort -o"),
        (b"a 1\na 2\n", r"t:2: a is on line 1 already"),
        (b"a 1\nb\n", r"t:2: b has no value"),
        (b"a 1\n\nb 2\n", r"t:2: an empty line"),
        (b"a \xff\n", r"t: not UTF-8 at byte 2; convert it: iconv"),
        (b"", r"t.*: (holds no lines|an empty line)"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path, content, what):
    (tmp_path / "t").write_bytes(content)
    with pytest.raises(DataError, match=what):
        read_table(tmp_path / "t")


def test_missing_file(tmp_path):
    with pytest.raises(DataError, match="t: no such file"):
        read_table(tmp_path / "t")


def test_scan_reads_on(tmp_path):
    (tmp_path / "t").write_text("b 1\na 2\nb 3\nc\nd 4\n")
    table = scan_table(tmp_path / "t")
    assert table.values == {"b": "1", "a": "2", "c": "", "d": "4"}
    assert [p.line for p in table.problems] == [2, 3, 4]
    assert [p.key for p in table.problems] == ["", "", "c"]
    assert table.lines["d"] == 5


def test_empty_values_only_where_they_may_be(tmp_path):
    (tmp_path / "t").write_text("a\nb x\n")
    assert read_table(tmp_path / "t", allow_empty=True) == {"a": "", "b": "x"}
