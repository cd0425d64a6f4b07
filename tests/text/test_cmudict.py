"""The symbols of released Glow-TTS models."""

import pytest

from tts.errors import DataError, TextError
from tts.text.cmudict import load_cmudict
from tts.text.frontend import Frontend, FrontendConfig

DICTIONARY = """;;; a comment
!EXCLAMATION-POINT  EH2 K
'TIS  T IH1 Z
HELLO  HH AH0 L OW1
HELLO(1)  HH EH0 L OW1
WORLD  W ER1 L D
BAD  XX YY
"""


@pytest.fixture
def dictionary(tmp_path):
    path = tmp_path / "dict"
    path.write_text(DICTIONARY, encoding="latin-1")
    return str(path)


def frontend(path, blank=False):
    config = FrontendConfig(
        normaliser="tacotron", phonemiser="cmudict", blank=blank, cmudict_file=path
    )
    return Frontend.from_symbols(config)


def test_first_pronunciations_of_valid_entries(dictionary):
    entries = load_cmudict(dictionary)
    assert set(entries) == {"'TIS", "HELLO", "WORLD"}
    assert entries["HELLO"] == ("@HH", "@AH0", "@L", "@OW1")


@pytest.mark.parametrize(
    ("text", "symbols"),
    [
        ("Hello world", "@HH @AH0 @L @OW1 <space> @W @ER1 @L @D"),
        ("hello, world !", "h e l l o , <space> @W @ER1 @L @D <space> !"),
        ("'tis a", "@T @IH1 @Z <space> a"),
        ("hello {W ER1} hello", "h e l l o <space> @W @ER1 <space> @HH @AH0 @L @OW1"),
        ("hello {W}", "h e l l o <space> @W"),
        ("hello ", "@HH @AH0 @L @OW1 <space>"),
        ("a {ZZ}", "a"),
        ("hello{W", "h e l l o w"),
    ],
)
def test_the_mix_of_sounds_and_letters(dictionary, text, symbols):
    assert " ".join(frontend(dictionary)(text).symbols) == symbols


def test_without_a_dictionary_all_is_spelled():
    assert (
        " ".join(frontend(None)("hello {W} a ").symbols)
        == "h e l l o <space> @W <space> a <space>"
    )


def test_ids_are_those_of_the_released_models(dictionary):
    assert frontend(dictionary)("Hello, a").ids == (45, 42, 49, 49, 52, 6, 11, 38)
    assert frontend(dictionary, blank=True)("hello").ids == (
        148, 106, 148, 73, 148, 117, 148, 123, 148,
    )  # fmt: skip


def test_what_has_no_symbol_is_named(dictionary):
    tokens = frontend(dictionary)("a_b 50% {QQ}")
    assert "".join(tokens.symbols) == "ab<space>fifty"
    assert [w.split()[3] for w in tokens.warnings] == ["'_'", "'%'", "'@QQ'"]
    with pytest.raises(TextError, match="nothing to speak"):
        frontend(dictionary)("?!")


def test_words(dictionary):
    tokens = frontend(dictionary)("hello, world")
    assert [(w.text, w.start, w.end) for w in tokens.words] == [("hello,", 0, 6), ("world", 7, 11)]


def test_a_bad_dictionary(tmp_path):
    with pytest.raises(DataError, match="cannot be read"):
        load_cmudict(tmp_path / "none")
    (tmp_path / "empty").write_text("hello\n")
    with pytest.raises(DataError, match="holds no entry"):
        load_cmudict(tmp_path / "empty")
