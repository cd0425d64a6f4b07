"""What users get wrong: one clear line, exit 1, and nothing half written."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors
import soundfile
import torch

from tests.cli.conftest import RATE_HZ
from tests.cli.runner import Ended, tree, tts
from tests.tiny import CONTRACT, save_vocoder
from tts import checkpoint

FINE = np.full(400, 0.1, np.float32)


def refused(*words: object, leaves: int = 0, **options: Any) -> str:
    """The one line of a refusal, which changes no file, up to `leaves` new ones of a long job."""
    before = tree(Path())
    ended = tts(*words, **options)
    assert (ended.status, ended.out) == (1, ""), ended
    after = tree(Path())
    changed = {path for path in after if before.get(path) != after[path]}
    assert before.keys() <= after.keys() and len(changed) <= leaves, sorted(changed)
    assert not [path for path in after if path.suffix in (".tmp", ".part")]
    return line_of(ended)


def line_of(ended: Ended) -> str:
    """The line that is no progress bar."""
    lines = [line for line in ended.err.splitlines() if line.strip() and "%|" not in line]
    assert len(lines) == 1 and lines[0].startswith("tts: "), ended.err
    return lines[0].removeprefix("tts: ")


WAVS: dict[str, tuple[np.ndarray | bytes | None, int, str]] = {
    "missing": (None, RATE_HZ, "bad.wav: no such file; give"),
    "of no bytes": (b"", RATE_HZ, "bad.wav: an empty file"),
    "of no samples": (FINE[:0], RATE_HZ, "bad.wav: holds no samples"),
    "no audio": (b"hello", RATE_HZ, "bad.wav: not readable as audio"),
    "not a number": (FINE * np.nan, RATE_HZ, "bad.wav: sample 0 is nan"),
    "infinite": (FINE * np.inf, RATE_HZ, "bad.wav: sample 0 is inf"),
    "another rate": (FINE, 22_050, "bad.wav: 22050 Hz where 4000 Hz is wanted"),
    "stereo": (np.stack([FINE, FINE], 1), RATE_HZ, "bad.wav: 2 channels where one is wanted"),
}


def write_wav(path: Path, name: str) -> str:
    """A wav of that kind; returns what is said of it."""
    content, rate_hz, message = WAVS[name]
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        soundfile.write(path, content, rate_hz, subtype="FLOAT")
    return message


@pytest.mark.parametrize("name", WAVS)
def test_recordings_to_vocode(here: Path, vocoder: Path, name: str) -> None:
    message = write_wav(here / "bad.wav", name)
    assert message in refused("vocode", "bad.wav", "-o", "out.wav", "--vocoder", vocoder)


@pytest.mark.parametrize("name", [name for name in WAVS if name != "another rate"])
def test_recordings_of_a_data_dir(data: Path, name: str) -> None:
    bad = data.parent / "wavs" / "bad.wav"
    message = write_wav(bad, name)
    table = data / "wav.scp"
    table.write_text(table.read_text().replace("wavs/u2.wav", "wavs/bad.wav"))
    line = refused("data", "wav", "data", "out", "--rate", RATE_HZ, leaves=3)
    assert message in line and "u2" in line
    assert not (data.parent / "out" / "wav.scp").exists()
    assert tts("data", "validate", "data").status == 1


@pytest.mark.parametrize("name", ["stereo", "not a number", "another rate", "missing"])
def test_recordings_to_extract(dump: Path, confs: dict[str, Path], name: str) -> None:
    table = dump / "train" / "wav.scp"
    wav = Path(table.read_text().split()[1])
    wav.unlink()
    message = write_wav(wav, name).replace("bad.wav", wav.name)
    line = refused_with_less("extract", "dump/train", "--conf", confs["acoustic"])
    assert message in line
    assert not (dump / "train" / "feats.scp").exists()  # which would show frames of old audio


def refused_with_less(*words: object) -> str:
    """As `refused`, where a table that is no longer true may go."""
    ended = tts(*words)
    assert (ended.status, ended.out) == (1, ""), ended
    return line_of(ended)


FRAMES: dict[str, tuple[np.ndarray, str]] = {
    "another contract": (np.zeros((100, 9), np.float32), "shape (100, 9), expected (8, T)"),
    "transposed": (np.zeros((9, 8), np.float32), "expected (8, T); transpose it"),
    "not a number": (np.full((8, 9), np.nan, np.float32), "frame 0 is nan"),
    "whole numbers": (np.zeros((8, 9), np.int16), "frames are int16"),
    "objects": (np.array([[{}]], dtype=object), "not a .npy of numbers"),
}


@pytest.mark.parametrize("name", FRAMES)
def test_frames_to_vocode(here: Path, vocoder: Path, name: str) -> None:
    array, message = FRAMES[name]
    np.save("f.npy", array, allow_pickle=True)
    assert message in refused("vocode", "f.npy", "-o", "out.wav", "--vocoder", vocoder)


@pytest.mark.parametrize("text", ["?!", "", "  ", "... --- ..."])
def test_text_without_anything_to_speak(
    here: Path, acoustic: Path, vocoder: Path, text: str
) -> None:
    assert "nothing to speak" in refused(
        "say", text, "--voice", acoustic, "--vocoder", vocoder, "-o", "a.wav"
    )


def test_settings_of_say(here: Path, acoustic: Path, vocoder: Path) -> None:
    words = ("say", "fade", "--voice", acoustic, "--vocoder", vocoder)
    assert "speed 9.0: expected 0.25 to 4.0" in refused(*words, "--speed", 9)
    assert "temperature 3.0: expected 0 to 2" in refused(*words, "--temperature", 3)
    assert "speaker 'anna'" in refused(*words, "--speaker", "anna")
    assert "one of .wav, .flac" in refused(*words, "-o", "out.xyz")
    assert "has no extension" in refused(*words, "-o", "out")
    assert "make the folder nowhere first" in refused(*words, "-o", "nowhere/out.wav")
    assert tts(*words, "--precision", "float8").status == 2
    assert tts(*words, "--seed", -1).status == 2


CHECKPOINTS: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "truncated": (lambda content: content[: len(content) // 2], "damaged"),
    "a text file": (lambda _: b"hello\n", "damaged, or no torch checkpoint"),
    "garbage": (lambda _: bytes(range(256)) * 20, "damaged, or no torch checkpoint"),
    "empty": (lambda _: b"", "an empty file"),
    "a web page": (lambda _: b"<!DOCTYPE html>", "a web page where a checkpoint was expected"),
}


@pytest.mark.parametrize("name", CHECKPOINTS)
def test_damaged_checkpoints(
    here: Path, acoustic: Path, vocoder: Path, confs: dict[str, Path], name: str
) -> None:
    change, message = CHECKPOINTS[name]
    (here / "a.pt").write_bytes(change(checkpoint.newest(acoustic).read_bytes()))
    (here / "w.wav").write_bytes(b"")
    for words in (
        ("say", "fade", "--voice", "a.pt"),
        ("say", "fade", "--voice", acoustic, "--vocoder", "a.pt"),
        ("vocode", "w.wav", "-o", "out.wav", "--vocoder", "a.pt"),
        ("pack", "a.pt", "-o", "packed"),
        ("pack", acoustic, "--vocoder", "a.pt", "-o", "packed"),
    ):
        line = refused(*words)
        assert line.startswith("a.pt: ") and message in line


def test_others_checkpoints_and_other_roles(here: Path, acoustic: Path, vocoder: Path) -> None:
    torch.save({"generator": {"a": torch.zeros(1)}}, here / "g_1")
    assert "bring others in with `tts import" in refused("say", "fade", "--voice", "g_1")
    line = refused("say", "fade", "--voice", vocoder)
    assert "holds the vocoder hifigan, expected: acoustic" in line
    line = refused("pack", acoustic, "--vocoder", acoustic, "-o", "packed")
    assert "holds the acoustic glow_tts, expected: vocoder" in line
    (here / "exp").mkdir()
    assert "holds no checkpoints/step-*.pt" in refused("say", "fade", "--voice", "exp")
    (here / "used").mkdir()
    (here / "used" / "notes.txt").write_text("mine")
    assert "used: is not empty" in refused("pack", acoustic, "-o", "used")
    assert "card.md: cannot be read" in refused("pack", acoustic, "-o", "p", "--readme", "card.md")


def test_a_vocoder_of_another_contract(tmp_path: Path, here: Path, acoustic: Path) -> None:
    other = save_vocoder(tmp_path / "v", contract=CONTRACT.model_copy(update={"fmin_hz": 60.0}))
    for words in (
        ("say", "fade", "--voice", acoustic, "--vocoder", other),
        ("pack", acoustic, "--vocoder", other, "-o", "packed"),
    ):
        line = refused(*words)
        assert "fmin_hz: 0.0 against 60.0" in line and "same `audio` section" in line


TABLES = {
    "an utterance twice": ("text", "u1 dead end\n", "u1 dead end\nu1 again\n", "text:3: u1 is on"),
    "not sorted": ("text", "u1 dead end\nu2 fade\n", "u2 fade\nu1 dead end\n", "not sorted: u1"),
    "nothing": ("text", None, "", "text: holds no lines"),
    "not UTF-8": ("text", None, "u0 caf\udce9\n", "text: not UTF-8 at byte 6"),
    "too few speakers": ("utt2spk", "u1 anna\n", "", "u1"),
    "a pipe": ("wav.scp", "wavs/u1.wav", "cat wavs/u1.wav |", "--allow-pipes"),
}


@pytest.mark.parametrize("name", TABLES)
def test_tables_of_a_data_dir(data: Path, name: str) -> None:
    table, old, new, message = TABLES[name]
    content = (data / table).read_text()
    changed = new if old is None else content.replace(old, new)
    assert changed != content
    (data / table).write_bytes(changed.encode("utf-8", "surrogateescape"))
    assert message in refused("data", "wav", "data", "out", "--rate", RATE_HZ, leaves=4)
    assert not (data.parent / "out" / "wav.scp").exists()


@pytest.mark.parametrize("name", ["an utterance twice", "not sorted", "nothing", "not UTF-8"])
def test_tables_to_speak(data: Path, acoustic: Path, vocoder: Path, name: str) -> None:
    table, old, new, message = TABLES[name]
    content = (data / table).read_text()
    changed = new if old is None else content.replace(old, new)
    (data / table).write_bytes(changed.encode("utf-8", "surrogateescape"))
    words = ("synth", "data", "-o", "out", "--voice", acoustic, "--vocoder", vocoder)
    assert message in refused(*words)
    (data / table).write_text("u0\n")
    assert "text:1: u0 has no value" in refused(*words)


def test_data_dirs_that_are_not_there(here: Path, acoustic: Path, confs: dict[str, Path]) -> None:
    for words in (
        ("data", "stats", "nowhere"),
        ("data", "wav", "nowhere", "out", "--rate", 4000),
        ("data", "filter", "nowhere", "out"),
        ("data", "tokens", "nowhere", "--out", "out"),
        ("data", "ids", "nowhere", "--out", "out/speakers.txt"),
        ("data", "import", "ljspeech", "nowhere", "out"),
        ("data", "import", "kaldi", "nowhere", "out"),
        ("extract", "nowhere", "--conf", confs["acoustic"]),
        ("extract", "nowhere", "--gta", acoustic),
        ("extract", "nowhere", "--durations", acoustic),
        ("synth", "nowhere", "-o", "out", "--voice", acoustic),
        ("vocode", "nowhere", "-o", "out", "--vocoder", "griffin_lim"),
    ):
        assert "nowhere" in refused(*words), words


def test_extract_needs_to_know_which_frames(dump: Path, confs: dict[str, Path]) -> None:
    assert "one of --conf FILE, --bridge EXP and --gta EXP" in refused("extract", "dump/train")
    assert "no.yaml: no such file" in refused("extract", "dump/train", "--conf", "no.yaml")
    both = ("--durations", "exp/am", "--gta", "exp/am")
    assert "--durations goes without --conf" in refused("extract", "dump/train", *both)


TRAINING = {
    "an unknown setting": (["acoustic.chanels=8"], "unknown key chanels; allowed here: "),
    "an unknown section": (["foo=1"], "acoustic.yaml: unknown key foo; allowed here: acoustic"),
    "an unknown model": (["acoustic.name=nope"], "acoustic name 'nope'; there are glow_tts"),
    "no value": (["train.steps"], "override 'train.steps': expected key=value"),
    "no number": (["train.steps=many"], "train.steps = 'many': Input should be a valid integer"),
    "out of range": (["acoustic.dropout=2"], "dropout = 2: Input should be less than 1"),
    "odd heads": (["acoustic.n_heads=3"], "acoustic: channels 8 do not divide into 3 n_heads"),
    "an even kernel": (["acoustic.flow_kernel=4"], "flow_kernel 4 is even"),
    "odd groups": (["acoustic.mixing_group=3"], "mixing_group 3 is odd"),
    "groups that do not fit": (["acoustic.mixing_group=6"], "do not divide into groups of 6"),
    "no width": (["acoustic.channels=0"], "channels = 0: Input should be greater than 0"),
    "two models": (["vocoder={name: hifigan}"], "exactly one of the sections"),
    "an odd contract": (["audio.win=65"], "acoustic.yaml: audio: win 65 is longer than n_fft 64"),
    "an unknown preset": (["audio.preset=x"], "acoustic.yaml: audio: no preset 'x'; there are"),
    "other frames": (["audio.hop=32"], "contract.json: hop 16 where 32 is wanted"),
    "another player": (["train.optimisers.x={}"], "has model, x, the model's players are model"),
    "no data": (["data.train=nowhere/train"], "nowhere/train: no frontend.json in nowhere"),
    "no dev data": (["data.dev=nowhere"], "nowhere/feats.scp: no such file"),
}


@pytest.mark.parametrize("name", TRAINING)
def test_configurations(dump: Path, confs: dict[str, Path], name: str) -> None:
    overrides, message = TRAINING[name]
    assert message in refused("train", "acoustic.yaml", *overrides, "--exp", "exp", "--cpu")
    assert not (dump.parent / "exp").exists()


VOCODERS = {
    "rates": (["vocoder.rates=[4, 2]"], "rates [4, 2] multiply to 8, the bridge's hop is 16"),
    "an even kernel": (["vocoder.kernels=[4, 5]"], "kernels [4, 5] must all be odd"),
    "no kernel": (["vocoder.kernels=[]"], "kernels = []"),
    "a dilation of 0": (["vocoder.dilations=[[0], [1]]"], "dilations.0.0 = 0"),
    "a period of 0": (["vocoder.periods=[0]"], "periods.0 = 0"),
    "no period": (["vocoder.periods=[]"], "periods = []"),
    "no width": (["vocoder.channels=0"], "channels = 0"),
    "scales": (["vocoder.scale_width_divisor=3"], "scale_width_divisor = 3"),
    "nothing to train": (["vocoder=null", "vocoder={name: griffin_lim}"], "players are none"),
    "no such frames": (["data.feats=gta.scp"], "gta.scp: no such file; run `tts extract`"),
}


@pytest.mark.parametrize("name", VOCODERS)
def test_configurations_of_a_vocoder(dump: Path, confs: dict[str, Path], name: str) -> None:
    overrides, message = VOCODERS[name]
    assert message in refused("train", "vocoder.yaml", *overrides, "--exp", "exp", "--cpu")
    assert not (dump.parent / "exp").exists()


def test_config_files(here: Path) -> None:
    for content, message in (
        (None, "c.yaml: no such file"),
        (b"a: [1", "c.yaml: not valid YAML"),
        (b"- 1", "c.yaml: expected a mapping of keys to values, got list"),
        (b"", "c.yaml: expected a mapping"),
        (b"\xff\xfe", "c.yaml: cannot be read"),
        (b"base: d.yaml", "d.yaml: no such file"),
        (b"base: c.yaml", "comes back to itself"),
    ):
        if content is not None:
            (here / "c.yaml").write_bytes(content)
        assert message in refused("train", "c.yaml", "--exp", "exp")


def test_where_to_start_from(dump: Path, confs: dict[str, Path], vocoder: Path) -> None:
    words = ("train", "acoustic.yaml", "--exp", "exp", "--cpu")
    assert "nowhere: no such file or experiment" in refused(*words, "--init", "nowhere")
    line = refused(*words, "--init", vocoder)
    assert "holds the vocoder hifigan, the configuration says acoustic glow_tts" in line
    assert not (dump.parent / "exp").exists()
    assert tts(*words).status == 0
    assert "go on with --resume" in refused(*words)
    (Path("exp") / "checkpoints" / "step-00000003.pt").write_bytes(b"x")
    assert "step-00000003.pt: damaged" in refused(*words, "--resume")


def test_an_utterance_shorter_than_its_tokens(dump: Path, confs: dict[str, Path]) -> None:
    table = dump / "train" / "text.phn"
    table.write_text(table.read_text().replace("u2 f", f"u2 {'f ' * 300}f"))
    line = refused("train", "acoustic.yaml", "--exp", "exp", "--cpu")
    assert "utterance u2 has 250 frames for" in line and "every token takes one at least" in line


def no_space(*_: object, **__: object) -> None:
    raise OSError(28, "No space left on device")


def test_a_full_disk(
    dump: Path,
    confs: dict[str, Path],
    acoustic: Path,
    vocoder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    voice = ("--voice", acoustic, "--vocoder", vocoder)
    (dump / "train" / "contract.json").unlink()
    for path in (dump / "train" / "feats").iterdir():
        path.unlink()
    monkeypatch.setattr(Path, "write_bytes", no_space)
    for words in (
        ("say", "fade", *voice, "-o", "a.wav"),
        ("vocode", "wavs/u0.wav", "-o", "a.wav", "--vocoder", vocoder),
        ("pack", acoustic, "--vocoder", vocoder, "-o", "packed"),
        ("synth", "data", "-o", "spoken", *voice),
        ("data", "wav", "data", "again", "--rate", RATE_HZ),
    ):
        line = refused(*words)
        assert "cannot be written (No space left on device)" in line
        assert "/." not in line.split(":")[0], "a temporary name means nothing to the user"
    line = refused_with_less("extract", "dump/train", "--conf", confs["acoustic"])
    assert "cannot be written (No space left on device)" in line


def test_a_full_disk_while_training(
    dump: Path, confs: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("train", "acoustic.yaml", "--exp", "exp", "--cpu")
    assert tts(*words).status == 0
    save = torch.save

    def full(content: object, path: Path) -> None:
        save({}, path)
        raise RuntimeError("PytorchStreamWriter failed writing file data/0: file write failed")

    monkeypatch.setattr(torch, "save", full)
    before = tree(Path("exp/checkpoints"))
    ended = tts(*words, "--resume", "train.steps=3")
    assert ended.status == 1 and ended.err.splitlines()[-1].startswith("tts: exp/checkpoints/")
    assert "cannot be written (most likely the disk is full); free some space" in ended.err
    assert tree(Path("exp/checkpoints")) == before
    monkeypatch.setattr(torch, "save", save)
    assert tts(*words, "--resume", "train.steps=3").out == "exp: trained to step 3\n"


def test_exports_and_pushes_that_cannot_be(
    here: Path, acoustic: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    assert "needs the package onnx" in refused("export", acoustic, "-o", "out", "--onnx")
    assert "expected the name of" in refused("pack", acoustic, "-o", "p", "--push", "anna")
    assert "expected hf://ORG/NAME" in refused("say", "a", "--voice", "hf://anna", "-o", "a.wav")


def test_a_full_disk_while_packing(
    here: Path, acoustic: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise safetensors.SafetensorError("I/O error: No space left on device (os error 28)")

    monkeypatch.setattr("tts.voice.pack.save_file", full)
    line = refused("pack", acoustic, "-o", "packed")
    assert "acoustic.safetensors: cannot be written" in line and "No space left" in line
    assert not (here / "packed").exists() and list(here.iterdir()) == []
