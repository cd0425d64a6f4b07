"""Which files are measured against which."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from tts.errors import DataError
from tts.report.pairs import pair_up, sounds, texts_of


def fill(folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        soundfile.write(folder / name, np.zeros(10, np.float32), 8000)
    return folder


def test_two_files_are_a_pair_whatever_their_names(tmp_path: Path) -> None:
    fill(tmp_path, "a.wav", "b.flac")
    (pair,), notes = pair_up(tmp_path / "a.wav", tmp_path / "b.flac")
    assert (pair.ref.name, pair.syn.name, notes) == ("a.wav", "b.flac", [])


def test_folders_and_tables_go_by_names(tmp_path: Path) -> None:
    ref = fill(tmp_path / "ref", "u1.wav", "u2.flac", "u3.wav")
    syn = fill(tmp_path / "syn", "u2.wav", "u1.wav", "other.wav")
    table = tmp_path / "wav.scp"
    table.write_text("".join(f"{p.stem} {p}\n" for p in sorted(syn.iterdir())))
    for source in (syn, table, tmp_path):  # the last has the table in it
        pairs, notes = pair_up(ref, source)
        assert [(p.utterance, p.ref.suffix, p.syn.stem) for p in pairs] == [
            ("u1", ".wav", "u1"),
            ("u2", ".flac", "u2"),
        ]
        assert len(notes) == 2 and "u3" in notes[0] and "other" in notes[1]


def test_what_cannot_be_paired(tmp_path: Path) -> None:
    ref, syn = fill(tmp_path / "ref", "a.wav"), fill(tmp_path / "syn", "b.wav")
    with pytest.raises(DataError, match=r"no utterance is in both \(such as a and b\)"):
        pair_up(ref, syn)
    with pytest.raises(DataError, match="no such file"):
        pair_up(ref / "c.wav", syn)
    with pytest.raises(DataError, match=r"nor a wav\.scp"):
        sounds(fill(tmp_path / "none"))
    with pytest.raises(DataError, match=r"has the name of b\.flac"):
        sounds(fill(syn, "b.flac"))
    (tmp_path / "piped.scp").write_text("a sox a.wav - |\n")
    with pytest.raises(DataError, match="is a command"):
        sounds(tmp_path / "piped.scp")


def test_texts(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("a one\nb two\n")
    assert texts_of(tmp_path, ["b"]) == texts_of(tmp_path / "text", ["b"]) == {"b": "two"}
    with pytest.raises(DataError, match="has no text of c"):
        texts_of(tmp_path, ["c"])
