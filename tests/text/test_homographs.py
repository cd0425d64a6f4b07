"""Words with two readings, in sentences of everyday use."""

import re
import time
from pathlib import Path

import pytest

from tts.text.blocks import Inline
from tts.text.homographs import _READINGS, find
from tts.text.phonemise import EspeakPhonemiser

_ROWS = (Path(__file__).parent / "homographs.tsv").read_text(encoding="utf-8").splitlines()
TABLE = [tuple(row.split("\t")) for row in _ROWS]


@pytest.fixture(scope="module")
def espeak():
    return EspeakPhonemiser("en-us")


@pytest.mark.parametrize(("reading", "marked"), TABLE)
def test_readings(reading, marked):
    """The word in brackets."""
    start = marked.index("[")
    text = re.sub(r"[\[\]]", "", marked)
    (found,) = [each for each in find(text) if each.start == start]
    assert found.reading == reading
    assert text[found.start : found.end] == found.word == marked[start + 1 : marked.index("]")]


def test_the_table_is_large_and_has_both_readings_of_the_common_words():
    assert len(TABLE) >= 150
    readings = {}
    for reading, marked in TABLE:
        word = marked[marked.index("[") + 1 : marked.index("]")].lower()
        readings.setdefault(word, set()).add(reading)
    common = (
        "read lead live wind tear bow close use record present object minute content desert "
        "refuse wound bass dove row sow invalid produce separate perfect"
    )
    assert [word for word in common.split() if len(readings.get(word, ())) < 2] == []


SOUNDS = [
    ("She has read it.", "read", "ɹ ˈɛ d"),
    ("They will read it.", "read", "ɹ ˈiː d"),
    ("The pipes are made of lead.", "lead", "l ˈɛ d"),
    ("There is live music.", "live", "l ˈaɪ v"),
    ("They tear it down.", "tear", "t ˈɛɹ"),
    ("We caught a bass in the lake.", "bass", "b ˈæ s"),
    ("They had a terrible row about it.", "row", "ɹ ˈaʊ"),
    ("The sow had piglets.", "sow", "s ˈaʊ"),
    ("There are minute traces.", "minute", "m aɪ n ˈuː t"),
    ("The old invalid could not walk.", "invalid", "ˈɪ n v æ l ɪ d"),
    ("He wound the rope around it.", "wound", "w ˈaʊ n d"),
    ("Do not insult me.", "insult", "ɪ n s ˈʌ l t"),
    ("Label the x and y axes.", "axes", "ˈæ k s iː z"),
    ("He is an associate professor.", "associate", "ɐ s ˈoʊ s ɪ ə t"),
    ("Please excuse me.", "excuse", "ɛ k s k j ˈuː z"),
    ("She speaks Polish.", "Polish", "p ˈoʊ l ɪ ʃ"),
    ("We used to live here.", "used", "j ˈuː s t"),
    ("Send your resume here.", "resume", "ɹ ˈɛ z uː m ˌeɪ"),
]


@pytest.mark.parametrize(("text", "word", "symbols"), SOUNDS)
def test_sounds(espeak, text, word, symbols):
    (found,) = [each for each in find(text) if each.word == word]
    pieces = [text[: found.start], Inline((), word, found.sound), text[found.end :]]
    said = espeak.many([pieces])[0]
    (owner,) = [each for each in said.words if each.text == word]
    assert " ".join(said.symbols[owner.start : owner.end]) == symbols


@pytest.mark.parametrize("language", ["en-us", "en-gb"])
def test_the_readings_of_a_word_sound_different(language):
    phonemiser = EspeakPhonemiser(language)
    texts = [text.replace("[", "").replace("]", "") for _, text in TABLE]
    sounds = {}
    for found in (each for text in texts for each in find(text)):
        said = phonemiser.many([[Inline((), found.word, found.sound)]])[0]
        sounds.setdefault(found.word.lower(), {})[found.reading] = said.symbols
    same = {word for word, of in sounds.items() if len(set(of.values())) < len(of)}
    assert same <= {"upset", "elaborate"}, same


def test_neighbours_sound_as_they_do_in_the_sentence(espeak):
    text = "I read the paper yesterday."
    (found,) = find(text)
    pieces = [text[: found.start], Inline((), "read", found.sound), text[found.end :]]
    whole, cut = espeak.many([[text], pieces])
    changed = [(a, b) for a, b in zip(whole.symbols, cut.symbols, strict=True) if a != b]
    assert changed == [("ˈiː", "ˈɛ")]


def test_every_reading_can_be_chosen_in_any_place():
    for word in _READINGS:
        for text in (word, f"{word} {word}", f"the {word}.", f"to {word}, and", f"{word}s"):
            for found in find(text):
                assert found.reading and found.sound.phrase


def test_time_grows_with_the_text():
    start = time.process_time()
    find("read the live record, " * 5000)
    assert time.process_time() - start < 20.0  # backtracking takes minutes
