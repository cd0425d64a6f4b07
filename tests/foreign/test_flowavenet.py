"""FloWaveNet's official files: what comes in sounds as before, and is as likely."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from tests.foreign.conftest import (
    FLOWAVENET_AUDIO,
    FLOWAVENET_SECTION,
    flowavenet,
    folded,
    new_names,
    prefixed,
)
from tts import build
from tts.errors import CheckpointError, ConfigError
from tts.foreign.importer import import_checkpoint

FRAMES, NOISE = torch.linspace(0, 1, 60).view(1, 6, 10), torch.randn(1, 160)
State = dict[str, torch.Tensor]


def speak(model: nn.Module) -> torch.Tensor:
    return model.generate(FRAMES, noise=NOISE, temperature=0.9).detach()


def sound(path: Path) -> torch.Tensor:
    return speak(build.load(path, "vocoder").model)


@pytest.mark.parametrize(
    "over", [{}, {"n_flows": 3}, {"n_blocks": 2}, {"n_layers": 1, "n_flows": 1}]
)
def test_the_imported_model_is_the_same(
    tmp_path: Path, over: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(FLOWAVENET_SECTION, "n_layers", over.get("n_layers", 3))
    official = flowavenet(**over)
    made = import_checkpoint("flowavenet", official.write(tmp_path / "in"), tmp_path / "out")
    loaded = build.load(tmp_path / "out")
    torch.testing.assert_close(speak(loaded.model), speak(official.model), atol=1e-6, rtol=0)
    wav = 0.3 * torch.randn(1, 160)
    ours, theirs = (m.log_likelihood(FRAMES, wav) for m in (loaded.model, official.model))
    torch.testing.assert_close(ours.log_prob, theirs.log_prob)
    assert loaded.contract == FLOWAVENET_AUDIO
    assert made.n_parameters == sum(p.numel() for p in official.model.parameters())


def test_sizes_are_read_off_the_tensors(tmp_path: Path) -> None:
    import_checkpoint("flowavenet", flowavenet().write(tmp_path / "in"), tmp_path / "out")
    section = build.load(tmp_path / "out").section
    assert section == {**FLOWAVENET_SECTION, "kernel": 3, "prior_layers": 2}


LAYOUTS: dict[str, Callable[[State], object]] = {
    "module. before every name": lambda s: {"state_dict": prefixed(s)},
    "torch's newer names": lambda s: {"state_dict": new_names(s)},
    "no wrapper": lambda s: s,
    "folded": lambda s: {"state_dict": folded(s)},
    "as train.py saves": lambda s: {
        "state_dict": s,
        "optimizer": {"state": {}},
        "scheduler": {"last_epoch": 1},
        "global_step": 3,
        "global_epoch": 1,
    },
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_that_change_nothing(tmp_path: Path, layout: str) -> None:
    official = flowavenet()
    file = official.write(tmp_path / "in", LAYOUTS[layout](official.state))
    import_checkpoint("flowavenet", file, tmp_path / "out")
    torch.testing.assert_close(sound(tmp_path / "out"), speak(official.model), atol=1e-6, rtol=0)


def replaced(name: str, tensor: torch.Tensor | None) -> Callable[[State], State]:
    def change(state: State) -> State:
        state = dict(state)
        state.pop(name, None)
        return state if tensor is None else state | {name: tensor}

    return change


NET = "blocks.0.flows.0.coupling.net"
BROKEN: dict[str, tuple[Callable[[State], State], str]] = {
    "a tensor missing": (
        replaced(f"{NET}.res_blocks.1.gate_conv.conv.bias", None),
        r"res_blocks\.1\.gate_conv\.conv\.bias is missing",
    ),
    "a prior missing": (
        lambda s: {n: t for n, t in s.items() if not n.startswith("blocks.1.prior.")},
        r"blocks\.2\.flows\.0\.actnorm\.scale has shape",
    ),
    "an empty prior": (
        replaced("blocks.0.prior.front_conv.0.conv.bias", torch.zeros(6)),
        r"blocks\.0\.prior\.res_blocks\.0\.filter_conv\.conv\.weight is missing",
    ),
    "a scale of zero": (
        replaced("blocks.0.flows.1.actnorm.scale", torch.tensor([1.0, 0.0]).view(1, 2, 1)),
        r"blocks\.0\.flows\.1\.actnorm\.scale holds a zero",
    ),
    "a tensor turned": (
        replaced("blocks.0.flows.0.actnorm.loc", torch.zeros(1, 1, 2)),
        r"actnorm\.loc has shape \(1, 1, 2\), expected \(1, 2, 1\)",
    ),
    "parts that do not fit": (
        replaced(f"{NET}.res_blocks.0.gate_conv_c.weight_v", torch.ones(6, 5, 1)),
        r"conv_c\.weight_v and its like have shapes",
    ),
    "another model": (
        lambda s: {"conv_pre.weight_v": torch.ones(1, 1)},
        r"give a checkpoint of a FloWaveNet",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_files_that_are_refused(tmp_path: Path, name: str) -> None:
    change, expected = BROKEN[name]
    official = flowavenet()
    file = official.write(tmp_path / "in", {"state_dict": change(official.state)})
    with pytest.raises(CheckpointError, match=expected) as caught:
        import_checkpoint("flowavenet", file, tmp_path / "out")
    assert str(caught.value).startswith(f"{file}: ") and "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_an_odd_number_of_channels_is_refused(tmp_path: Path) -> None:
    official = flowavenet()
    name = f"{NET}.res_blocks.0.filter_conv_c.weight_v"
    state = official.state | {name: torch.ones(6, 7, 1)}
    with pytest.raises(CheckpointError, match="odd number of mel channels, 7"):
        import_checkpoint("flowavenet", official.write(tmp_path / "in", state), tmp_path / "out")


def test_a_config_is_refused(tmp_path: Path) -> None:
    file = flowavenet().write(tmp_path / "in")
    with pytest.raises(ConfigError, match="leave --config out"):
        import_checkpoint("flowavenet", file, tmp_path / "out", tmp_path / "in" / "config.json")
