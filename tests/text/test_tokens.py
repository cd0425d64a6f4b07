"""Token tables."""

import pytest

from tts.errors import DataError
from tts.text.tokens import BLANK, PAD, SPACE, TokenTable, glow_tts_symbols, intersperse


def test_save_and_load(tmp_path):
    table = TokenTable([PAD, BLANK, SPACE, "a", "ˈoʊ", "#"])
    table.save(tmp_path / "tokens.txt")
    assert (tmp_path / "tokens.txt").read_text("utf-8").split("\n")[4] == "ˈoʊ"
    again = TokenTable.load(tmp_path / "tokens.txt")
    assert again == table
    assert again.sha256 == table.sha256
    assert (again.blank_id, len(again)) == (1, 6)
    assert again.ids(["ˈoʊ", SPACE]) == [4, 2]
    assert [path.name for path in tmp_path.iterdir()] == ["tokens.txt"]


def test_the_order_is_part_of_the_hash():
    assert TokenTable(["a", "b"]).sha256 != TokenTable(["b", "a"]).sha256


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a\nb\na\n", "line 3 repeats 'a' of line 1"),
        ("a\n\nb\n", "line 2 holds ''"),
        ("a\nb c\n", "line 2 holds 'b c'"),
        ("", "holds no symbol"),
    ],
)
def test_a_bad_file_is_named_with_its_line(tmp_path, content, message):
    path = tmp_path / "tokens.txt"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=f"tokens.txt.*{message}"):
        TokenTable.load(path)


def test_a_file_that_is_missing_or_not_text(tmp_path):
    with pytest.raises(DataError, match="No such file"):
        TokenTable.load(tmp_path / "tokens.txt")
    (tmp_path / "tokens.txt").write_bytes(b"\xff\xfe")
    with pytest.raises(DataError, match="not UTF-8"):
        TokenTable.load(tmp_path / "tokens.txt")


def test_lookup_says_once_what_it_replaced():
    table = TokenTable(["a", "aː"])
    found = table.lookup(["a", "ˈa", "ʘ", "ˈa"])
    assert found.replaced == (("a",), ("a",), (), ("a",))
    assert found.warnings == (
        "the token table has no 'ˈa'; read as 'a'",
        "the token table has no 'ʘ' and nothing near it; left out",
    )
    assert table.lookup(["ˈa"], backoff=False).replaced == ((),)
    with pytest.raises(DataError, match="has no 'ˈa'"):
        table.ids(["ˈa"])


def test_intersperse():
    assert intersperse([7, 8], 0) == [0, 7, 0, 8, 0]
    assert intersperse([], 0) == [0]


def test_glow_tts_symbols():
    symbols = glow_tts_symbols()
    assert (len(symbols), len(glow_tts_symbols(blank=False)), len(set(symbols))) == (149, 148, 149)
    places = {PAD: 0, "-": 1, "!": 2, SPACE: 11, "A": 12, "a": 38, "@AA": 64, "@AA0": 65,
              "@ER2": 99, "@HH": 106, "@ZH": 147, BLANK: 148}  # fmt: skip
    assert {s: symbols.index(s) for s in places} == places
