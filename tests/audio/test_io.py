"""What is written is what is read, and every bad file is one clear line."""

from pathlib import Path
from unittest import mock

import numpy as np
import pytest
import soundfile

from tts.audio import io
from tts.errors import DataError

RATE_HZ = 22_050


@pytest.fixture
def samples() -> np.ndarray:
    return (0.2 * np.random.default_rng(0).standard_normal(5000)).astype(np.float32)


@pytest.mark.parametrize("extension", ["wav", "flac"])
def test_sixteen_bits_survive_unchanged(tmp_path, samples, extension):
    path = tmp_path / f"a.{extension}"
    io.write(path, samples, RATE_HZ)
    once, rate_hz = io.read(path)
    assert rate_hz == RATE_HZ and once.dtype == np.float32 and once.shape == samples.shape
    assert np.abs(once - samples).max() <= 0.5 / 32768
    io.write(path, once, RATE_HZ)
    assert np.array_equal(io.read(path)[0], once)


def test_every_sixteen_bit_value_round_trips(tmp_path):
    values = np.arange(-32768, 32768, dtype=np.int16)
    soundfile.write(tmp_path / "a.wav", values, RATE_HZ, subtype="PCM_16")
    io.write(tmp_path / "b.wav", io.read(tmp_path / "a.wav")[0], RATE_HZ)
    assert np.array_equal(soundfile.read(tmp_path / "b.wav", dtype="int16")[0], values)


def test_loud_samples_are_clipped_not_wrapped(tmp_path):
    io.write(tmp_path / "a.wav", np.array([1.5, -1.5, 1.0, -1.0, 0.0], dtype=np.float32), RATE_HZ)
    found = io.read(tmp_path / "a.wav")[0]
    assert np.allclose(found, [1, -1, 1, -1, 0], atol=1 / 32768)


@pytest.mark.parametrize("extension", ["ogg", "mp3"])
def test_lossy_formats_sound_alike(tmp_path, extension):
    tone = 0.5 * np.sin(np.arange(200_000) * 2 * np.pi * 440 / RATE_HZ).astype(np.float32)
    io.write(tmp_path / f"a.{extension}", tone, RATE_HZ)
    found, rate_hz = io.read(tmp_path / f"a.{extension}")
    assert rate_hz == RATE_HZ and abs(len(found) - len(tone)) < 4000
    assert np.std(found[10_000:-10_000]) == pytest.approx(np.std(tone), rel=0.05)


def test_npy_holds_the_exact_samples(tmp_path, samples):
    io.write(tmp_path / "a.npy", samples * 3, RATE_HZ)
    found = np.load(tmp_path / "a.npy")
    assert found.dtype == np.float32 and np.array_equal(found, samples * 3)


def test_segments(tmp_path, samples):
    io.write(tmp_path / "a.wav", samples, RATE_HZ)
    whole = io.read(tmp_path / "a.wav")[0]
    assert np.array_equal(io.read_segment(tmp_path / "a.wav", 1000, 300), whole[1000:1300])
    late = io.read_segment(tmp_path / "a.wav", 4900, 300)
    assert np.array_equal(late, np.pad(whole[4900:], (0, 200)))
    assert not io.read_segment(tmp_path / "a.wav", 9000, 10).any()
    assert io.measure(tmp_path / "a.wav") == (5000, RATE_HZ)


