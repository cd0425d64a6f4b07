"""Data dirs are read as they were written, and refused when their files disagree."""

from dataclasses import replace

import pytest

from tts.data import datadir
from tts.data.datadir import DataDir, Segment
from tts.data.tables import read_table, write_table
from tts.errors import DataError


def test_round_trip(corpus, tmp_path):
    assert datadir.read(corpus.path) == corpus
    assert corpus.spk2utt == {
        "anna": ["anna_0", "anna_1", "anna_2"],
        "bert": corpus.utterances[3:],
    }
    assert read_table(corpus.path / "spk2utt")["anna"] == "anna_0 anna_1 anna_2"


def test_segments_and_languages_round_trip(tmp_path):
    data = DataDir(
        path=tmp_path / "d",
        wav_scp={"rec1": "sox a.mp3 -t wav - |"},
        text={"b": "two", "a": "one"},
        utt2spk={"b": "s", "a": "s"},
        segments={"b": Segment("rec1", 7201.25, 7202.500125), "a": Segment("rec1", 0.0, 1.234567)},
        utt2lang={"a": "en-us", "b": "de"},
    )
    written = datadir.write(data, tmp_path / "d")
    found = datadir.read(tmp_path / "d")
    assert found == written and found.utterances == ["a", "b"]
    assert found.segments == data.segments and found.utt2lang == data.utt2lang
    assert found.recording("a") == "rec1"
    plain = replace(found, segments=None, utt2lang=None, wav_scp={"a": "a.wav", "b": "b.wav"})
    datadir.write(plain, tmp_path / "d")
    assert datadir.read(tmp_path / "d").segments is None


def test_only_keeps_what_is_needed(corpus):
    part = corpus.only(["bert_1", "anna_0"])
    assert part.utterances == ["anna_0", "bert_1"] == list(part.wav_scp) == list(part.text)


def test_unsorted_is_refused(corpus):
    path = corpus.path / "text"
    path.write_text("".join(reversed(path.read_text().splitlines(keepends=True))))
    with pytest.raises(DataError, match=r"text:2: not sorted: bert_1 comes after bert_2"):
        datadir.read(corpus.path)


@pytest.mark.parametrize("name", ["wav.scp", "text", "utt2spk"])
def test_missing_file_and_missing_utterance(corpus, name):
    table = read_table(corpus.path / name)
    write_table(corpus.path / name, {u: v for u, v in table.items() if u != "bert_0"})
    with pytest.raises(DataError, match=rf"{name}: bert_0 of \S+ is missing"):
        datadir.read(corpus.path)
    (corpus.path / name).unlink()
    with pytest.raises(DataError, match=rf"{name}: no such file"):
        datadir.read(corpus.path)


def test_no_folder(tmp_path):
    with pytest.raises(DataError, match="no such data dir"):
        datadir.read(tmp_path / "nothing")


@pytest.mark.parametrize("value", ["rec1 1.0", "rec1 2 1", "rec1 a b", "rec1 -1 2", "rec1 0 inf"])
def test_bad_segments_are_named_with_their_line(tmp_path, value):
    tables = {"wav.scp": {"rec1": "a.wav"}, "text": {"a": "x", "b": "y"}}
    tables |= {"utt2spk": {"a": "s", "b": "s"}, "segments": {"a": "rec1 0 1", "b": value}}
    for name, table in tables.items():
        write_table(tmp_path / name, table)
    with pytest.raises(DataError, match=r"segments:2: b has '.*', expected `recording start end`"):
        datadir.read(tmp_path)


def test_segment_of_an_unknown_recording(tmp_path):
    tables = {"wav.scp": {"rec1": "a.wav"}, "text": {"a": "x"}}
    tables |= {"utt2spk": {"a": "s"}, "segments": {"a": "rec2 0 1"}}
    for name, table in tables.items():
        write_table(tmp_path / name, table)
    with pytest.raises(DataError, match=r"wav\.scp: rec2 of segments \(a\) is missing"):
        datadir.read(tmp_path)
