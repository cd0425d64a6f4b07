"""Corpora become data dirs, line by line, and are split for good."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from tts.data import datadir
from tts.data.corpus import (
    import_columns,
    import_corpus,
    import_kaldi,
    import_ljspeech,
    split,
    split_into,
)
from tts.data.datadir import DataDir
from tts.errors import DataError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "My Voice"
    (folder / "wavs").mkdir(parents=True)
    for name in ("b-2.wav", "a-1.flac", "c-3.wav"):
        soundfile.write(folder / "wavs" / name, np.ones(100) * 0.1, 16_000)
    return folder


def metadata(folder: Path, text: str) -> None:
    (folder / "metadata.csv").write_text(text, encoding="utf-8")


def test_ljspeech(folder, tmp_path):
    metadata(folder, 'b-2|Dr. "B|Doctor "B\na-1|plain\n\nc-3|raw||dora smith\n')
    data = import_ljspeech(folder, tmp_path / "data")
    assert data == datadir.read(tmp_path / "data")
    assert data.text == {"a-1": "plain", "b-2": 'Doctor "B', "c-3": "raw"}
    assert data.utt2spk == {"a-1": "My_Voice", "b-2": "My_Voice", "c-3": "dora_smith"}
    assert data.wav_scp["a-1"] == str(folder / "wavs" / "a-1.flac")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("a-1|x\na-1|y\n", r"metadata\.csv:2: a-1 stands at .*metadata\.csv:1 already"),
        ("a-1|x\nd-4|y\n", r"metadata\.csv:2: no .*d-4\.wav"),
        ("a-1|x\nb-2| . |\n", r"metadata\.csv:2: b-2 has no text"),
        ("a-1 x\n", r"metadata\.csv:1: 1 columns; expected id\|text"),
        ("a-1|x|y|z|w\n", r"metadata\.csv:1: 5 columns"),
        ("\n\n", r"metadata\.csv: holds no lines"),
    ],
)
def test_bad_lines_are_named(folder, tmp_path, text, what):
    metadata(folder, text)
    with pytest.raises(DataError, match=what):
        import_ljspeech(folder, tmp_path / "data")
    assert not (tmp_path / "data").exists()


def test_not_a_corpus(tmp_path):
    with pytest.raises(DataError, match=r"metadata\.csv: no such file"):
        import_ljspeech(tmp_path, tmp_path / "data")
    (tmp_path / "metadata.csv").write_bytes(b"a|caf\xe9\n")
    with pytest.raises(DataError, match="not UTF-8 at byte 5; convert it: iconv"):
        import_ljspeech(tmp_path, tmp_path / "data")


@pytest.mark.parametrize("separator", ["\t", "|"])
def test_columns(folder, tmp_path, separator):
    file = folder / "list.txt"
    lines = [f"wavs/a-1.flac{separator}one", f"{folder / 'wavs' / 'b-2.wav'}{separator}two|too"]
    file.write_text("\n".join(lines))
    data = import_columns(file, tmp_path / "data", speaker="anna")
    assert data.text == {"a-1": "one", "b-2": "two|too"} and set(data.utt2spk.values()) == {"anna"}
    assert import_columns(file, tmp_path / "data").utt2spk["a-1"] == "list"
    file.write_text("wavs/a-1.flac one\n")
    with pytest.raises(DataError, match=r"list\.txt:1: no tab and no \|"):
        import_columns(file, tmp_path / "data")
    file.write_text("wavs/a-9.flac\tone\n")
    with pytest.raises(DataError, match=r"list\.txt:1: wavs/a-9\.flac: no such file"):
        import_columns(file, tmp_path / "data")


def test_kaldi_dirs_are_copied_if_in_order(corpus, tmp_path):
    copied = import_corpus("kaldi", corpus.path, tmp_path / "copy")
    assert copied.text == corpus.text and datadir.read(tmp_path / "copy") == copied
    (corpus.path / "text").unlink()
    with pytest.raises(DataError, match="text: no such file"):
        import_kaldi(corpus.path, tmp_path / "other")


def many(n: int = 100) -> DataDir:
    names = [f"u{i:03d}" for i in range(n)]
    speakers = {u: f"s{i % 7}" for i, u in enumerate(names)}
    return DataDir(Path("d"), {u: f"{u}.wav" for u in names}, dict.fromkeys(names, "x"), speakers)


def test_split_shares_nothing_and_repeats_itself():
    data = many()
    parts = split(data, 7, 14, seed=1)
    held = [*parts.dev.utterances, *parts.eval.utterances]
    assert len(held) == len(set(held)) == 21
    assert sorted([*held, *parts.train.utterances]) == data.utterances
    assert split(data, 7, 14, seed=1) == parts != split(data, 7, 14, seed=2)
    assert set(parts.dev.spk2utt) == set(parts.eval.spk2utt) == set(data.spk2utt)
    assert split(data, 7, 0, seed=1).train.wav_scp.keys() == set(data.wav_scp) - set(
        split(data, 7, 0, seed=1).dev.wav_scp
    )


def test_split_by_order_takes_the_last():
    parts = split(many(), 2, 3, seed=None)
    assert parts.eval.utterances == ["u097", "u098", "u099"]
    assert parts.dev.utterances == ["u095", "u096"]


def test_split_leaves_each_speaker_something():
    parts = split(many(10), 1, 2, seed=0)
    assert set(parts.train.utt2spk.values()) == {f"s{i}" for i in range(7)}
    with pytest.raises(DataError, match=r"cannot hold out 2 \+ 2 of 10 .* hold out 3 at most"):
        split(many(10), 2, 2, seed=0)
    with pytest.raises(DataError, match="hold out 9 at most"):
        split(many(10), 5, 5, seed=None)


def test_split_into_folders(corpus, tmp_path):
    split_into(corpus.path, tmp_path / "parts", 2, 0)
    assert len(datadir.read(tmp_path / "parts" / "train").utterances) == 4
    assert len(datadir.read(tmp_path / "parts" / "dev").utterances) == 2
    assert not (tmp_path / "parts" / "eval").exists()
