"""The cleaners of released English models; expected values were taken from the original."""

import time

import pytest

from tts.text.tacotron import basic, tacotron, transliteration

TABLE = [
    ("In 1905, Dr. Smith", "in nineteen oh five, doctor smith"),
    ("1001 1100 2000 2001", "ten oh one eleven hundred two thousand two thousand one"),
    ("2010 3000", "twenty ten three thousand"),
    ("002005", "two thousand five"),
    ("1,234,567", "one million, two hundred thirty-four thousand, five hundred sixty-seven"),
    ("$1.50", "one dollar, fifty cents"),
    ("$1", "one dollar"),
    ("$0.01", "one cent"),
    ("$0", "zero dollars"),
    ("$1.2.3", "one point two.three dollars"),
    ("$3.5", "three dollars, five cents"),
    ("£20", "pstwenty"),
    ("€5", "eurfive"),
    ("3.14", "three point fourteen"),
    ("21st 101st 1001ST", "twenty-first one hundred and first one thousand and first"),
    ("21th 0th", "twenty-first zeroth"),
    ("Mrs. Mr. Drs. St. Co. Ft.", "misess mister doctors saint company fort"),
    ("jr.rev.", "juniorrev."),
    ("Müller\t“x” — y…", 'muller "x" -- y...'),
    ("  a  b ", " a b "),
    ("1" + "0" * 33, "one decillion"),
]  # fmt: skip


@pytest.mark.parametrize(("written", "cleaned"), TABLE)
def test_equals_the_original(written, cleaned):
    assert tacotron(written) == cleaned


def test_numbers_on_which_the_original_stops():
    assert tacotron("1" + "0" * 36).startswith("one zero zero")
    assert tacotron("$,5") == "five dollars"


def test_plainer_cleaners():
    assert basic(" Für  £5\n") == " für £5 "
    assert transliteration(" Für  £5\n") == " fur ps5 "


@pytest.mark.parametrize("piece", ["1", "1,", "$", "$1.", "1.", "mr.", " "])
def test_time_grows_with_the_text(piece):
    start = time.process_time()
    tacotron(piece * (30_000 // len(piece)))
    assert time.process_time() - start < 20.0  # backtracking takes minutes
