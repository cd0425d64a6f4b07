"""Names become models, checkpoints become models, and what fits neither is refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.tiny import ACOUSTIC, CONTRACT, VOCODER, save_acoustic, save_vocoder
from tts import build, checkpoint
from tts.errors import CheckpointError, ConfigError

SIZES = {"n_tokens": 30, "n_speakers": 1}


def test_every_role_names_its_files() -> None:
    assert "glow_tts" in build.names("acoustic")
    assert {"griffin_lim", "hifigan"} <= set(build.names("vocoder"))
    assert build.names("bridge") == ["glow_wavegan", "mel"]
    assert build.names("speaker") == ["ecapa_tdnn"]
    assert set(build.ROLES) == {"acoustic", "vocoder", "bridge", "speaker"}


def test_an_unknown_role_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"^a\.yaml: no role 'singer'; .*acoustic, vocoder"):
        build.build("singer", {"name": "anna"}, CONTRACT, source="a.yaml")


@pytest.mark.parametrize("section", [{"name": "waveglue"}, {}, {"name": None}])
def test_an_unknown_name_is_refused_with_the_known_ones(section: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=r"^a\.yaml: vocoder name .*griffin_lim, hifigan"):
        build.build("vocoder", section, CONTRACT, source="a.yaml")
    with pytest.raises(ConfigError, match=r"^a\.yaml: vocoder name"):
        build.check_section("vocoder", section, "a.yaml")


def test_an_unknown_setting_is_refused_with_the_known_ones() -> None:
    section = {**VOCODER, "rate": [4, 4]}
    with pytest.raises(ConfigError, match=r"^a\.yaml: vocoder: unknown key rate; .*rates"):
        build.build("vocoder", section, CONTRACT, source="a.yaml")
    with pytest.raises(ConfigError, match="unknown key rate"):
        build.check_section("vocoder", section, "a.yaml")


def test_what_the_model_refuses_names_the_source() -> None:
    with pytest.raises(ConfigError, match=r"^a\.yaml: hifigan: "):
        build.build("vocoder", {**VOCODER, "rates": [4, 8]}, CONTRACT, source="a.yaml")


def test_check_section_takes_what_can_be_built() -> None:
    build.check_section("acoustic", ACOUSTIC, "a.yaml")
    model = build.build("acoustic", ACOUSTIC, CONTRACT, SIZES)
    assert model.encoder.embedding.num_embeddings == 30
    assert build.build("bridge", {"name": "mel"}, CONTRACT).contract == CONTRACT


@pytest.mark.parametrize("role", ["acoustic", "vocoder"])
def test_an_experiment_is_loaded(tmp_path: Path, role: str) -> None:
    exp = {"acoustic": save_acoustic, "vocoder": save_vocoder}[role](tmp_path / "exp")
    loaded = build.load(exp, role)
    assert (loaded.role, loaded.contract) == (role, CONTRACT)
    assert loaded.section == {"acoustic": ACOUSTIC, "vocoder": VOCODER}[role]
    assert loaded.step == {"acoustic": 7, "vocoder": 9}[role]
    assert not loaded.model.training
    saved = checkpoint.load(checkpoint.newest(exp)).weights
    state = loaded.model.state_dict()
    assert state and all(torch.equal(t, saved[name]) for name, t in state.items())
    file = build.load(checkpoint.newest(exp)).model.state_dict()
    assert all(torch.equal(t, file[name]) for name, t in state.items())


def test_another_role_is_refused(tmp_path: Path) -> None:
    exp = save_vocoder(tmp_path / "exp")
    with pytest.raises(ConfigError, match="holds the vocoder hifigan, expected: acoustic"):
        build.load(exp, "acoustic")
    with pytest.raises(CheckpointError):
        build.load(tmp_path / "nowhere")


def test_inference_weights_leave_out_what_only_training_needs(tmp_path: Path) -> None:
    whole = build.build("vocoder", VOCODER, CONTRACT, for_training=True)
    kept = build.inference_weights(whole, whole.state_dict())
    left_out = whole.state_dict().keys() - kept.keys()
    assert left_out and {name.split(".")[0] for name in left_out} == set(whole.training_only)
    bare = build.build("vocoder", VOCODER, CONTRACT)
    assert bare.state_dict().keys() == kept.keys()
    saved = checkpoint.load(checkpoint.newest(save_vocoder(tmp_path / "exp"))).weights
    loaded = build.load(tmp_path / "exp").model.state_dict()
    assert loaded.keys() == kept.keys() < saved.keys()


def test_inference_weights_of_a_model_without_such_parts() -> None:
    model = build.build("acoustic", ACOUSTIC, CONTRACT, SIZES)
    assert model.training_only == ()
    assert build.inference_weights(model, model.state_dict()).keys() == model.state_dict().keys()
