"""Subtitles, JSON and TextGrids, each read back by rules of its own."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path

import pytest

from tts.errors import DataError
from tts.voice.speech import Span
from tts.voice.times import CUE_S, LINE_CHARS, Sentence, cues, target, write_times
from tts.voice.voice import Voice


def sentence(text: str, start_s: float = 0.0, word_s: float = 0.4) -> Sentence:
    """Words of a length each, one after the other, as one token each."""
    words = [word.strip(',.;:"—()') for word in text.split()]
    spans = tuple(
        Span(word, start_s + i * word_s, start_s + (i + 1) * word_s)
        for i, word in enumerate(word for word in words if word)
    )
    return Sentence(text, spans, spans)


LONG = sentence(
    'He said, "I will <not> go & come back" — and then, as the evening fell over the quiet town, '
    "he left it for good; nobody ever asked after him again, not even once in all the years."
)
SHORT = sentence("Yes.", start_s=20.0, word_s=0.2)
QUOTE = sentence('The "a" word.', start_s=21.0)


def seconds(time: str) -> float:
    hours, minutes, rest = time.replace(",", ".").split(":")
    assert re.fullmatch(r"\d\d\.\d{3}", rest)
    return int(hours) * 3600 + int(minutes) * 60 + float(rest)


def test_cues_are_readable() -> None:
    made = list(cues([LONG, SHORT, QUOTE], 25.0))
    for cue in made:
        assert 1 <= len(cue.lines) <= 2 and cue.start_s < cue.end_s <= cue.start_s + CUE_S
        for line in cue.lines:
            assert len(" ".join(word.text for word in line)) <= LINE_CHARS
    shown = [" ".join(word.text for line in cue.lines for word in line) for cue in made]
    assert " ".join(shown[:-2]) == LONG.text  # every sign stays with its word
    assert shown[-2:] == ["Yes.", 'The "a" word.']
    assert all(text[-1] in ",;—." for text in shown)  # cut behind a sign
    short = made[-2]
    assert (short.start_s, short.end_s) == (20.0, 21.0)  # for a second, as there is room
    for before, after in pairwise(made):
        assert before.end_s <= after.start_s


def test_srt(tmp_path: Path) -> None:
    write_times(tmp_path / "a.srt", [LONG, SHORT], 25.0)
    blocks = (tmp_path / "a.srt").read_text().split("\n\n")
    assert blocks.pop() == ""
    for number, block in enumerate(blocks, start=1):
        lines = block.split("\n")
        assert lines[0] == str(number) and 3 <= len(lines) <= 4
        start, arrow, end = lines[1].split(" ")
        assert arrow == "-->" and "," in start and seconds(start) < seconds(end)
    assert "<not> go\n& come" in "".join(blocks)


def test_vtt_holds_the_times_of_words(tmp_path: Path) -> None:
    write_times(tmp_path / "a.vtt", [LONG, SHORT], 3700.0)
    head, *blocks = (tmp_path / "a.vtt").read_text().split("\n\n")
    assert head == "WEBVTT" and blocks.pop() == ""
    found = []
    for block in blocks:
        times, *lines = block.split("\n")
        start, end = map(seconds, times.split(" --> "))
        inner = [seconds(t) for t in re.findall(r"<([\d:.]+)>", block)]
        assert inner == sorted(inner) and all(start < t < end for t in inner)
        found += [start, *inner]
        assert "&lt;not&gt;" in block or "<not>" not in block
        assert not re.search(r"&(?!lt;|gt;|amp;)", "".join(lines))
    n_words = len(LONG.text.replace("— ", "").split()) + 1
    assert len(found) == n_words
    assert found[1] == pytest.approx(0.4)


def test_json(tmp_path: Path) -> None:
    write_times(tmp_path / "a.json", [LONG, QUOTE], 25.0)
    tree = json.loads((tmp_path / "a.json").read_text())
    assert tree["audio_s"] == 25.0
    assert [s["text"] for s in tree["sentences"]] == [LONG.text, QUOTE.text]
    assert tree["sentences"][1]["words"][1] == {"text": "a", "start_s": 21.4, "end_s": 21.8}


def read_textgrid(path: Path) -> dict[str, list[tuple[float, float, str]]]:
    """Tiers of a TextGrid in Praat's long form, each checked to fill its time without a gap."""
    text = path.read_text(encoding="utf-8")
    assert text.startswith('File type = "ooTextFile"\nObject class = "TextGrid"\n\nxmin = 0\n')
    total = float(re.search(r"^xmax = (\S+)$", text, re.MULTILINE)[1])
    tiers = {}
    parts = re.split(r"    item \[\d+\]:\n", text)[1:]
    assert f"size = {len(parts)}\n" in text
    for part in parts:
        assert 'class = "IntervalTier"' in part
        rows = re.findall(
            r"intervals \[(\d+)\]:\n\s+xmin = (\S+)\n\s+xmax = (\S+)\n"
            r"\s+text = \"((?:[^\"]|\"\")*)\"",
            part,
        )
        assert [int(row[0]) for row in rows] == list(range(1, len(rows) + 1))
        assert f"intervals: size = {len(rows)}\n" in part
        spans = [(float(a), float(b), t.replace('""', '"')) for _, a, b, t in rows]
        assert spans[0][0] == 0 and spans[-1][1] == total
        assert all(x[1] == y[0] for x, y in pairwise(spans))
        assert all(a < b for a, b, _ in spans)
        tiers[re.search(r'name = "(.*)"', part)[1]] = spans
    return tiers


def test_textgrid(tmp_path: Path) -> None:
    odd = Sentence(
        'a "b"',
        (Span('"b"', 0.1, 0.5),),
        (Span('"', 0.1, 0.1), Span("b", 0.1, 0.3), Span("'", 0.3, 0.5)),
    )
    write_times(tmp_path / "a.TextGrid", [odd], 1.0)
    tiers = read_textgrid(tmp_path / "a.TextGrid")
    assert list(tiers) == ["words", "tokens"]
    assert tiers["words"] == [(0, 0.1, ""), (0.1, 0.5, '"b"'), (0.5, 1, "")]
    assert [t for *_, t in tiers["tokens"]] == ["", "b", "'", ""]  # what takes no time is left out


def test_times_of_real_speech(voice: Voice, tmp_path: Path) -> None:
    speech = voice.say("A bad cab, dead. A face.")
    spoken = [Sentence(speech.normalised, speech.words, speech.tokens)]
    for kind in ("srt", "vtt", "json", "TextGrid"):
        write_times(tmp_path / f"a.{kind}", spoken, speech.audio_s)
    words = [t for *_, t in read_textgrid(tmp_path / "a.TextGrid")["words"] if t]
    assert words == ["A", "bad", "cab", "dead", "A", "face"]


def test_where_times_go(tmp_path: Path) -> None:
    assert target("srt", "out.wav") == Path("out.srt")
    assert target("textgrid", tmp_path / "a.b.flac") == tmp_path / "a.b.TextGrid"
    assert target(str(tmp_path / "x.vtt"), "out.wav") == tmp_path / "x.vtt"
    with pytest.raises(DataError, match="no kind of times; give one of srt, vtt, json, TextGrid"):
        target("lrc", "out.wav")
    with pytest.raises(DataError, match="make the folder"):
        target(str(tmp_path / "no" / "x.vtt"), "out.wav")
