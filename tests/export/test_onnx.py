"""Voices as ONNX graphs: they say what torch says, and speak without it."""

from __future__ import annotations

import json
import subprocess
import sys
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.checks import perturb
from tests.tiny import ACOUSTIC, CONTRACT, save, save_acoustic, save_vocoder
from tts import build
from tts.errors import ConfigError, DataError
from tts.export import eight_bits, graphs, packages, writing
from tts.export.folding import for_export
from tts.export.onnx import export
from tts.voice import pack

EXAMPLE = Path(__file__).parents[2] / "examples" / "onnx_say.py"
VOCODERS: dict[str, dict[str, Any]] = {
    "vocos": {"channels": 8, "hidden_channels": 12, "n_blocks": 2},
    "waveglow": {"n_flows": 2, "group": 8, "early_every": 1, "channels": 8, "n_layers": 2},
    "flowavenet": {"n_blocks": 2, "n_flows": 2, "blocks_per_split": 1, "channels": 8},
    "parallel_wavenet": {"layers": (2,), "channels": 6, "gate_channels": 8, "skip_channels": 8},
    "wavegrad": {
        "frame_channels": 12,
        "channels": (8, 6, 6),
        "dilations": ((1, 2, 1, 2), (1, 2, 4, 8), (1, 2, 1, 2)),
        "wave_channels": 4,
        "down_channels": (6, 8),
        "down_dilations": ((1, 2, 4), (1, 2)),
        "steps": 2,
    },
}


def with_onnx() -> None:
    for package in ("onnx", "onnxscript", "onnxruntime"):
        pytest.importorskip(package, reason=f"{package} (extra [onnx]) is not installed")


def test_packages_that_are_missing_are_named(
    acoustic: Path, vocoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ConfigError, match=r"needs the package onnx .*wavebridge\[onnx\]"):
        export(acoustic, tmp_path / "out", vocoder)
    with pytest.raises(ConfigError, match="needs the package onnx"):
        packages.need("onnx")
    assert not (tmp_path / "out").exists()


