"""WaveGrad's files of both public implementations: what comes in sounds as before."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from tests.foreign.conftest import Official, prefixed
from tests.foreign.wavegrads import IVANVOVK_AUDIO, LMNT_AUDIO, ivanvovk, lmnt, lmnt_tree
from tts import build
from tts.contracts import differences
from tts.errors import CheckpointError, ConfigError
from tts.foreign.importer import import_checkpoint

FRAMES, NOISE = torch.linspace(-4, 1, 80).view(1, 8, 10), torch.randn(1, 3, 120)


def speak(model: nn.Module) -> torch.Tensor:
    return model.generate(FRAMES, noise=NOISE, steps=3).detach()


def sound(path: Path) -> torch.Tensor:
    return speak(build.load(path, "vocoder").model)


def bring(folder: Path, official: Official, tree: Any = None, config: bool = True) -> Path:
    file = official.write(folder / "in", tree)
    given = folder / "in" / "config.json" if config else None
    import_checkpoint("wavegrad", file, folder / "out", given)
    return folder / "out"


def test_lmnts_checkpoint_sounds_as_before(tmp_path: Path) -> None:
    official = lmnt()
    out = bring(tmp_path, official, lmnt_tree(official))
    assert torch.equal(sound(out), speak(official.model))
    loaded = build.load(out)
    assert differences(loaded.contract, LMNT_AUDIO) == {}
    config = loaded.model.config
    assert (config.level_scale, config.clamp, config.resampling) == (1.0, "sample", "nearest")
    assert (config.training_steps, config.first_beta) == (1000, pytest.approx(1e-6))


def test_ivanvovks_checkpoint_sounds_as_before(tmp_path: Path) -> None:
    official = ivanvovk()
    assert "nn.films.0.shift_conv.conv1d.weight" in official.state
    out = bring(tmp_path, official)
    assert torch.equal(sound(out), speak(official.model))
    loaded = build.load(out)
    assert differences(loaded.contract, IVANVOVK_AUDIO) == {}
    assert loaded.step == 7
    config = loaded.model.config
    assert (config.level_scale, config.clamp, config.resampling) == (5000.0, "clean", "linear")
    assert (config.training_steps, config.first_beta, config.last_beta) == (200, 1e-4, 0.05)


def test_his_config_beside_the_file_is_found(tmp_path: Path) -> None:
    assert bring(tmp_path, ivanvovk(), config=False).is_dir()


LAYOUTS: dict[str, Callable[[Official], Any]] = {
    "module. before every name": lambda o: {"model": prefixed(o.state), "params": o.params},
    "half precision": lambda o: {
        "model": {n: t.half() for n, t in o.state.items()},
        "params": o.params,
    },
    "parameters": lambda o: {
        "model": {n: nn.Parameter(t) for n, t in o.state.items()},
        "params": o.params,
    },
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_that_change_nothing(tmp_path: Path, layout: str) -> None:
    official = lmnt()
    if layout == "half precision":
        halved = {n: t.half().float() for n, t in official.model.state_dict().items()}
        official.model.load_state_dict(halved)
    out = bring(tmp_path, official, LAYOUTS[layout](official))
    assert torch.equal(sound(out), speak(official.model))


def test_bare_weights_take_the_settings_of_his_code(tmp_path: Path) -> None:
    """300 samples a hop, 22 050 Hz: not those of this model, whose three blocks then fit 300."""
    official = lmnt()
    official.config = {"dilations": official.config["dilations"]}
    loaded = build.load(bring(tmp_path, official, official.state))
    contract = loaded.contract
    assert (contract.sample_rate_hz, contract.hop, contract.win, contract.n_fft) == (
        22_050, 300, 1200, 2048,
    )  # fmt: skip
    assert loaded.model.factors == (10, 6, 5)


def test_fields_of_the_contract_can_be_given(tmp_path: Path) -> None:
    official = lmnt()
    audio = {"mel_scale": "slaney", "mel_norm": "slaney", "window_norm": False}
    official.config |= {"audio": audio, "sample_rate": 4800}
    contract = build.load(bring(tmp_path, official, lmnt_tree(official))).contract
    assert (contract.mel_scale, contract.mel_norm, contract.window_norm) == (
        "slaney", "slaney", False,
    )  # fmt: skip
    assert contract.sample_rate_hz == 4800


def test_files_without_buffers_and_with_others(tmp_path: Path) -> None:
    official = ivanvovk()
    network = {n: t for n, t in official.state.items() if n.startswith("nn.")}
    out = bring(tmp_path, official, {"model": network | {"sqrt_alphas": torch.ones(3)}})
    assert torch.equal(sound(out), speak(official.model))


def test_something_else_is_refused(tmp_path: Path) -> None:
    official = lmnt()
    with pytest.raises(CheckpointError, match=r"neither lmnt's WaveGrad .* nor ivanvovk's"):
        bring(tmp_path, official, {"model": {"conv.weight": torch.ones(2)}})


@pytest.mark.parametrize("make", [lmnt, ivanvovk])
def test_a_missing_and_an_extra_tensor(tmp_path: Path, make: Callable[[], Official]) -> None:
    official = make()
    prefix = "" if make is lmnt else "nn."
    extra = {**official.state, f"{prefix}extra.weight": torch.ones(2)}
    params = getattr(official, "params", {})
    with pytest.raises(CheckpointError, match=rf"tensor {prefix}extra\.weight has no place"):
        bring(tmp_path, official, {"model": extra, "params": params})
    for name in official.state:
        if not name.endswith("weight") or name == f"{prefix}ublock_preconv.conv1d.weight":
            continue
        fewer = {n: t for n, t in official.state.items() if n != name}
        with pytest.raises(CheckpointError, match=r"is missing|neither"):
            bring(tmp_path, official, {"model": fewer, "params": params})
    assert not (tmp_path / "out").exists()


def test_another_shape(tmp_path: Path) -> None:
    official = ivanvovk()
    official.config["model_config"]["upsampling_out_channels"] = [9, 7, 4]
    with pytest.raises(CheckpointError, match="has shape"):
        bring(tmp_path, official)


@pytest.mark.parametrize(
    ("section", "key", "value", "message"),
    [
        ("model_config", "factors", [2, 2, 2], "multiply to 8, the bridge's hop is 12"),
        ("model_config", "upsampling_out_channels", "x", "vocoder: channels"),
        ("data_config", "n_mels", "eight", "channels"),
        ("training_config", "training_noise_schedule", {"n_iter": 3}, "betas_range is missing"),
        (
            "training_config",
            "training_noise_schedule",
            {"n_iter": 3, "betas_range": 1},
            "betas_range = 1: expected two numbers",
        ),
    ],
)
def test_a_config_that_does_not_fit(
    tmp_path: Path, section: str, key: str, value: Any, message: str
) -> None:
    official = ivanvovk()
    official.config[section][key] = value
    with pytest.raises(ConfigError, match=message):
        bring(tmp_path, official)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"hop_samples": "x"}, "hop_samples = 'x': expected a number of samples"),
        ({"factors": [5]}, "choose 3 factors whose product is the hop"),
        ({"dilations": None}, "dilations"),
        ({"audio": {"wrong": 1}}, "unknown key wrong"),
    ],
)
def test_settings_that_do_not_fit(tmp_path: Path, given: dict[str, Any], message: str) -> None:
    official = lmnt()
    official.config |= given
    with pytest.raises(ConfigError, match=message) as error:
        bring(tmp_path, official, lmnt_tree(official))
    assert json.dumps("config.json")[1:-1] in str(error.value)
