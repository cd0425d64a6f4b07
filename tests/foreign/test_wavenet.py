"""r9y9's checkpoints: the three outputs, master and 2018, come in as they were."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.foreign.conftest import Official, folded, new_names, prefixed
from tests.foreign.wavenets import OLD_AUDIO, R9Y9_AUDIO, r9y9
from tts import build
from tts.errors import TTSError
from tts.foreign.importer import import_checkpoint

FRAMES = torch.linspace(-2, 1, 160).view(2, 8, 10).sin()
OUTPUTS = ("logistics", "gaussian", "mulaw")


def same(exp_dir: Path, official: Official, speakers: torch.Tensor | None = None) -> None:
    """The same distributions after a recording, and the same samples."""
    model, wav = build.load(exp_dir, "vocoder").model, 0.1 * torch.randn(2, 160)
    with torch.no_grad():
        made = model.teacher_forced(FRAMES, wav, speakers)
        expected = official.model.teacher_forced(FRAMES, wav, speakers)
    torch.testing.assert_close(made, expected, atol=1e-5, rtol=1e-5)
    made, expected = (m.generate(FRAMES, speakers=speakers) for m in (model, official.model))
    torch.testing.assert_close(made, expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(
    ("output", "is_old"),
    [*((output, False) for output in OUTPUTS), ("logistics", True), ("mulaw", True)],
)
def test_it_predicts_and_sounds_as_before(tmp_path: Path, output: str, is_old: bool) -> None:
    official = r9y9(output, is_old)
    made = import_checkpoint("wavenet", official.write(tmp_path / "in"), tmp_path / "out")
    same(tmp_path / "out", official)
    loaded = build.load(tmp_path / "out")
    assert loaded.contract == (OLD_AUDIO if is_old else R9Y9_AUDIO)
    config, expected = loaded.model.config, official.model.config
    used = {"n_mixtures"} if output != "logistics" else set()
    used |= {"n_classes"} if output != "mulaw" else {"min_log_scale"}
    unused = used | {"speaker_channels"}
    assert config.model_dump(exclude=unused) == expected.model_dump(exclude=unused)
    assert made.n_parameters == sum(p.numel() for p in official.model.parameters())


@pytest.mark.parametrize("is_old", [False, True])
def test_speakers(tmp_path: Path, is_old: bool) -> None:
    official = r9y9("logistics", is_old, n_speakers=4)
    import_checkpoint("wavenet", official.write(tmp_path / "in"), tmp_path / "out")
    same(tmp_path / "out", official, torch.tensor([3, 1]))


LAYOUTS: dict[str, Callable[[dict[str, torch.Tensor]], object]] = {
    "module. before every name": lambda s: {"state_dict": prefixed(s)},
    "torch's newer names": lambda s: {"state_dict": new_names(s)},
    "folded": lambda s: {"state_dict": folded(s)},
    "optimiser of the noam schedule": lambda s: {
        "state_dict": s, "optimizer": {"lr": np.float64(0.1)}, "global_step": np.int64(3),
    },
    "no wrapper": lambda s: s,
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("output", ["logistics", "mulaw"])
@pytest.mark.parametrize("is_old", [False, True])
def test_layouts_that_change_nothing(
    tmp_path: Path, layout: str, output: str, is_old: bool
) -> None:
    official = r9y9(output, is_old)
    file = official.write(tmp_path / "in", LAYOUTS[layout](official.state))
    import_checkpoint("wavenet", file, tmp_path / "out")
    same(tmp_path / "out", official)


def test_statistics_are_of_speech_before_the_gain(tmp_path: Path) -> None:
    """Frames of speech at its own level come in; the official ones are of half of it."""
    official = r9y9("gaussian")
    mean, scale = np.linspace(-3, -1, 8), np.linspace(0.5, 2, 8)
    np.save(tmp_path / "stats.npy", np.stack([mean, scale]))
    import_checkpoint(
        "wavenet",
        official.write(tmp_path / "in"),
        tmp_path / "out",
        statistics=tmp_path / "stats.npy",
    )
    model = build.load(tmp_path / "out", "vocoder").model
    shape = (1, 8, 1)
    normal = torch.from_numpy(mean).view(shape) + torch.from_numpy(scale).view(shape) * FRAMES
    louder = (normal - np.log10(0.5)).float()
    wav = 0.1 * torch.randn(2, 160)
    with torch.no_grad():
        made = model.teacher_forced(louder, wav)
        expected = official.model.teacher_forced(FRAMES, wav)
    torch.testing.assert_close(made, expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(
    "numbers", [np.ones((3, 8)), np.zeros((2, 8)), np.full((2, 8), np.nan), None]
)
def test_statistics_that_cannot_be_used(tmp_path: Path, numbers: np.ndarray | None) -> None:
    official, file = r9y9("gaussian"), tmp_path / "stats.npy"
    if numbers is None:
        file.write_text("no numbers")
    else:
        np.save(file, numbers)
    with pytest.raises(TTSError, match=r"stats\.npy"):
        import_checkpoint(
            "wavenet", official.write(tmp_path / "in"), tmp_path / "out", statistics=file
        )


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a mixture of Gaussians": (
        {"output_distribution": "Normal", "out_channels": 9},
        "9 channels of 'Normal'",
    ),
    "mu-law as a number": ({"input_type": "mulaw"}, "input_type 'mulaw'"),
    "no mel": ({"cin_channels": -1}, "cin_channels -1 must be num_mels"),
    "another upsampling": ({"upsample_net": "UpsampleNetwork"}, "upsample_net UpsampleNetwork"),
    "an activation in it": (
        {"upsample_params": {"upsample_scales": [4, 4], "upsample_activation": "ReLU"}},
        "with upsample_activation",
    ),
    "another preprocessing": ({"preprocess": "noise_reduction"}, "preprocess 'noise_reduction'"),
    "stacks that do not divide": ({"stacks": 3}, "layers 4 must divide by stacks 3"),
    "another width": ({"residual_channels": 9}, "first_conv"),
    "no mixture": ({"out_channels": 2}, "2 channels of 'Logistic'"),
    "fewer layers": ({"layers": 2, "stacks": 1}, "has no place in the model"),
    "more layers": ({"layers": 8}, "conv_layers.4"),
    "another hop": ({"hop_size": 20}, "the bridge's hop is 20"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_ours_cannot_do_is_refused(tmp_path: Path, name: str) -> None:
    change, message = REFUSED[name]
    official = r9y9()
    official.config |= change
    with pytest.raises(TTSError) as caught:
        import_checkpoint("wavenet", official.write(tmp_path / "in"), tmp_path / "out")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_another_reach_over_the_mels_is_refused(tmp_path: Path) -> None:
    official = r9y9(is_old=True)
    official.config["freq_axis_kernel_size"] = 5
    with pytest.raises(TTSError, match="freq_axis_kernel_size 5"):
        import_checkpoint("wavenet", official.write(tmp_path / "in"), tmp_path / "out")


@pytest.mark.parametrize("key", ["layers", "upsample_params", "fmin", "out_channels"])
def test_a_config_without_a_key(tmp_path: Path, key: str) -> None:
    official = r9y9()
    del official.config[key]
    with pytest.raises(TTSError, match=f"key {key} is missing"):
        import_checkpoint("wavenet", official.write(tmp_path / "in"), tmp_path / "out")


@pytest.mark.parametrize("output", ["logistics", "mulaw"])
@pytest.mark.parametrize("is_old", [False, True])
def test_a_missing_tensor_is_named(tmp_path: Path, output: str, is_old: bool) -> None:
    official = r9y9(output, is_old)
    idle = ("conv_layers.3.conv1x1_out.", "conv1x1c.bias")  # what may as well not be there
    for name in [n for n in official.state if not any(part in n for part in idle)]:
        rest = {n: t.clone() for n, t in official.state.items() if n != name}
        file = official.write(tmp_path / "in", {"state_dict": rest})
        with pytest.raises(TTSError) as caught:
            import_checkpoint("wavenet", file, tmp_path / "out")
        assert name.removesuffix("_g").removesuffix("_v") in str(caught.value)


def test_the_config_may_have_another_name(tmp_path: Path) -> None:
    official = r9y9()
    file = official.write(tmp_path / "in")
    (tmp_path / "in" / "config.json").rename(tmp_path / "hparams.json")
    import_checkpoint("wavenet", file, tmp_path / "out", tmp_path / "hparams.json")
    same(tmp_path / "out", official)
    assert json.loads((tmp_path / "hparams.json").read_text())["layers"] == 4
