"""A user's own pronunciations."""

import time

import pytest

from tts.errors import DataError
from tts.text.lexicon import Lexicon


def hits(lexicon, text):
    return [(text[h.start : h.end], " ".join(h.symbols) or h.said) for h in lexicon.find(text)]


@pytest.fixture
def lexicon():
    return Lexicon.from_words(
        {
            "Nguyen": "w ˈɪ n",
            "polish": "p ˈɑː l ɪ ʃ",
            "Polish": "p ˈoʊ l ɪ ʃ",
            "New York": "n uː j ˈɔːɹ k",
            "new": "n j ˈuː",
            "C++": "s ˈiː p l ˌʌ s",
            "kubectl": '"cube control"',
            "US": "j ˌuː ˈɛ s",
            "cat": "k ˈæ t",
            "can": "k ˈæ n",
            "Alice": "ˈæ l ɪ s",
        }
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ms. Nguyen's car", [("Nguyen's", "w ˈɪ n z")]),
        ("NGUYEN and nguyen", [("NGUYEN", "w ˈɪ n")]),
        ("Polish polish POLISH", [("Polish", "p ˈoʊ l ɪ ʃ"), ("polish", "p ˈɑː l ɪ ʃ"),
                                  ("POLISH", "p ˈoʊ l ɪ ʃ")]),
        ("new New\n York, NEW", [("new", "n j ˈuː"), ("New\n York", "n uː j ˈɔːɹ k"),
                                 ("NEW", "n j ˈuː")]),
        ("in C++.", [("C++", "s ˈiː p l ˌʌ s")]),
        ("kubectl's", [("kubectl's", "cube control's")]),
        ("tell us US", [("US", "j ˌuː ˈɛ s")]),
        ("cat’s Alice's", [("cat’s", "k ˈæ t s"), ("Alice's", "ˈæ l ɪ s ɪ z")]),
        ("can't cats concat", []),
        ("pre-cat-post", [("cat", "k ˈæ t")]),
        ("", []),
    ],
)  # fmt: skip
def test_find(lexicon, text, expected):
    assert hits(lexicon, text) == expected


def test_file_round_trip(lexicon, tmp_path):
    lexicon.save(tmp_path / "a.txt")
    again = Lexicon.load(tmp_path / "a.txt")
    text = "Nguyen, New York, kubectl, C++"
    assert hits(again, text) == hits(lexicon, text)
    assert len(again) == len(lexicon)


def test_file_forms(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text(
        '\ufeff# a comment\n\nab  h ə\ncd\t[[ l ˈoʊ ]]\nef gh\t"some words"\n', "utf-8"
    )
    assert hits(Lexicon.load(path), "ab cd ef gh") == [
        ("ab", "h ə"),
        ("cd", "l ˈoʊ"),
        ("ef gh", "some words"),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("hello\n", r"line 1: expected a word, a tab and its phonemes"),
        ("a\th ə\n\nA b\tx\na\ty\n", r"line 4 repeats 'a' of line 1"),
        ('a\t""\n', r"line 1: the text to say for 'a' is empty"),
        ("a\t[[ ]]\n", r"line 1: no phonemes for 'a'"),
        ("\th ə\n", r"line 1: expected a word"),
    ],
)
def test_bad_files_name_the_line(tmp_path, content, message):
    (tmp_path / "a.txt").write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=message):
        Lexicon.load(tmp_path / "a.txt")


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(DataError, match="No such file"):
        Lexicon.load(tmp_path / "none")
    (tmp_path / "latin").write_bytes(b"caf\xe9 x\n")
    with pytest.raises(DataError, match="not UTF-8"):
        Lexicon.load(tmp_path / "latin")


def test_more_words_go_first(lexicon):
    both = lexicon.with_more(Lexicon.from_words({"cat": "d ˈɔ ɡ"}))
    assert hits(both, "cat can") == [("cat", "d ˈɔ ɡ"), ("can", "k ˈæ n")]
    assert hits(Lexicon(), "cat") == [] and not Lexicon()


def test_time_grows_with_the_text(lexicon):
    start = time.process_time()
    lexicon.find("new york new York C+ C++ cat's " * 3000)
    assert time.process_time() - start < 20.0  # backtracking takes minutes
