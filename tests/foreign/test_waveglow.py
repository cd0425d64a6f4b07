"""WaveGlow's official files, in all their layouts: what comes in sounds as before."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from tests.foreign.conftest import (
    GLOW_AUDIO,
    WAVEGLOW_SECTION,
    folded,
    new_names,
    prefixed,
    waveglow,
    waveglow_older,
)
from tts import build
from tts.contracts import Contract
from tts.errors import CheckpointError, ConfigError
from tts.foreign.importer import import_checkpoint

pytestmark = pytest.mark.filterwarnings("ignore:Couldn't retrieve source code")

FRAMES, NOISE = torch.linspace(-4, 1, 80).view(1, 8, 10), torch.randn(1, 160)
State = dict[str, torch.Tensor]


def speak(model: nn.Module) -> torch.Tensor:
    return model.generate(FRAMES, noise=NOISE, temperature=0.9).detach()


def sound(path: Path) -> torch.Tensor:
    return speak(build.load(path, "vocoder").model)


def whole(state: State, module: str = "glow") -> nn.Module:
    """A pickled module of the official classes with these tensors."""
    classes = {"": "WaveGlow", "WN": "WN", "convinv": "Invertible1x1Conv"}
    made = sys.modules[module]

    def node(prefix: str) -> nn.Module:
        parent, _, own = prefix.rpartition(".")
        name = classes.get(parent if own.isdigit() else prefix) if prefix.count(".") < 2 else None
        cls = getattr(made, name) if name and (own.isdigit() or not prefix) else nn.Module
        return cls()

    root = node("")
    for name, tensor in state.items():
        here, path = root, name.split(".")
        for depth, part in enumerate(path[:-1]):
            if part not in here._modules:
                here.add_module(part, node(".".join(path[: depth + 1])))
            here = here._modules[part]
        here.register_parameter(path[-1], nn.Parameter(tensor))
    return root


@pytest.fixture(autouse=True)
def _official_classes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Classes under the official names, for torch.save alone."""
    for module, names in {
        "glow": ("WaveGlow", "WN", "Invertible1x1Conv"),
        "glow_old": ("WaveGlow", "WN", "Invertible1x1Conv"),
    }.items():
        fake = types.ModuleType(module)
        for name in names:
            setattr(fake, name, type(name, (nn.Module,), {"__module__": module}))
        monkeypatch.setitem(sys.modules, module, fake)


def test_a_training_checkpoint(tmp_path: Path) -> None:
    official = waveglow()
    tree = {"model": whole(official.state), "iteration": 2000, "optimizer": {}}
    file = official.write(tmp_path / "in", tree)
    made = import_checkpoint("waveglow", file, tmp_path / "out")
    loaded = build.load(tmp_path / "out")
    assert torch.equal(speak(loaded.model), speak(official.model))
    assert loaded.contract == GLOW_AUDIO
    assert loaded.section == {**WAVEGLOW_SECTION, "kernel": 3, "exchanged": False}
    assert loaded.step == 2000
    assert (made.role, made.name) == ("vocoder", "waveglow")
    assert made.n_parameters == sum(p.numel() for p in official.model.parameters())


