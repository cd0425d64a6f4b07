"""Blocks of symbols inside a text."""

from tts.text.blocks import ARPABET_BLOCKS, PHONE_BLOCKS, Inline, read


def test_text_is_normalised_around_blocks():
    reading = read("In 1905 [[ h ə ]] came,\n2 ", "english", PHONE_BLOCKS)
    assert reading.pieces == ("In nineteen oh five ", Inline(("h", "ə")), " came, two ")
    assert reading.normalised == "In nineteen oh five [[ h ə ]] came, two "


def test_unclosed_and_empty_blocks_are_text():
    assert read("a {b", "none", ARPABET_BLOCKS).pieces == ("a {b",)
    assert read("{}", "none", ARPABET_BLOCKS).pieces == ("{}",)
    assert read("{}x}", "none", ARPABET_BLOCKS).pieces == (Inline(("@}x",)),)
    assert read("{A}", "none", None).pieces == ("{A}",)


def test_warnings_of_all_pieces_are_kept():
    reading = read("😀 [[h]] ☂", "english", PHONE_BLOCKS)
    assert len(reading.warnings) == 2
