"""`import_checkpoint`: what cannot be used is refused in one line, and leaves nothing behind."""

from __future__ import annotations

import os
import pickle
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from tests.foreign.conftest import Official, hifigan
from tts import checkpoint
from tts.errors import DataError, TTSError
from tts.foreign.importer import _step, import_checkpoint, kinds


class Touch:
    """Runs a command when it is unpickled without care."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("touch EXECUTED",)


def replace(name: str, tensor: torch.Tensor | None) -> Callable[[Official], object]:
    def tree(official: Official) -> object:
        state = dict(official.state)
        state.pop(name, None)
        return {"generator": state if tensor is None else state | {name: tensor}}

    return tree


FIRST = "conv_pre.weight_v"
TREES: dict[str, tuple[Callable[[Official], object], str]] = {
    "a missing tensor": (
        replace("resblocks.2.convs1.1.bias", None),
        r"tensor resblocks\.2\.convs1\.1\.bias is missing; the config does not describe",
    ),
    "an extra tensor": (
        replace("ups.7.bias", torch.zeros(3)),
        r"tensor ups\.7\.bias has no place in the model",
    ),
    "a turned tensor": (
        replace(FIRST, torch.zeros(7, 8, 8)),
        r"conv_pre\.weight_v has shape \(7, 8, 8\), expected \(8, 8, 7\)",
    ),
    "not a number": (
        replace(FIRST, torch.full((8, 8, 7), torch.nan)),
        r"conv_pre\.weight_v holds numbers that are not finite",
    ),
    "another wrapper": (
        lambda official: {"weights": official.state, "epoch": 1},
        r"expected weights under generator, it has weights, epoch; give the file",
    ),
    "nothing": (lambda official: {}, r"expected weights under generator, it has nothing"),
    "a list": (lambda official: [1, 2], r"expected weights under generator, it has a list"),
    "names that are numbers": (
        lambda official: {"generator": {0: torch.zeros(1)}},
        r"tensor conv_pre\.weight is missing",
    ),
    "code": (lambda official: {"generator": official.state, "x": Touch()}, r"is never run"),
    "a whole module": (lambda official: nn.Linear(1, 1), r"needs the class torch\.nn.*Linear"),
}


def refusal(call: Callable[[], object], folder: Path, there: list[str]) -> str:
    """The message of a refusal, which is one line; only what was there is there."""
    with pytest.raises(TTSError) as caught:
        call()
    assert "\n" not in str(caught.value)
    assert sorted(p.name for p in folder.iterdir()) == there
    return str(caught.value)


@pytest.mark.parametrize("name", TREES)
def test_weights_that_do_not_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    official, (tree, expected) = hifigan(), TREES[name]
    file = official.write(tmp_path / "in", tree(official))
    message = refusal(
        lambda: import_checkpoint("hifigan", file, tmp_path / "out"), tmp_path, ["in"]
    )
    assert message.startswith(f"{file}: ")
    assert re.search(expected, message), message


FILES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "an empty file"),
    "text": (b"hello\n", "damaged, or no torch checkpoint"),
    "a web page": (b"\n<!DOCTYPE html><html>", "a web page where a checkpoint was expected"),
    "a git-lfs pointer": (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
    "a pickle": (pickle.dumps({"a": np.zeros(3)}), "damaged, or no torch checkpoint"),
    "garbage": (bytes(range(256)) * 9, "damaged, or no torch checkpoint"),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", FILES)
def test_files_that_are_no_checkpoint(tmp_path: Path, name: str) -> None:
    content, expected = FILES[name]
    file = hifigan().write(tmp_path / "in")
    file.write_bytes(content)
    message = refusal(
        lambda: import_checkpoint("hifigan", file, tmp_path / "out"), tmp_path, ["in"]
    )
    assert message.startswith(f"{file}: ") and expected in message


@pytest.mark.parametrize("zip_format", [True, False])
def test_a_file_cut_in_the_middle(tmp_path: Path, zip_format: bool) -> None:
    file = hifigan().write(tmp_path / "in", _use_new_zipfile_serialization=zip_format)
    file.write_bytes(file.read_bytes()[:3000])
    message = refusal(
        lambda: import_checkpoint("hifigan", file, tmp_path / "out"), tmp_path, ["in"]
    )
    assert "damaged" in message


CONFIGS: dict[str, tuple[str, str]] = {
    "not JSON": ("{nope", "not a JSON config"),
    "a list": ("[]", "expected an object, got a list"),
    "a key missing": ('{"num_mels": 8}', "key sampling_rate is missing; use the checkpoint's own"),
}


@pytest.mark.parametrize("name", CONFIGS)
def test_configs_that_cannot_be_used(tmp_path: Path, name: str) -> None:
    content, expected = CONFIGS[name]
    file = hifigan().write(tmp_path / "in")
    (tmp_path / "in" / "config.json").write_text(content)
    message = refusal(
        lambda: import_checkpoint("hifigan", file, tmp_path / "out"), tmp_path, ["in"]
    )
    assert message.startswith(f"{tmp_path / 'in' / 'config.json'}: ") and expected in message


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"upsample_initial_channel": 16}, "conv_pre.weight_g has shape (8, 1, 1), expected (16"),
        ({"hop_size": 20}, "rates [4, 4] multiply to 16, the bridge's hop is 20"),
        ({"upsample_rates": "fast"}, "rates = 'fast'"),
        ({"sampling_rate": "high"}, "sample_rate_hz = 'high'"),
        ({"upsample_kernel_sizes": [8]}, "config.json"),
    ],
    ids=str,
)
def test_a_config_of_another_version(
    tmp_path: Path, change: dict[str, object], expected: str
) -> None:
    official = hifigan()
    official.config |= change
    file = official.write(tmp_path / "in")
    message = refusal(
        lambda: import_checkpoint("hifigan", file, tmp_path / "out"), tmp_path, ["in"]
    )
    assert expected in message and str(tmp_path / "in") in message


def test_files_that_are_not_there(tmp_path: Path) -> None:
    file = hifigan().write(tmp_path / "in")
    (tmp_path / "in" / "config.json").rename(tmp_path / "in" / "c.json")

    def call(given: Path) -> Callable[[], object]:
        return lambda: import_checkpoint("hifigan", given, tmp_path / "o", tmp_path / "in/c.json")

    assert "--config FILE" in refusal(
        lambda: import_checkpoint("hifigan", file, tmp_path / "out"), tmp_path, ["in"]
    )
    assert "no such checkpoint" in refusal(call(tmp_path / "g_1"), tmp_path, ["in"])
    assert "is a folder" in refusal(call(tmp_path / "in"), tmp_path, ["in"])


def test_what_the_command_gives(tmp_path: Path) -> None:
    file = hifigan().write(tmp_path / "in")
    assert " ".join(kinds()) == (
        "clarinet flowavenet glow_tts hifigan nv_wavenet vocos waveglow wavegrad wavenet"
    )
    assert "there are clarinet, flowavenet, glow_tts, hifigan" in refusal(
        lambda: import_checkpoint("importer", file, tmp_path / "o"), tmp_path, ["in"]
    )
    assert "takes no --cmudict" in refusal(
        lambda: import_checkpoint("hifigan", file, tmp_path / "o", cmudict="x"), tmp_path, ["in"]
    )


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    file = hifigan().write(tmp_path / "in")
    (tmp_path / "out").mkdir()
    import_checkpoint("hifigan", file, tmp_path / "out")
    before = checkpoint.newest(tmp_path / "out").read_bytes()
    assert "is not empty" in refusal(
        lambda: import_checkpoint("hifigan", file, tmp_path / "out"), tmp_path, ["in", "out"]
    )
    assert checkpoint.newest(tmp_path / "out").read_bytes() == before
    assert "is a file" in refusal(
        lambda: import_checkpoint("hifigan", file, file), tmp_path, ["in", "out"]
    )


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = hifigan().write(tmp_path / "in")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoint, "save", full)
    with pytest.raises(DataError, match="No space left"):
        import_checkpoint("hifigan", file, tmp_path / "a" / "out")
    assert list((tmp_path / "a").iterdir()) == []


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("g_02500000", 2_500_000),
        ("G_340.pth", 340),
        ("checkpoint_step000000003.pth", 3),
        ("checkpoint_step001000000_ema.pth", 1_000_000),
        ("weights-1000578.pt", 1_000_578),
        ("waveglow_256channels.pt", 0),
        ("generator_v3", 0),
    ],
)
def test_the_step_stands_in_the_name(name: str, step: int) -> None:
    assert _step(name) == step
