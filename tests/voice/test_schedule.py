"""The schedule of an experiment: searched for on held-out speech, or adopted from elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.checks import perturb
from tests.tiny import CONTRACT, save
from tts import build
from tts.audio import io
from tts.bridge.mel import Model as MelBridge
from tts.contracts import Contract
from tts.data.features import write_features
from tts.data.tables import write_table
from tts.diffusion import schedules
from tts.diffusion.schedules import Schedule
from tts.errors import ConfigError, ContractError
from tts.voice.schedule import adopt_schedule, search_schedule

SECTION = {
    "name": "wavegrad",
    "frame_channels": 6,
    "channels": [6, 4],
    "dilations": [[1, 2, 1, 2], [1, 2, 1, 2]],
    "wave_channels": 4,
    "down_channels": [6],
    "down_dilations": [[1, 2]],
}
QUICK = {"n_utterances": 2, "seconds": 0.1, "precision": "float32", "device": "cpu"}


@pytest.fixture
def exp(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    model = build.build("vocoder", SECTION, CONTRACT, for_training=True)
    perturb(model)
    return save(tmp_path / "exp", "vocoder", SECTION, CONTRACT, model, 5)


@pytest.fixture(scope="module")
def dump(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_dump(tmp_path_factory.mktemp("dump"), CONTRACT)


def write_dump(folder: Path, contract: Contract) -> Path:
    """Three short tones, and their frames."""
    wavs, samples = {}, {}
    for i in range(3):
        wav = 0.3 * np.sin(np.arange(1200 + 200 * i) * (0.1 + 0.05 * i)).astype(np.float32)
        io.write(folder / f"u{i}.wav", wav, contract.sample_rate_hz)
        wavs[f"u{i}"], samples[f"u{i}"] = folder / f"u{i}.wav", len(wav)
    write_table(folder / "wav.scp", wavs)
    write_table(folder / "utt2num_samples", samples)
    bridge = MelBridge(contract)
    write_features(
        folder, lambda wav: bridge.encode(torch.from_numpy(wav)[None])[0].numpy(), contract
    )
    return folder


def test_the_search_improves_and_is_written(exp: Path, dump: Path) -> None:
    found = search_schedule(exp, dump, 3, budget=25, **QUICK)
    assert found.out == str(exp / "schedules" / "ancestral-3.json")
    assert found.score < found.fitted_score
    assert (found.n_steps, found.n_tried) == (3, 25)
    assert schedules.read_folder(exp / "schedules") == {(3, "ancestral"): Schedule(found.betas)}
    tree = json.loads(Path(found.out).read_text())
    assert tree["score"] == found.score and tree["n_tried"] == 25


def test_another_search_goes_on(exp: Path, dump: Path) -> None:
    first = search_schedule(exp, dump, 3, budget=25, **QUICK)
    again = search_schedule(exp / "checkpoints" / "step-00000005.pt", dump, 3, budget=3, **QUICK)
    assert again.betas == first.betas and again.score == first.score
    assert again.fitted_score == first.fitted_score


def test_samplers_have_schedules_of_their_own(exp: Path, dump: Path) -> None:
    for sampler in ("ancestral", "ddim"):
        search_schedule(exp, dump, 2, sampler=sampler, budget=4, **QUICK)
    assert set(schedules.read_folder(exp / "schedules")) == {(2, "ancestral"), (2, "ddim")}


@pytest.mark.parametrize("name", ["a.json", "a.txt", "a.npy", "a.pt"])
def test_others_schedules_are_adopted(exp: Path, tmp_path: Path, name: str) -> None:
    betas = [1e-6, 0.25, 0.5]
    path = tmp_path / name
    if name == "a.npy":
        np.save(path, np.array(betas))
    elif name == "a.pt":
        torch.save([torch.tensor(b) for b in betas], path)
    else:
        path.write_text(json.dumps(betas) if name == "a.json" else "1e-6 0.25 0.5")
    made = adopt_schedule(exp, path)
    assert made.betas == pytest.approx(betas) and made.score is None
    assert schedules.read_folder(exp / "schedules")[3, "ancestral"].betas == made.betas


@pytest.mark.parametrize("tree", [{"weights": torch.ones(2)}, torch.ones(2, 2), 5])
def test_torch_files_of_something_else(exp: Path, tmp_path: Path, tree: object) -> None:
    torch.save(tree, tmp_path / "a.pt")
    with pytest.raises(ConfigError, match="no noise schedule; expected a list of betas"):
        adopt_schedule(exp, tmp_path / "a.pt")


def test_a_negative_beta_in_a_torch_file(exp: Path, tmp_path: Path) -> None:
    """One of the published schedules has one."""
    torch.save(torch.tensor([0.1, -1e-7]), tmp_path / "a.pt")
    with pytest.raises(ConfigError, match=r"a\.pt: noise schedule: beta 2 of 2 is -1e-07"):
        adopt_schedule(exp, tmp_path / "a.pt")
    assert not (exp / "schedules").exists()


def test_other_vocoders_take_none(vocoder: Path, dump: Path) -> None:
    with pytest.raises(ConfigError, match="this vocoder takes no noise schedule"):
        search_schedule(vocoder, dump, 3, **QUICK)


def test_knobs_and_data_that_do_not_fit(exp: Path, dump: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="steps 0"):
        search_schedule(exp, dump, 0, **QUICK)
    with pytest.raises(ConfigError, match="sampler 'euler'"):
        search_schedule(exp, dump, 3, sampler="euler", **QUICK)
    (tmp_path / "dump").mkdir()
    other = write_dump(tmp_path / "dump", CONTRACT.model_copy(update={"fmax_hz": 1500.0}))
    with pytest.raises(ContractError, match="fmax_hz"):
        search_schedule(exp, other, 3, **QUICK)
