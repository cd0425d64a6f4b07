"""A bridge is learned, its frames go to a dump dir, and others are trained on them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from tests.tiny import BRIDGE, LATENT
from tests.train.conftest import ACOUSTIC, OPTIMISER, VOCODER
from tts import build, checkpoint
from tts.config import dump_yaml, to_tree
from tts.contracts import Contract
from tts.errors import ConfigError, ContractError
from tts.train.extract import extract
from tts.train.loop import train
from tts.train.settings import Experiment, load_contract, load_experiment
from tts.voice.voice import Voice


def experiment(folder: Path, dump: Path, role: str, section: dict, **audio: str) -> Experiment:
    """The configuration of four steps, read from a file."""
    players = ["model"] if role == "acoustic" else ["generator", "discriminator"]
    tree = {
        "audio": to_tree(LATENT),
        role: section,
        "data": {
            "train": str(dump / "train"),
            "dev": str(dump / "dev"),
            "feats": "latent.scp",
            "max_utterances": 3,
            "segment_frames": 80,  # the longest STFT of the loss asks for them
            "workers": 0,
        },
        "train": {
            "steps": 4,
            "precision": "float32",
            "optimisers": dict.fromkeys(players, OPTIMISER),
            "ema_decay": 0.9,
            "validate_every": 2,
            "checkpoint_every": 2,
        },
    }
    path = folder / f"{role}.yaml"
    path.write_text(dump_yaml(tree))
    return load_experiment(path, [f"audio.{key}={value}" for key, value in audio.items()])


@pytest.fixture(scope="module")
def learned(dump: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a trained bridge in `bridge`; its frames are in the dump, as `latent`."""
    folder = tmp_path_factory.mktemp("learned")
    train(experiment(folder, dump, "bridge", BRIDGE), folder / "bridge", cpu=True)
    extract([dump / "train", dump / "dev"], bridge=folder / "bridge", name="latent")
    return folder


def test_what_the_training_leaves_behind(learned: Path) -> None:
    exp = learned / "bridge"
    found = checkpoint.load(checkpoint.newest(exp))
    assert (found.role, found.step) == ("bridge", 4)
    assert found.contract["encoder_hash"] == ""
    assert "decoder.last.bias" in found.averaged
    last = json.loads((exp / "metrics.jsonl").read_text().splitlines()[-1])
    assert last["split"] == "dev" and {"stft", "kl", "pitch", "voicing"} <= set(last)
    assert (exp / "plots" / "step-00000004" / "frames.png").read_bytes()[:4] == b"\x89PNG"


def test_an_unbroken_run_equals_a_resumed_one(learned: Path, dump: Path, tmp_path: Path) -> None:
    plan = experiment(tmp_path, dump, "bridge", BRIDGE)
    half = plan.model_copy(update={"train": plan.train.model_copy(update={"steps": 2})})
    train(half, tmp_path / "exp", cpu=True)
    train(plan, tmp_path / "exp", resume=True, cpu=True)
    expected = checkpoint.load(checkpoint.newest(learned / "bridge")).weights
    resumed = checkpoint.load(checkpoint.newest(tmp_path / "exp")).weights
    assert all(torch.equal(tensor, resumed[name]) for name, tensor in expected.items())


def test_the_frames_carry_the_hash_of_the_encoder(learned: Path, dump: Path) -> None:
    loaded = build.load(learned / "bridge", "bridge")
    assert loaded.contract == loaded.model.contract and len(loaded.contract.encoder_hash) == 16
    tree = json.loads((dump / "dev" / "latent.contract.json").read_text())
    assert Contract(**tree) == loaded.contract
    wav, _ = soundfile.read(dump / "dev" / "wav" / "utt1.wav", dtype="float32")
    stored = np.load(dump / "dev" / "latent" / "utt1.npy")
    made = loaded.model.for_dump(torch.from_numpy(wav)[None])[0]
    torch.testing.assert_close(torch.from_numpy(stored), made, atol=1e-5, rtol=1e-5)


def test_an_acoustic_model_learns_it_and_speaks(learned: Path, dump: Path, tmp_path: Path) -> None:
    bridge = str(learned / "bridge")
    plan = experiment(tmp_path, dump, "acoustic", ACOUSTIC, bridge=bridge)
    assert plan.audio == build.load(bridge).contract
    train(plan, tmp_path / "exp", cpu=True)
    again = load_experiment(tmp_path / "exp" / "config.yaml")
    assert again.audio == plan.audio  # which no longer needs the bridge to be there
    voice = Voice.load(tmp_path / "exp", bridge, precision="float32", device="cpu")
    assert len(voice.say("a bad cab").samples) % LATENT.hop == 0
    with pytest.raises(ConfigError, match="needs a mel bridge"):
        Voice.load(tmp_path / "exp", device="cpu")
    extract([dump / "dev"], gta=tmp_path / "exp", name="made")
    assert np.load(dump / "dev" / "made" / "utt0.npy").shape[0] == LATENT.channels


def test_another_vocoder_learns_it(learned: Path, dump: Path, tmp_path: Path) -> None:
    bridge = str(learned / "bridge")
    train(
        experiment(tmp_path, dump, "vocoder", VOCODER, bridge=bridge), tmp_path / "exp", cpu=True
    )
    assert build.load(tmp_path / "exp").contract == build.load(bridge).contract


def test_frames_of_another_encoder_are_refused(learned: Path, dump: Path, tmp_path: Path) -> None:
    other = experiment(tmp_path, dump, "vocoder", VOCODER, encoder_hash="0123456789abcdef")
    with pytest.raises(ContractError, match=r"latent\.contract\.json: encoder_hash '\w{16}'"):
        train(other, tmp_path / "exp", cpu=True)
    loaded = build.load(learned / "bridge")
    with pytest.raises(ContractError, match="encoder_hash"):
        build.load_bridge(other.audio, learned / "bridge")
    assert build.load_bridge(loaded.contract, learned / "bridge").contract == loaded.contract
    with pytest.raises(ContractError, match="name its experiment"):
        build.load_bridge(loaded.contract)


def test_an_audio_section_that_names_no_bridge(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("audio: {bridge: [1]}")
    with pytest.raises(ConfigError, match="expected an experiment's path"):
        load_contract(tmp_path / "a.yaml")


def test_one_source_of_frames(tmp_path: Path) -> None:
    for sources in ({}, {"conf": "a.yaml", "bridge": "exp"}):
        with pytest.raises(ConfigError, match="give one of --conf FILE, --bridge EXP"):
            extract([tmp_path], **sources)
