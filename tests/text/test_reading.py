"""Items of a document made ready to phonemise."""

from functools import partial

from tts.text.blocks import Cut, Inline
from tts.text.frontend import Frontend, FrontendConfig
from tts.text.lexicon import Lexicon
from tts.text.markup import ARPABET_BLOCKS, PHONE_BLOCKS, parse
from tts.text.normalise import normalise
from tts.text.reading import Reader, normalise_marked


def read(text, normaliser="english", style=PHONE_BLOCKS, lexicon=None, homographs=False):
    reader = Reader(
        partial(normalise, normaliser=normaliser), lexicon or Lexicon(), homographs, tuple
    )
    return reader.read(text, parse(text, style).items)


def test_text_is_normalised_around_blocks():
    reading = read("In 1905 [[ h ə ]] came,\n2 ")
    assert reading.pieces == (
        "In nineteen oh five ",
        Inline(("h", "ə")),
        " came, two ",
    )
    assert reading.normalised == "In nineteen oh five [[ h ə ]] came, two "


def test_blocks_of_the_released_models():
    assert read("a {b", "none", ARPABET_BLOCKS).pieces == ("a {b",)
    assert read("{}x}", "none", ARPABET_BLOCKS).pieces == (Inline(("@}x",)),)
    assert read("{A}", "none", None).pieces == ("{A}",)


def test_warnings_of_all_pieces_are_kept():
    assert len(read("⠿ [[h]] 𐎀").warnings) == 2


def test_the_lexicon_finds_words_as_written_and_as_spoken():
    lexicon = Lexicon.from_words({"Dr": '"doc"', "SQL": "s", "dollars": "b", "5 kg": "k"})
    reading = read("Dr. SQL owes $5 or 5 kg.", lexicon=lexicon)
    assert reading.normalised == "Doctor SQL owes five dollars or 5 kg."
    words = [piece.word for piece in reading.pieces if isinstance(piece, Inline)]
    assert words == ["SQL", "dollars", "5 kg"]


def test_homographs_are_set_apart():
    reading = read("I read it in 1999.", homographs=True)
    assert [(s.written, s.kind, s.spoken) for s in reading.spans] == [
        ("read", "homograph", "past"),
        ("1999", "year", "nineteen ninety-nine"),
    ]
    inline = reading.pieces[1]
    assert isinstance(inline, Inline) and inline.word == "read" and inline.sound is not None


def test_the_speed_cuts():
    reading = read('a <prosody rate="2">b</prosody> c')
    assert reading.pieces == ("a ", Cut(), "b", Cut(), " c")
    assert reading.rates == (1.0, 2.0, 1.0)


def test_normalise_marked():
    reading = normalise_marked(" [pause 1s] $5 [[h]] <emphasis>")
    assert reading.normalised.startswith("five dollars [[h]]")
    assert reading.spans[0].start == 12


def test_letters_and_words_in_capitals():
    frontend = Frontend.from_symbols(FrontendConfig(blank=False))
    assert " ".join(frontend("[spell A] is [spell A1]").symbols).count("ˈeɪ") == 2
    assert " ".join(frontend("READ IT NOW").symbols) == "ɹ ˈiː d <space> ɪ t <space> n ˈaʊ"
    assert " ".join(frontend("A cat").symbols).startswith("ɐ <space>")
