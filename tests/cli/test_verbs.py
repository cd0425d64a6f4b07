"""Every verb from its command line: what it prints, what it leaves, and its JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from tests.cli.conftest import RATE_HZ, TEXTS
from tests.cli.runner import tts
from tests.cli.test_main import real
from tests.foreign.conftest import glow_tts, hifigan
from tts import checkpoint
from tts.audio import io
from tts.voice import library


def shown(*words: object, **options: Any) -> dict[str, Any]:
    """The one JSON object that a verb prints."""
    ended = tts(*words, "--json", **options)
    assert ended.status == 0, ended.err
    assert ended.out.count("\n") == 1
    return json.loads(ended.out)


def test_say(here: Path, acoustic: Path, vocoder: Path) -> None:
    words = ("--voice", acoustic, "--vocoder", vocoder, "--precision", "float32")
    found = shown("say", "A bad ⠿ cab.", "-o", "a.wav", *words)
    assert list(found) == [
        *("out", "sample_rate_hz", "audio_s", "wall_s", "rtf"),
        *("normalised", "tokens", "words", "spans", "unseen", "warnings"),
    ]
    assert found["out"] == "a.wav" and found["sample_rate_hz"] == RATE_HZ
    assert len(io.read("a.wav")[0]) == pytest.approx(found["audio_s"] * RATE_HZ)
    assert [word["text"] for word in found["words"]] == ["A", "bad", "cab"]
    assert len(found["warnings"]) == 1 and "braille" in found["warnings"][0]
    ended = tts("say", "A bad ⠿ cab.", *words)
    assert ended.out.startswith("out.wav: ") and "RTF" in ended.out
    assert ended.err.startswith("warning: ") and "braille" in ended.err


def test_say_reads_stdin(here: Path, acoustic: Path, vocoder: Path) -> None:
    words = ("--voice", acoustic, "--vocoder", vocoder, "--precision", "float32")
    typed = shown("say", "-", *words, "-o", "a.npy", stdin=b"A bad cab.\n")
    assert typed["normalised"] == "A bad cab."
    shown("say", "A bad cab.", *words, "-o", "b.npy", "--seed", 0)
    assert np.array_equal(np.load("a.npy"), np.load("b.npy"))
    ended = tts("say", "-", *words, stdin=b"caf\xe9")
    assert ended.status == 1 and ended.err.startswith("tts: stdin: not UTF-8")


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3", "npy"])
def test_say_writes_by_extension(here: Path, acoustic: Path, vocoder: Path, suffix: str) -> None:
    ended = tts("say", "fade", "--voice", acoustic, "--vocoder", vocoder, "-o", f"a.{suffix}")
    if suffix in ("ogg", "mp3") and ended.status:  # rates that the codec does not know
        assert "cannot hold 4000 Hz" in ended.err
        return
    assert ended.status == 0, ended.err
    assert [p.name for p in here.iterdir()] == [f"a.{suffix}"]


def test_notes_and_warnings_go_to_stderr(tmp_path: Path, acoustic: Path, vocoder: Path) -> None:
    ended = real("say", "A ⠿.", "--voice", acoustic, "--json", cwd=tmp_path)
    assert ended.returncode == 0 and json.loads(ended.stdout)["audio_s"] > 0
    assert "Griffin-Lim" in ended.stderr and "braille" in ended.stderr


def test_synth_and_vocode(here: Path, data: Path, acoustic: Path, vocoder: Path) -> None:
    words = ("--voice", acoustic, "--vocoder", vocoder)
    found = shown("synth", data, "-o", "spoken", *words)
    assert list(found) == ["out", "n_spoken", "n_skipped", "audio_s", "wall_s", "rtf"]
    assert (found["n_spoken"], found["n_skipped"]) == (4, 0)
    assert "0 spoken, 4 there before" in tts("synth", data, "-o", "spoken", *words).out
    found = shown("vocode", "wavs", "-o", "copies", "--vocoder", vocoder)
    assert list(found) == ["out", "sample_rate_hz", "audio_s", "wall_s", "rtf"]
    assert found["audio_s"] == len(TEXTS)
    assert sorted(p.stem for p in (here / "copies").iterdir()) == sorted(TEXTS)
    assert tts("vocode", "wavs/u0.wav", "-o", "a.wav", "--vocoder", vocoder).out.startswith(
        "a.wav"
    )


def test_pack_and_voices(
    here: Path, acoustic: Path, vocoder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(library.FOLDERS_VARIABLE, str(here / "voices"))
    monkeypatch.setenv("XDG_DATA_HOME", str(here / "data_home"))
    monkeypatch.setattr(library, "PACKAGED", here / "packaged")
    ended = tts("voices")
    assert (ended.status, ended.out) == (0, "") and str(here / "voices") in ended.err
    found = shown("pack", acoustic, "--vocoder", vocoder, "-o", "voices/anna")
    files = (here / "voices" / "anna").iterdir()
    assert found == {
        "out": "voices/anna",
        "size_mb": pytest.approx(sum(p.stat().st_size for p in files) / 1e6),
    }
    (row,) = shown("voices")["voices"]
    assert row == {
        "name": "anna",
        "folder": str(here / "voices" / "anna"),
        "sample_rate_hz": RATE_HZ,
        "speakers": [],
    }
    assert tts("voices").out.startswith(f"anna\t{RATE_HZ} Hz\t")
    assert tts("say", "fade", "--voice", "anna").status == 0
    half = shown("pack", acoustic, "--vocoder", vocoder, "-o", "half", "--dtype", "float16")
    assert half["size_mb"] < 0.9 * found["size_mb"]
    least = shown("pack", acoustic, "--vocoder", vocoder, "-o", "least", "--dtype", "int8")
    assert least["size_mb"] < found["size_mb"]
    assert tts("say", "fade", "--voice", here / "least").status == 0


def test_train_extract_and_speak(here: Path, dump: Path, confs: dict[str, Path]) -> None:
    found = shown("train", confs["acoustic"], "--exp", "exp/am", "--cpu")
    assert found["exp_dir"] == "exp/am" and found["step"] == 2
    assert set(found["dev"]) == {"total", "nll", "duration"}
    assert "holds step-00000002.pt" in tts("train", confs["acoustic"], "--exp", "exp/am").err
    resumed = ("train.steps=3", "--exp", "exp/am", "--resume", "--cpu")
    assert "trained to step 3" in tts("train", confs["acoustic"], *resumed).out
    found = shown("extract", "dump/train", "--gta", "exp/am", "--name", "tf")
    assert (found["n_utterances"], found["n_skipped"]) == (4, 0)
    assert (dump / "train" / "tf.scp").is_file()
    assert shown("extract", "dump/train", "--conf", confs["acoustic"])["n_skipped"] == 4
    told = shown("extract", "dump/train", "--durations", "exp/am")
    assert told["n_utterances"] == 4 and (dump / "train" / "durations").is_file()
    aligned = ("data.durations=durations", "--exp", "exp/aligned", "--cpu")
    assert shown("train", confs["acoustic"], *aligned)["step"] == 2
    ended = tts("train", confs["vocoder"], "data.feats=tf.scp", "--exp", "exp/voc", "--cpu")
    assert ended.out == "exp/voc: trained to step 2\n"
    assert tts("say", "fade", "--voice", "exp/am", "--vocoder", "exp/voc").status == 0


def test_import_speaks_and_trains_on(
    here: Path, confs: dict[str, Path], caplog: pytest.LogCaptureFixture
) -> None:
    vocoder = hifigan().write(here / "v")
    found = shown("import", "hifigan", vocoder, "-o", "exp/v")
    assert list(found) == ["out", "role", "model", "n_parameters"]
    assert (found["out"], found["role"], found["model"]) == ("exp/v", "vocoder", "hifigan")
    voice = glow_tts(n_speakers=4).write(here / "a")
    ended = tts("import", "glow_tts", voice, "-o", "exp/a")
    assert ended.out.startswith("exp/a: the acoustic glow_tts, ")
    words = (
        "say",
        "Hi, Mr. Bo!",
        "--voice",
        "exp/a",
        "--vocoder",
        "exp/v",
        "--precision",
        "float32",
    )
    for speaker in ("speaker0", "speaker3"):
        assert tts(*words, "--speaker", speaker, "-o", f"{speaker}.npy").status == 0
    assert "padding 'centre' to 'half'; frames move by half a hop" in caplog.text
    zero, three = np.load("speaker0.npy"), np.load("speaker3.npy")
    assert len(zero) != len(three) or not np.array_equal(zero, three)
    assert "speaker0, speaker1, speaker2, speaker3" in tts(*words, "--speaker", "anna").err


def test_an_imported_vocoder_is_trained_on(here: Path, dump: Path, confs: dict[str, Path]) -> None:
    official = hifigan()
    tts("import", "hifigan", official.write(here / "v"), "-o", "exp/v")
    words = ("train.steps=1", "train.optimisers.generator.lr=1e-12", "--exp", "exp/t", "--cpu")
    ended = tts("train", confs["vocoder"], *words, "--init", "exp/v")
    assert ended.status == 0, ended.err
    weights = checkpoint.load(checkpoint.newest(Path("exp/t"))).weights
    for name, tensor in official.model.state_dict().items():
        np.testing.assert_allclose(weights[name], tensor, atol=1e-6)


def test_doctor() -> None:
    found = shown("doctor")
    assert found["healthy"] is True
    assert {"torch", "phonemes", "voices"} <= {finding["name"] for finding in found["findings"]}
    assert any(line.startswith("ok      torch") for line in tts("doctor").out.splitlines())


def test_a_device_by_its_name(here: Path, acoustic: Path) -> None:
    assert tts("say", "fade", "--voice", acoustic, "--device", "cpu").status == 0
    ended = tts("say", "fade", "--voice", acoustic, "--device", "cuda:99")
    assert ended.status == 1 and "cuda:99" in ended.err


def test_samples_have_a_header_that_others_read(here: Path, acoustic: Path, vocoder: Path) -> None:
    tts("say", "fade", "--voice", acoustic, "--vocoder", vocoder, "-o", "a.wav")
    info = soundfile.info("a.wav")
    assert (info.samplerate, info.channels, info.subtype) == (RATE_HZ, 1, "PCM_16")