@pytest.fixture
def bad_files(tmp_path, samples) -> Path:
    soundfile.write(tmp_path / "stereo.wav", np.stack([samples, samples], 1), RATE_HZ)
    soundfile.write(tmp_path / "none.wav", samples[:0], RATE_HZ)
    nan = samples.copy()
    nan[7] = np.nan
    soundfile.write(tmp_path / "nan.wav", nan, RATE_HZ, subtype="FLOAT")
    soundfile.write(tmp_path / "rate.wav", samples, 16_000)
    (tmp_path / "empty.wav").touch()
    (tmp_path / "text.wav").write_text(
        "this is no audio at all, but long enough for a header " * 9
    )
    (tmp_path / "folder.wav").mkdir()
    io.write(tmp_path / "whole.flac", samples, RATE_HZ)
    (tmp_path / "cut.flac").write_bytes((tmp_path / "whole.flac").read_bytes()[:30])
    return tmp_path


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("missing.wav", "no such file"),
        ("folder.wav", "is a folder"),
        ("empty.wav", "an empty file"),
        ("none.wav", "holds no samples"),
        ("stereo.wav", "2 channels where one is wanted; mix it down with"),
        ("nan.wav", "sample 7 is nan"),
        ("rate.wav", "16000 Hz where 22050 Hz is wanted"),
        ("text.wav", "not readable as audio"),
        ("cut.flac", "not readable as audio"),
    ],
)
def test_bad_files_are_one_clear_line(bad_files, name, what):
    with pytest.raises(DataError, match=what) as error:
        io.read(bad_files / name, RATE_HZ)
    assert name in str(error.value) and "\n" not in str(error.value)


def test_decode_names_what_it_was_given(bad_files):
    content = (bad_files / "whole.flac").read_bytes()
    assert np.array_equal(io.decode(content, "x")[0], io.read(bad_files / "whole.flac")[0])
    with pytest.raises(DataError, match="the output: not readable"):
        io.decode(b"", "the output")


@pytest.mark.parametrize("name", ["a.aiff", "a", "a.wav.gz"])
def test_unknown_extensions_list_the_known(tmp_path, samples, name):
    with pytest.raises(DataError, match=r"use one of \.wav, \.flac, \.ogg, \.mp3, \.npy"):
        io.write(tmp_path / name, samples, RATE_HZ)


def test_nothing_is_written_that_cannot_be_played(tmp_path, samples):
    samples[3] = np.inf
    for bad in (samples, samples[:0]):
        with pytest.raises(DataError):
            io.write(tmp_path / "a.wav", bad, RATE_HZ)
    with pytest.raises(DataError, match="MP3 cannot hold 22051 Hz"):
        io.write(tmp_path / "a.mp3", np.zeros(100, dtype=np.float32), 22_051)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3", "npy"])
def test_pieces_are_written_as_the_whole(tmp_path, samples, suffix):
    whole, pieces = tmp_path / f"whole.{suffix}", tmp_path / f"pieces.{suffix}"
    io.write(whole, samples, 22_050)
    made = io.pcm16(samples) if io.sample_dtype(pieces).kind == "i" else samples.clip(-1, 1)
    n_parts = 1 if suffix in ("ogg", "mp3") else 7  # coders that hear where a piece ends
    parts = np.array_split(made.astype(io.sample_dtype(pieces)), n_parts)
    io.write_long(pieces, parts, len(samples), 22_050)
    if suffix == "npy":
        assert np.array_equal(np.load(pieces), np.load(whole))
    else:
        assert np.array_equal(io.read(pieces)[0], io.read(whole)[0])


def test_pieces_that_cannot_be_written(tmp_path):
    ones = [np.ones(10, np.int16)]
    with pytest.raises(DataError, match="no samples"):
        io.write_long(tmp_path / "a.wav", [], 0, 22_050)
    with pytest.raises(DataError, match=r"28 hours are more than a wav holds; write .flac"):
        io.write_long(tmp_path / "a.wav", ones, 28 * 3600 * 22_050, 22_050)
    with pytest.raises(DataError, match=r"cannot write .xyz"):
        io.write_long(tmp_path / "a.xyz", ones, 10, 22_050)
    with pytest.raises(DataError, match=r"/dev/full|cannot be written"):
        io.write_long("/dev/full/a.wav", ones, 10, 22_050)
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fills_up_under_libsndfile(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    class Full(io._Guarded):
        def __init__(self, file):
            super().__init__(mock.Mock(wraps=file, write=full))

    monkeypatch.setattr(io, "_Guarded", Full)
    with pytest.raises(DataError, match="No space left on device"):
        io.write_long(tmp_path / "a.wav", [np.ones(10, np.int16)], 10, 22_050)
    assert list(tmp_path.iterdir()) == []
