"""Vectors of speakers: written and read, brought by a person, heard in recordings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from safetensors.numpy import save_file

from tts.contracts import Contract
from tts.data import speaker_vectors
from tts.data.speaker_vectors import (
    ENCODER_FILE,
    FILE,
    SpeakerVectors,
    embed,
    embed_file,
    import_given,
    of_speakers,
    read,
    read_given,
    unit,
    write,
)
from tts.errors import DataError

CONTRACT = Contract(sample_rate_hz=4000, hop=16, n_fft=64, win=64, channels=8, fmax_hz=2000.0)
EAST, NORTH = np.array([1, 0], np.float32), np.array([0, 1], np.float32)


class Levels(torch.nn.Module):
    """An encoder that hears how loud the first and the second half of the speech are."""

    def __init__(self) -> None:
        super().__init__()
        self.contract, self.speaker_vector = CONTRACT, 2
        self.gain = torch.nn.Parameter(torch.ones(1))
        self.lengths: list[int] = []

    def embed(self, wav: torch.Tensor) -> torch.Tensor:
        self.lengths.append(wav.shape[1])
        halves = torch.stack([half.abs().mean(1) for half in wav.chunk(2, 1)], 1)
        return torch.nn.functional.normalize(self.gain * halves)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    vectors = SpeakerVectors({"anna": EAST, "übel:1": NORTH}, {"anna": NORTH, "u 1": EAST}, "ab12")
    write(vectors, tmp_path / FILE)
    found = read(tmp_path / FILE)
    assert (found.encoder, found.size) == ("ab12", 2)
    for name, vector in vectors.speakers.items():
        assert np.array_equal(found.speakers[name], vector)
    assert {n: v.tolist() for n, v in found.utterances.items()} == {"anna": [0, 1], "u 1": [1, 0]}


def test_a_speaker_is_the_mean_of_the_utterances() -> None:
    found = of_speakers({"u0": EAST, "u1": NORTH, "u2": NORTH}, {"u0": "a", "u1": "a", "u2": "b"})
    np.testing.assert_allclose(found["a"], np.sqrt([0.5, 0.5]), rtol=1e-6)
    assert list(found) == ["a", "b"] and np.array_equal(found["b"], NORTH)
    with pytest.raises(DataError, match="mean vector of a: all numbers are zero"):
        of_speakers({"u0": EAST, "u1": -EAST}, {"u0": "a", "u1": "a"})


def broken(kind: str, path: Path) -> None:
    if kind == "text":
        path.write_text("hello")
    elif kind == "other":
        save_file({"weight": EAST}, path)
    elif kind == "sizes":
        save_file({"speaker:a": EAST, "utterance:u": np.ones(3, np.float32)}, path)
    elif kind == "nan":
        save_file({"speaker:a": np.array([1, np.nan], np.float32)}, path)
    elif kind == "nobody":
        save_file({"utterance:u": EAST}, path)


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("none", "no such file; make it with `tts extract"),
        ("text", "not vectors of speakers"),
        ("other", "not vectors of speakers"),
        ("sizes", "u has 3 numbers, a has 2"),
        ("nan", "speaker:a: number 2 is nan"),
        ("nobody", "holds no speaker"),
    ],
)
def test_a_file_that_cannot_be_used(tmp_path: Path, kind: str, message: str) -> None:
    broken(kind, tmp_path / FILE)
    with pytest.raises(DataError, match=message):
        read(tmp_path / FILE)


def test_vectors_of_every_layout_are_taken_over(tmp_path: Path) -> None:
    np.save(tmp_path / "anna.npy", [[3.0, 4.0]])
    np.savez(tmp_path / "two.npz", bert=np.array([0, 5]), cleo=np.array([-2.0, 0]))
    (tmp_path / "rest.csv").write_text("name,x,y\ndora, 1,1\n\nemil,0,-1\n")
    (tmp_path / "last.tsv").write_text("fred\t6\t8e0\n")
    files = [tmp_path / name for name in ("anna.npy", "two.npz", "rest.csv", "last.tsv")]
    made = import_given(files, tmp_path / FILE)
    found = read(tmp_path / FILE)
    assert found.encoder == "given" and not found.utterances
    assert sorted(made.speakers) == ["anna", "bert", "cleo", "dora", "emil", "fred"]
    assert found.speakers.keys() == made.speakers.keys()
    expected = {"anna": [0.6, 0.8], "bert": [0, 1], "cleo": [-1, 0], "fred": [0.6, 0.8]}
    for name, vector in expected.items():
        np.testing.assert_allclose(found.speakers[name], vector, rtol=1e-6)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a 1 2\nb 1 2 3\n", r"x\.csv:2: b has 3 numbers, a has 2"),
        ("a 1 2\nb 1 two\n", r"x\.csv:2: expected a name and then numbers"),
        ("a 1 nan\n", r"x\.csv: a: number 2 is nan"),
        ("a 0 0\n", r"x\.csv: a: all numbers are zero"),
        ("a 1 2\na 1 2\n", r"x\.csv: a: is given twice"),
        ("a 1\n", "expected one row of two numbers"),
        ("\n\n", "no file of vectors"),
        (b"\xff\xfe\x00", "not a text file"),
    ],
)
def test_lines_that_are_no_vectors(tmp_path: Path, content: str | bytes, message: str) -> None:
    data = content if isinstance(content, bytes) else content.encode()
    (tmp_path / "x.csv").write_bytes(data)
    with pytest.raises(DataError, match=message) as error:
        read_given([tmp_path / "x.csv"])
    assert "\n" not in str(error.value)


def test_arrays_that_are_no_vectors(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.ones((3, 4)))
    with pytest.raises(DataError, match=r"a\.npy: a: 3 x 4, expected one row"):
        read_given([tmp_path / "a.npy"])
    np.save(tmp_path / "b.npy", np.array(["x", "y"]))
    with pytest.raises(DataError, match="not a row of numbers"):
        read_given([tmp_path / "b.npy"])
    np.save(tmp_path / "c.npy", np.array([{}]), allow_pickle=True)
    with pytest.raises(DataError, match="not an array of numbers"):
        read_given([tmp_path / "c.npy"])
    np.save(tmp_path / "d.npy", np.ones(3))
    np.save(tmp_path / "e.npy", np.ones(4))
    with pytest.raises(DataError, match="e has 4 numbers, d has 3"):
        read_given([tmp_path / "d.npy", tmp_path / "e.npy"])
    with pytest.raises(DataError, match="is a folder; name the files"):
        read_given([tmp_path])
    with pytest.raises(DataError, match="no such file"):
        read_given([tmp_path / "f.npy"])


def test_a_recording_is_heard_at_the_encoders_rate(tmp_path: Path) -> None:
    time_s = np.arange(16_000) / 16_000
    soundfile.write(tmp_path / "a.wav", 0.3 * np.sin(2000 * time_s) * time_s, 16_000)
    encoder = Levels()
    vector = embed_file(encoder, tmp_path / "a.wav")
    assert encoder.lengths == [4000] and vector.dtype == np.float32
    np.testing.assert_allclose(vector, unit(np.array([1.0, 3.0]), "x"), atol=0.01)


def test_long_speech_is_heard_in_pieces() -> None:
    encoder = Levels()
    wav = np.linspace(0.1, 0.9, 50 * 4000, dtype=np.float32)
    vector = embed(encoder, wav)
    assert len(encoder.lengths) == 3 and sum(encoder.lengths) == len(wav)
    assert np.linalg.norm(vector) == pytest.approx(1)


@pytest.mark.parametrize(
    ("wav", "message"),
    [
        (np.full(1000, 0.1, np.float32), "x: 0.25 s are too short"),
        (np.zeros(8000, np.float32), "x: silence"),
        (np.zeros(0, np.float32), "too short"),
    ],
)
def test_recordings_that_tell_nothing(wav: np.ndarray, message: str) -> None:
    with pytest.raises(DataError, match=message):
        embed(Levels(), wav, "x")


def test_vectors_are_copied_with_their_encoder_alone(tmp_path: Path) -> None:
    for folder in ("from", "to"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / ENCODER_FILE).write_text(folder)
    write(SpeakerVectors({"anna": EAST}, {}, "ab12"), tmp_path / "from" / FILE)
    speaker_vectors.copy(tmp_path / "from" / FILE, tmp_path / "to")
    assert (tmp_path / "to" / ENCODER_FILE).read_text() == "from"
    write(SpeakerVectors({"anna": EAST}), tmp_path / "from" / FILE)
    speaker_vectors.copy(tmp_path / "from" / FILE, tmp_path / "to")
    assert read(tmp_path / "to" / FILE).encoder == "given"
    assert not (tmp_path / "to" / ENCODER_FILE).exists()
