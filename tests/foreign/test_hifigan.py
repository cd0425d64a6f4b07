"""HiFi-GAN's official files: what comes in sounds as before."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.checks import perturb
from tests.foreign.conftest import (
    HIFIGAN_AUDIO,
    NORMED,
    SPECTRAL,
    Official,
    folded,
    hifigan,
    new_names,
    prefixed,
    rename,
)
from tests.tiny import VOCODER
from tts import build
from tts.errors import CheckpointError, ConfigError
from tts.foreign.hifigan import _discriminators
from tts.foreign.importer import import_checkpoint


def sound(path: Path) -> torch.Tensor:
    return build.load(path, "vocoder").model.generate(torch.linspace(-4, 1, 80).view(1, 8, 10))


def expected(official: Official) -> torch.Tensor:
    return official.model.generate(torch.linspace(-4, 1, 80).view(1, 8, 10)).detach()


@pytest.mark.parametrize("block", [1, 2])
def test_the_imported_generator_sounds_as_before(tmp_path: Path, block: int) -> None:
    official = hifigan(block)
    made = import_checkpoint("hifigan", official.write(tmp_path / "in"), tmp_path / "out")
    assert torch.equal(sound(tmp_path / "out"), expected(official))
    loaded = build.load(tmp_path / "out")
    assert loaded.contract == HIFIGAN_AUDIO
    assert loaded.step == 2_500_000
    assert (made.role, made.name) == ("vocoder", "hifigan")
    assert made.n_parameters == sum(p.numel() for p in official.model.parameters())
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["checkpoints", "config.yaml"]


LAYOUTS: dict[str, Callable[[dict[str, torch.Tensor]], object]] = {
    "module. before every name": lambda s: {"generator": prefixed(s)},
    "torch's newer names": lambda s: {"generator": new_names(s)},
    "both": lambda s: {"generator": prefixed(new_names(s))},
    "no wrapper": lambda s: s,
    "more beside the weights": lambda s: {"generator": s, "steps": 9, "optim": {"lr": [0.1]}},
    "NumPy scalars beside the weights": lambda s: {"generator": s, "loss": np.float64(0.5)},
    "parameters": lambda s: {"generator": {n: torch.nn.Parameter(t) for n, t in s.items()}},
    "a stale product of the weight norm": lambda s: {
        "generator": s | {"conv_pre.weight": torch.zeros_like(s["conv_pre.weight_v"])}
    },
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_that_change_nothing(tmp_path: Path, layout: str) -> None:
    official = hifigan()
    file = official.write(tmp_path / "in", LAYOUTS[layout](official.state))
    import_checkpoint("hifigan", file, tmp_path / "out")
    assert torch.equal(sound(tmp_path / "out"), expected(official))


def test_the_file_format_before_zip(tmp_path: Path) -> None:
    official = hifigan()
    file = official.write(tmp_path / "in", _use_new_zipfile_serialization=False)
    import_checkpoint("hifigan", file, tmp_path / "out")
    assert torch.equal(sound(tmp_path / "out"), expected(official))


def test_folded_weights(tmp_path: Path) -> None:
    official = hifigan()
    file = official.write(tmp_path / "in", {"generator": folded(official.state)})
    import_checkpoint("hifigan", file, tmp_path / "out")
    torch.testing.assert_close(sound(tmp_path / "out"), expected(official), atol=1e-6, rtol=0)


def test_half_precision(tmp_path: Path) -> None:
    official = hifigan()
    half = {name: tensor.half() for name, tensor in official.state.items()}
    import_checkpoint(
        "hifigan", official.write(tmp_path / "in", {"generator": half}), tmp_path / "o"
    )
    official.model.load_state_dict(
        {n: t.half().float() for n, t in official.model.state_dict().items()}
    )
    assert torch.equal(sound(tmp_path / "o"), expected(official))


def test_a_config_of_another_name(tmp_path: Path) -> None:
    official = hifigan()
    file = official.write(tmp_path / "in")
    (tmp_path / "in" / "config.json").rename(tmp_path / "v9.json")
    import_checkpoint("hifigan", file, tmp_path / "out", tmp_path / "v9.json")
    assert torch.equal(sound(tmp_path / "out"), expected(official))


def test_a_name_without_a_step_is_step_0(tmp_path: Path) -> None:
    official = hifigan()
    file = official.write(tmp_path / "in").rename(tmp_path / "in" / "generator_v3")
    import_checkpoint("hifigan", file, tmp_path / "out")
    assert build.load(tmp_path / "out").step == 0


def test_discriminators_judge_as_before(tmp_path: Path) -> None:
    section = {**VOCODER, "n_scales": 2}
    model = build.build("vocoder", section, HIFIGAN_AUDIO, for_training=True)
    perturb(model)
    inside = {"mpd": "discriminators.0.", "msd": "discriminators.1."}
    saved = {}
    for wrapper, start in inside.items():
        state = {n: t for n, t in model.state_dict().items() if n.startswith(start)}
        rules = (
            (r"^discriminators\.\d\.parts\.", "discriminators."),
            (r"\.last\.", ".conv_post."),
            *NORMED,
            *SPECTRAL,
        )
        saved[wrapper] = rename(state, rules)
    assert "discriminators.0.convs.0.weight_u" in saved["msd"]  # the first scale, and no other
    assert "discriminators.1.convs.0.weight_g" in saved["msd"]
    torch.save(saved, tmp_path / "do_00000000")
    moved = _discriminators(tmp_path / "do_00000000", model)
    ours = {n: t for n, t in model.state_dict().items() if n.startswith("discriminators.")}
    assert moved.keys() == ours.keys()
    assert all(torch.equal(moved[name], tensor) for name, tensor in ours.items())


def test_the_discriminators_file_is_not_the_generator(tmp_path: Path) -> None:
    official = hifigan()
    file = official.write(tmp_path / "in", {"mpd": official.state, "msd": {}, "steps": 1})
    with pytest.raises(CheckpointError, match=r"under generator, it has mpd, msd, steps"):
        import_checkpoint("hifigan", file, tmp_path / "out")


@pytest.mark.parametrize("value", ["3", 7, None, "x"])
def test_an_unknown_residual_block_is_refused(tmp_path: Path, value: object) -> None:
    official = hifigan()
    file = official.write(tmp_path / "in")
    (tmp_path / "in" / "config.json").write_text(json.dumps(official.config | {"resblock": value}))
    with pytest.raises(ConfigError, match=r"config\.json: vocoder: block"):
        import_checkpoint("hifigan", file, tmp_path / "out")