LAYOUTS: dict[str, Callable[[State], object]] = {
    "a state dict": lambda s: s,
    "a state dict under model": lambda s: {"model": s},
    "a state dict under state_dict": lambda s: {"state_dict": s, "config": {"n_flows": 1}},
    "module.": lambda s: {"state_dict": prefixed(s)},
    "module.1.": lambda s: {"state_dict": prefixed({f"1.{n}": t for n, t in s.items()})},
    "torch's newer names": lambda s: {"model": new_names(s)},
    "a whole module": lambda s: {"model": whole(s)},
    "a condition for each layer": lambda s: {"model": waveglow_older(s, split=False)},
    "that, and residual and skip apart": lambda s: {"model": waveglow_older(s, split=True)},
    "that, whole": lambda s: {"model": whole(waveglow_older(s, split=True))},
    "a stale product of the weight norm": lambda s: {
        "model": whole(s | {"WN.0.start.weight": torch.zeros(6, 4, 1)})
    },
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("zip_format", [True, False])
def test_layouts_that_change_nothing(tmp_path: Path, layout: str, zip_format: bool) -> None:
    official = waveglow()
    tree = LAYOUTS[layout](official.state)
    file = official.write(tmp_path / "in", tree, _use_new_zipfile_serialization=zip_format)
    import_checkpoint("waveglow", file, tmp_path / "out")
    assert torch.equal(sound(tmp_path / "out"), speak(official.model))


@pytest.mark.parametrize("older", [False, True])
def test_weight_norm_removed(tmp_path: Path, older: bool) -> None:
    official = waveglow()
    state = folded(waveglow_older(official.state, split=True) if older else official.state)
    import_checkpoint("waveglow", official.write(tmp_path / "in", state), tmp_path / "out")
    torch.testing.assert_close(sound(tmp_path / "out"), speak(official.model), atol=1e-6, rtol=0)


def test_exchanged_roles_are_for_the_user_to_know(tmp_path: Path) -> None:
    official = waveglow(exchanged=True)
    file = official.write(tmp_path / "in", {"model": official.state})
    import_checkpoint("waveglow", file, tmp_path / "old", glow_old=True)
    import_checkpoint("waveglow", file, tmp_path / "new")
    assert torch.equal(sound(tmp_path / "old"), speak(official.model))
    assert not torch.allclose(sound(tmp_path / "new"), speak(official.model), atol=1e-3)


def test_a_module_of_glow_old_needs_the_option(tmp_path: Path) -> None:
    official = waveglow(exchanged=True)
    file = official.write(tmp_path / "in", {"model": whole(official.state, "glow_old")})
    with pytest.raises(CheckpointError, match=r"glow_old\.\w+"):
        import_checkpoint("waveglow", file, tmp_path / "out")


def test_without_a_config_the_front_end_is_the_published_one(tmp_path: Path) -> None:
    contract = Contract(preset="tacotron2", channels=8)
    official = waveglow(contract, n_flows=2, upsample_kernel=1024)
    file = official.write(tmp_path / "in")
    (tmp_path / "in" / "config.json").unlink()
    import_checkpoint("waveglow", file, tmp_path / "out")
    loaded, noise = build.load(tmp_path / "out"), torch.randn(1, 3 * 256)
    assert loaded.contract == contract
    wavs = (m.generate(FRAMES[:, :, :3], noise=noise) for m in (loaded.model, official.model))
    assert torch.equal(*wavs)


def replaced(name: str, tensor: torch.Tensor | None) -> Callable[[State], State]:
    def change(state: State) -> State:
        state = dict(state)
        state.pop(name, None)
        return state if tensor is None else state | {name: tensor}

    return change


SINGULAR = torch.ones(8, 8, 1)
BROKEN: dict[str, tuple[Callable[[State], object], str]] = {
    "a tensor missing": (
        replaced("WN.1.in_layers.2.bias", None),
        r"tensor WN\.1\.in_layers\.2\.bias is missing",
    ),
    "a tensor of an older layout missing": (
        lambda s: replaced("WN.0.cond_layers.1.weight_g", None)(waveglow_older(s, split=False)),
        r"tensor WN\.0\.cond_layers\.1\.weight_g is missing",
    ),
    "a tensor too many": (
        replaced("WN.0.gain", torch.ones(1)),
        r"tensor WN\.0\.gain has no place in the model",
    ),
    "a flow too few": (
        lambda s: replaced("convinv.4.conv.weight", None)(s),
        r"tensor WN\.4\.\S+ has no place in the model",
    ),
    "a tensor turned": (
        replaced("WN.0.start.weight_v", torch.ones(4, 6, 1)),
        r"WN\.0\.start\.weight_v has shape \(4, 6, 1\), expected \(6, 4, 1\)",
    ),
    "a mixing that cannot be undone": (
        replaced("convinv.0.conv.weight", SINGULAR),
        r"convinv\.0\.conv\.weight has no usable inverse",
    ),
    "a row of zeros": (
        replaced("WN.0.start.weight_v", torch.zeros(6, 4, 1)),
        r"WN\.0\.start\.weight_v has a row of zeros",
    ),
    "whole numbers": (
        replaced("WN.0.end.bias", torch.ones(8, dtype=torch.int8)),
        r"WN\.0\.end\.bias holds torch\.int8, expected real numbers",
    ),
    "an empty tensor": (
        replaced("upsample.weight", torch.zeros(0, 8, 64)),
        r"upsample\.weight has shape \(0, 8, 64\), expected 3 axes, none of length 0",
    ),
    "another model": (
        lambda s: {"conv_pre.weight_v": torch.ones(1)},
        r"tensor convinv\.0\.conv\.weight is missing; give a checkpoint of a WaveGlow",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_files_that_are_refused(tmp_path: Path, name: str) -> None:
    change, expected = BROKEN[name]
    official = waveglow()
    file = official.write(tmp_path / "in", {"model": change(official.state)})
    with pytest.raises(CheckpointError, match=expected) as caught:
        import_checkpoint("waveglow", file, tmp_path / "out")
    assert str(caught.value).startswith(f"{file}: ") and "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_a_config_of_another_model(tmp_path: Path) -> None:
    official = waveglow()
    file = official.write(tmp_path / "in")
    (tmp_path / "in" / "config.json").write_text('{"sampling_rate": 4000}')
    with pytest.raises(ConfigError, match=r"config\.json: key data_config is missing"):
        import_checkpoint("waveglow", file, tmp_path / "out")


def test_a_hop_that_the_group_does_not_divide(tmp_path: Path) -> None:
    official = waveglow()
    official.config["data_config"] = official.config["data_config"] | {"hop_length": 20}
    file = official.write(tmp_path / "in")
    with pytest.raises(ConfigError, match="hop 20 does not divide by group 8"):
        import_checkpoint("waveglow", file, tmp_path / "out")
