"""Files through a vocoder: recordings, frames, folders of both, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from tests.tiny import CONTRACT, save_bridge, save_vocoder
from tts import build
from tts.audio import io
from tts.bridge.mel import Model as MelBridge
from tts.errors import ContractError, DataError
from tts.voice.vocode import Vocoded, vocode
from tts.voice.vocoding import Vocoding


@pytest.fixture
def wav(tmp_path: Path) -> Path:
    samples = 0.3 * np.sin(0.3 * np.arange(3200, dtype=np.float32))
    io.write(tmp_path / "a.wav", samples, 4000)
    return tmp_path / "a.wav"


def run(source: Path, out: Path, vocoder: Path) -> Vocoded:
    return vocode(source, out, vocoder, seed=1, precision="float32", device="cpu")


def test_copy_synthesis(wav: Path, vocoder: Path, tmp_path: Path) -> None:
    done = run(wav, tmp_path / "b.npy", vocoder)
    assert (done.out, done.sample_rate_hz, done.audio_s) == (str(tmp_path / "b.npy"), 4000, 0.8)
    assert done.rtf == done.wall_s / done.audio_s
    ready = Vocoding.load(vocoder, precision="float32", device="cpu")
    expected = ready.resynthesise(io.read(wav)[0], seed=1)
    assert np.array_equal(np.load(tmp_path / "b.npy"), expected)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_frames(wav: Path, vocoder: Path, tmp_path: Path, dtype: str) -> None:
    samples, _ = io.read(wav)
    frames = MelBridge(CONTRACT).encode(torch.from_numpy(samples)[None])[0].numpy()
    np.save(tmp_path / "f.npy", frames.astype(dtype))
    run(tmp_path / "f.npy", tmp_path / "out.npy", vocoder)
    made = np.load(tmp_path / "out.npy")
    assert len(made) == frames.shape[1] * 16
    run(wav, tmp_path / "copy.npy", vocoder)
    atol = 1e-3 if dtype == "float16" else 1e-6
    np.testing.assert_allclose(made, np.load(tmp_path / "copy.npy"), atol=atol)


def test_a_latent_takes_its_bridge(wav: Path, tmp_path: Path) -> None:
    bridge = save_bridge(tmp_path / "bridge")
    options = {"seed": 1, "precision": "float32", "device": "cpu"}
    assert vocode(wav, tmp_path / "own.npy", bridge, **options).audio_s == 0.8
    loaded = build.load(bridge)
    other = save_vocoder(tmp_path / "other", contract=loaded.contract)
    vocode(wav, tmp_path / "out.npy", other, bridge=bridge, **options)
    frames = loaded.model.encode(torch.from_numpy(io.read(wav)[0])[None])[0]
    expected = Vocoding.load(other, precision="float32", device="cpu")(frames, seed=1)
    np.testing.assert_allclose(np.load(tmp_path / "out.npy"), expected, atol=1e-6)
    with pytest.raises(ContractError, match="name its experiment"):
        vocode(wav, tmp_path / "out.npy", other, **options)
    of_other = loaded.contract.model_copy(update={"encoder_hash": "ab"})
    foreign = save_vocoder(tmp_path / "foreign", contract=of_other)
    with pytest.raises(ContractError, match="encoder_hash"):
        vocode(wav, tmp_path / "out.npy", foreign, bridge=bridge, **options)


def test_a_folder(wav: Path, vocoder: Path, tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    wav.rename(source / "a.WAV")
    np.save(source / "b.npy", np.zeros((8, 10), np.float32))
    (source / "b.npy").rename(source / "b.NPY")
    (source / "notes.txt").write_text("not a recording")
    done = run(source, tmp_path / "out", vocoder)
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["a.wav", "b.wav"]
    assert done.audio_s == pytest.approx((3200 + 160) / 4000)


def test_folders_that_are_refused(wav: Path, vocoder: Path, tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    with pytest.raises(DataError, match=r"no .* files in it"):
        run(source, tmp_path / "out", vocoder)
    wav.rename(source / "a.wav")
    with pytest.raises(DataError, match="the sources lie there"):
        run(source, tmp_path / "x" / ".." / "in", vocoder)
    np.save(source / "a.npy", np.zeros((8, 10), np.float32))
    with pytest.raises(DataError, match=r"a\.wav: makes the same wav as .*a\.npy"):
        run(source, tmp_path / "out", vocoder)
    assert not (tmp_path / "out").exists()


class Touch:
    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return open, ("EXECUTED", "w")


FRAMES = {
    "of another contract": (
        np.zeros((100, 9), np.float32),
        r"\(100, 9\), expected \(8, T\); make",
    ),
    "transposed": (np.zeros((9, 8), np.float32), r"\(9, 8\), expected \(8, T\); transpose it"),
    "a batch": (np.zeros((1, 8, 9), np.float32), r"\(1, 8, 9\), expected \(8, T\)"),
    "one number": (np.float32(3), r"shape \(\), expected"),
    "empty": (np.zeros((8, 0), np.float32), r"\(8, 0\), expected"),
    "not a number": (np.full((8, 9), np.nan, np.float32), "frame 0 is nan in channel 0"),
    "too large": (np.full((8, 9), 1e300), "frame 0 is inf"),
    "whole numbers": (np.zeros((8, 9), np.int64), "frames are int64, expected float32"),
    "complex": (np.zeros((8, 9), np.complex64), "frames are complex64"),
    "text": (np.full((8, 9), "x"), "frames are <U1"),
    "objects": (np.array([[Touch()]], dtype=object), "not a .npy of numbers"),
}


@pytest.mark.parametrize("name", FRAMES)
def test_frames_that_are_refused(
    vocoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    array, message = FRAMES[name]
    np.save("f.npy", array, allow_pickle=True)
    with pytest.raises(DataError, match=message) as caught:
        run(Path("f.npy"), Path("out.wav"), vocoder)
    assert str(caught.value).startswith("f.npy: ") and "\n" not in str(caught.value)
    assert [p.name for p in tmp_path.iterdir()] == ["f.npy"]


@pytest.mark.parametrize("content", [b"", b"hello", b"\x93NUMPY\x01\x00", None])
def test_files_that_are_no_frames(vocoder: Path, tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "f.npy"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError, match=r"f\.npy: (not a \.npy|no such file)"):
        run(path, tmp_path / "out.wav", vocoder)


def test_a_file_that_promises_more_than_it_holds(vocoder: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "f.npy", np.zeros((8, 1000), np.float32))
    path = tmp_path / "f.npy"
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(DataError, match=r"not a \.npy of numbers"):
        run(path, tmp_path / "out.wav", vocoder)


def test_an_archive_by_the_name_of_an_array(vocoder: Path, tmp_path: Path) -> None:
    np.savez(tmp_path / "f.npz", a=np.zeros((8, 9), np.float32))
    path = (tmp_path / "f.npz").rename(tmp_path / "f.npy")
    with pytest.raises(DataError, match=r"not a \.npy of numbers"):
        run(path, tmp_path / "out.wav", vocoder)
