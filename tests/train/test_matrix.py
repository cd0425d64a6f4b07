"""Any vocoder on any bridge: learns its frames, is saved and loaded, makes sound, and speaks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests import tiny
from tests.train.conftest import ACOUSTIC, AUDIO, OPTIMISER
from tts import build, checkpoint
from tts.config import parse, to_tree
from tts.contracts import Contract
from tts.errors import ConfigError, ContractError
from tts.train.extract import extract
from tts.train.loop import train
from tts.train.settings import Experiment
from tts.voice import pack
from tts.voice.vocoding import Vocoding
from tts.voice.voice import Voice

BRIDGES = ("mel", "latent")
STACK = {"channels": 6, "gate_channels": 8, "skip_channels": 5, "cycle": 2}
WAVENET = {"name": "wavenet", **STACK, "n_mixtures": 2, "n_layers": 4}
STUDENT = {"name": "parallel_wavenet", **STACK, "layers": [2, 3], "front_kernel": 3, "n_scores": 2}
GAUSSIAN = {"distribution": "gaussian", "power_weight": 0, "contrastive_weight": 0}
# Every vocoder by what it is called here, teachers first.
SECTIONS: dict[str, dict[str, Any]] = {
    "wavenet": WAVENET,
    "gaussian wavenet": {**WAVENET, "output": "gaussian"},
    "parallel_wavenet": STUDENT,
    "clarinet": {**STUDENT, **GAUSSIAN, "magnitude_weight": 1.0},
    "hifigan": {**tiny.VOCODER, "kernels": [3], "dilations": [[1, 2]]},
    "vocos": {
        "name": "vocos",
        "channels": 8,
        "hidden_channels": 16,
        "n_blocks": 2,
        "periods": [2],
        "period_widths": [4, 8],
        "resolutions": [64],
        "resolution_channels": 4,
    },
    "waveglow": {"name": "waveglow", "n_flows": 4, "early_every": 2, "channels": 8, "n_layers": 2},
    "flowavenet": {"name": "flowavenet", "n_blocks": 2, "n_flows": 2, "channels": 8},
    "wavegrad": {
        "name": "wavegrad",
        "frame_channels": 6,
        "channels": [6, 4],
        "dilations": [[1, 2, 1, 2], [1, 2, 1, 2]],
        "wave_channels": 4,
        "down_channels": [4],
        "down_dilations": [[1, 2]],
        "steps": 2,
    },
    "the latent's decoder": tiny.BRIDGE,
}
TEACHERS = {"parallel_wavenet": "wavenet", "clarinet": "gaussian wavenet"}
UNTRAINED = {"griffin_lim"}


def plan(
    dump: Path, contract: Contract, role: str, section: dict[str, Any], teacher: Path | None = None
) -> Experiment:
    """One step on whatever frames the dump has of the contract."""
    sizes = {"n_tokens": 9} if role == "acoustic" else None
    model = build.build(role, section, contract, sizes, for_training=True)
    tree = {
        "audio": to_tree(contract),
        role: section,
        "data": {
            "train": str(dump / "train"),
            "dev": str(dump / "dev"),
            "feats": "matrix.scp" if contract.kind == "latent" else "feats.scp",
            "max_utterances": 2,
            "segment_frames": 80,  # the longest STFT of the losses asks for them
            "workers": 0,
        },
        "train": {
            "steps": 1,
            "precision": "float32",
            "teacher": None if teacher is None else str(teacher),
            "optimisers": dict.fromkeys(model.players, OPTIMISER),
        },
    }
    return parse(Experiment, tree, "test")


class Matrix:
    """Bridges, acoustic models and vocoders, each trained when it is first asked for."""

    def __init__(self, dump: Path, folder: Path) -> None:
        self.dump, self.folder = dump, folder
        self.train("bridge", tiny.BRIDGE, tiny.LATENT, folder / "bridge")
        extract([dump / "train", dump / "dev"], bridge=folder / "bridge", name="matrix")
        self.contracts = {
            "mel": Contract(**AUDIO),
            "latent": build.load(folder / "bridge").contract,
        }

    def train(
        self, role: str, section: dict[str, Any], contract: Contract, exp: Path, *teacher: Path
    ) -> None:
        train(plan(self.dump, contract, role, section, *teacher), exp, cpu=True)

    def acoustic(self, bridge: str) -> Path:
        exp = self.folder / f"acoustic on {bridge}"
        if not exp.exists():
            self.train("acoustic", ACOUSTIC, self.contracts[bridge], exp)
        return exp

    def vocoder(self, name: str, bridge: str) -> Path:
        if SECTIONS[name] is tiny.BRIDGE:
            return self.folder / "bridge"
        exp = self.folder / f"{name} on {bridge}"
        if not exp.exists():
            teachers = [self.vocoder(TEACHERS[name], bridge)] if name in TEACHERS else []
            self.train("vocoder", SECTIONS[name], self.contracts[bridge], exp, *teachers)
        return exp


@pytest.fixture(scope="module")
def matrix(dump: Path, tmp_path_factory: pytest.TempPathFactory) -> Matrix:
    return Matrix(dump, tmp_path_factory.mktemp("matrix"))


def test_the_matrix_holds_every_vocoder() -> None:
    here = {section["name"] for section in SECTIONS.values()} - {"glow_wavegan"}
    assert here == set(build.names("vocoder")) - UNTRAINED


@pytest.mark.parametrize("bridge", BRIDGES)
@pytest.mark.parametrize("name", SECTIONS)
def test_any_vocoder_on_any_bridge(matrix: Matrix, name: str, bridge: str, tmp_path: Path) -> None:
    if (SECTIONS[name], bridge) == (tiny.BRIDGE, "mel"):
        pytest.skip("a latent's decoder is one of that latent alone")
    exp, acoustic = matrix.vocoder(name, bridge), matrix.acoustic(bridge)
    contract = matrix.contracts[bridge]
    assert checkpoint.load(checkpoint.newest(exp)).step == 1
    options = {"precision": "float32", "device": "cpu"}
    vocoding = Vocoding.load(exp, contract, bridge=_named(matrix, bridge), **options)
    frames = torch.randn(contract.channels, 12, generator=torch.Generator().manual_seed(0))
    wav = vocoding(frames, seed=1)
    assert wav.shape == (12 * contract.hop,) and np.isfinite(wav).all() and np.ptp(wav) > 0
    assert vocoding.resynthesise(np.sin(np.arange(200) / 5).astype(np.float32)).shape == (200,)
    said = Voice.load(acoustic, exp, **options).say("a bad", seed=2).samples
    voice = pack.pack(acoustic, tmp_path / "voice", exp)
    assert np.array_equal(Voice.load(voice, **options).say("a bad", seed=2).samples, said)


def _named(matrix: Matrix, bridge: str) -> Path | None:
    return matrix.folder / "bridge" if bridge == "latent" else None


@pytest.mark.parametrize("bridge", BRIDGES)
def test_a_vocoder_of_the_other_bridge_is_refused(matrix: Matrix, bridge: str) -> None:
    other = {"mel": "latent", "latent": "mel"}[bridge]
    with pytest.raises(ContractError, match="do not speak the same bridge"):
        Voice.load(matrix.acoustic(bridge), matrix.vocoder("hifigan", other), device="cpu")
    with pytest.raises(ContractError, match="do not speak the same bridge"):
        build.load_bridge(matrix.contracts["mel"], matrix.folder / "bridge")


def test_griffin_lim_takes_a_mel_alone(matrix: Matrix) -> None:
    assert Voice.load(matrix.acoustic("mel"), "griffin_lim", device="cpu").say("a").audio_s > 0
    with pytest.raises(ConfigError, match="needs a mel bridge"):
        Voice.load(matrix.acoustic("latent"), "griffin_lim", device="cpu")