def test_what_is_not_exported(acoustic: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"wavenet is not exported \(it is autoregressive"):
        graphs.vocoder_graph(None, "wavenet")
    with pytest.raises(ConfigError, match="griffin_lim is not exported"):
        graphs.vocoder_graph(None, "griffin_lim")
    with_onnx()
    for vocoder in (None, "griffin_lim"):
        with pytest.raises(ConfigError, match="no vocoder that can be exported"):
            export(acoustic, tmp_path / "out", vocoder)
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "file").touch()
    with pytest.raises(DataError, match="is not empty"):
        export(acoustic, tmp_path / "used")


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A voice of two speakers, in eight bits."""
    with_onnx()
    home = tmp_path_factory.mktemp("export")
    acoustic = save_acoustic(home / "exp", speakers=["anna", "bert"])
    voice = pack.pack(acoustic, home / "voice", save_vocoder(home / "vocoder"))
    made = export(voice, home / "onnx", int8=True)
    for check in made.checks.values():
        assert len(check.differences) == 3 and max(check.differences.values()) < 1e-4
        assert (check.bits == 8) == (check.snr_db >= writing.MIN_SNR_DB)
    return home / "onnx"


def test_what_a_program_needs_is_in_the_folder(exported: Path) -> None:
    card = json.loads((exported / "onnx.json").read_text())
    assert (card["sample_rate_hz"], card["hop"], card["channels"]) == (4000, 16, 8)
    assert card["speakers"] == ["anna", "bert"] and card["blank"] and card["noise"] is None
    assert card["symbols"] == (exported / "tokens.txt").read_text().splitlines()
    assert set(card["graphs"]["text"]["inputs"]) == {"tokens", "token_lens", "speed", "speakers"}
    names = {"text.onnx", "frames.onnx", "vocoder.onnx", "tokens.txt", "frontend.json"}
    assert names <= {path.name for path in exported.iterdir()}


def test_the_example_speaks(exported: Path, tmp_path: Path) -> None:
    words = [sys.executable, str(EXAMPLE), str(exported), str(tmp_path / "a.wav")]
    text = "f a d e\n\n3 4 5\n"
    ended = subprocess.run(words, input=text, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stderr
    with wave.open(str(tmp_path / "a.wav")) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        assert file.getframerate() == 4000
    assert len(samples) > 2 * 800 and np.abs(samples).max() > 0
    assert len(EXAMPLE.read_text().splitlines()) <= 60


@pytest.mark.parametrize(
    "name",
    [n if n == "vocos" else pytest.param(n, marks=pytest.mark.recipe) for n in VOCODERS],
)
def test_vocoders(name: str, tmp_path: Path) -> None:
    with_onnx()
    model = build.build("vocoder", {"name": name, **VOCODERS[name]}, CONTRACT).eval()
    perturb(model)
    check = writing.write(graphs.vocoder_graph(for_export(model), name), tmp_path / "a.onnx")
    assert max(check.differences.values()) < 1e-4


@pytest.mark.recipe
def test_an_acoustic_model_of_outer_vectors(tmp_path: Path) -> None:
    with_onnx()
    sizes = {"n_tokens": 9, "n_speakers": 1, "speaker_vector": 6}
    model = build.build("acoustic", {**ACOUSTIC, "mean_only": False}, CONTRACT, sizes).eval()
    perturb(model)
    graph = graphs.Frames(for_export(model))
    assert graph.inputs["speakers"] == ("batch", None)
    assert max(writing.write(graph, tmp_path / "a.onnx").differences.values()) < 1e-4


def test_a_graph_that_says_something_else_is_refused(tmp_path: Path) -> None:
    with_onnx()

    class Wandering(graphs.Graph):
        """Never says the same twice."""

        inputs, outputs, calls = {"x": ("batch", "n")}, {"y": ("batch", "n")}, 0

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            self.calls += 1
            return x + self.calls

        def example(self, n: int, n_rows: int = 2) -> dict[str, torch.Tensor]:
            return {"x": torch.randn(n_rows, n)}

    with pytest.raises(ConfigError, match=r"y of the graph is .* from torch's"):
        writing.write(Wandering(), tmp_path / "a.onnx")


def test_eight_bits_are_a_quarter_of_the_size(tmp_path: Path) -> None:
    with_onnx()
    section = {"name": "vocos", "channels": 64, "hidden_channels": 128, "n_blocks": 2}
    model = build.build("vocoder", section, CONTRACT).eval()
    perturb(model)
    graph = graphs.vocoder_graph(for_export(model), "vocos")
    path = tmp_path / "a.onnx"
    check = writing.write(graph, path)
    size = path.stat().st_size
    eight_bits.convert(path, tmp_path / "b.onnx")
    assert (tmp_path / "b.onnx").stat().st_size < 0.5 * size  # a tiny graph is half nodes
    found = writing.quantise(graph, path, check)
    assert found.snr_db > 25
    assert (path.stat().st_size < size) == (found.bits == 8)
    assert [p.name for p in sorted(tmp_path.iterdir())] == ["a.onnx", "b.onnx"]


def test_frames_of_another_contract_are_converted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_onnx()
    monkeypatch.setattr(writing, "write", lambda *_: writing.Check({}))
    other = CONTRACT.model_copy(update={"log": "log10", "shift": 1.0})
    acoustic = save_acoustic(tmp_path / "exp", contract=other)
    section = {"name": "vocos", "channels": 4, "hidden_channels": 4, "n_blocks": 1}
    model = build.build("vocoder", section, CONTRACT, for_training=False)
    export(
        acoustic, tmp_path / "out", save(tmp_path / "v", "vocoder", section, CONTRACT, model, 1)
    )
    card = json.loads((tmp_path / "out" / "onnx.json").read_text())
    assert card["gain"] == pytest.approx(np.log(10)) and card["offset"] == pytest.approx(
        np.log(10)
    )
