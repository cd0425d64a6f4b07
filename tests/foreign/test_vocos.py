"""Vocos's published files: what comes in sounds as before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from tests.checks import perturb
from tests.foreign.conftest import Rules, rename
from tts import build
from tts.audio.mel import mel_filters
from tts.contracts import Contract
from tts.errors import CheckpointError, ConfigError
from tts.foreign.importer import import_checkpoint

RULES: Rules = (
    (r"^generator\.head\.", "head.out."),
    (r"^generator\.last_norm\.", "backbone.final_layer_norm."),
    (r"^generator\.(embed|norm)\.", r"backbone.\1."),
    (r"^generator\.blocks\.", "backbone.convnext."),
    (r"\.depthwise\.", ".dwconv."),
    (r"\.widen\.", ".pwconv1."),
    (r"\.narrow\.", ".pwconv2."),
    (r"\.scale$", ".gamma"),
)
SECTION = {"name": "vocos", "channels": 8, "hidden_channels": 12, "n_blocks": 2}
FRAMES = torch.linspace(-4, 1, 160).view(1, 8, 20)


def audio(padding: str) -> Contract:
    sizes = {"sample_rate_hz": 4000, "hop": 16, "n_fft": 64, "win": 64, "channels": 8}
    return Contract(preset="vocos", padding=padding, **sizes)


def config(padding: str) -> dict[str, Any]:
    frames = {"n_fft": 64, "hop_length": 16, "padding": padding}
    parts = {
        "feature_extractor": ("MelSpectrogramFeatures", {"sample_rate": 4000, "n_mels": 8}),
        "backbone": (
            "VocosBackbone",
            {"input_channels": 8, "dim": 8, "intermediate_dim": 12, "num_layers": 2},
        ),
        "head": ("ISTFTHead", {"dim": 8}),
    }
    return {
        name: {
            "class_path": f"vocos.somewhere.{kind}",
            "init_args": own if name == "backbone" else {**own, **frames},
        }
        for name, (kind, own) in parts.items()
    }


def written(folder: Path, padding: str = "center", **changes: Any) -> tuple[Path, torch.Tensor]:
    """A checkpoint with its config, and what the model in it says."""
    contract = audio({"center": "centre", "same": "half"}[padding])
    model = build.build("vocoder", SECTION, contract).eval()
    perturb(model)
    state = rename(model.state_dict(), RULES)
    state["feature_extractor.mel_spec.spectrogram.window"] = torch.hann_window(64)
    state["feature_extractor.mel_spec.mel_scale.fb"] = torch.tensor(mel_filters(contract)).T
    state["head.istft.window"] = torch.hann_window(64)
    tree = config(padding)
    change: Callable[[dict, dict], object] = changes.get("change", lambda tree, state: state)
    content = change(tree, state)
    folder.mkdir()
    (folder / "config.yaml").write_text(yaml.safe_dump(tree))
    torch.save(content, folder / "pytorch_model.bin")
    return folder / "pytorch_model.bin", model.generate(FRAMES)


@pytest.mark.parametrize("padding", ["center", "same"])
def test_the_imported_vocoder_sounds_as_before(tmp_path: Path, padding: str) -> None:
    file, expected = written(tmp_path / "in", padding)
    made = import_checkpoint("vocos", file, tmp_path / "out")
    loaded = build.load(tmp_path / "out", "vocoder")
    assert torch.equal(loaded.model.generate(FRAMES), expected)
    assert loaded.contract == audio("centre" if padding == "center" else "half")
    assert made.n_parameters == sum(p.numel() for p in loaded.model.parameters())


def test_what_training_leaves_comes_in_too(tmp_path: Path) -> None:
    def change(tree: dict, state: dict) -> object:
        inside = dict(tree)
        tree.clear()
        tree["model"] = {"class_path": "vocos.experiment.VocosExp", "init_args": inside}
        more = {"multiperioddisc.x": torch.ones(1), "melspec_loss.y": torch.ones(1)}
        return {"state_dict": state | more, "epoch": 1}

    file, expected = written(tmp_path / "in", change=change)
    import_checkpoint("vocos", file, tmp_path / "out")
    assert torch.equal(build.load(tmp_path / "out").model.generate(FRAMES), expected)


def without(name: str) -> Callable[[dict, dict], object]:
    return lambda tree, state: {n: t for n, t in state.items() if n != name}


def put(keys: str, value: object) -> Callable[[dict, dict], object]:
    def change(tree: dict, state: dict) -> object:
        *path, last = keys.split(".")
        for key in path:
            tree = tree[key]
        tree[last] = value
        return state

    return change


def other_filters(tree: dict, state: dict) -> object:
    state["feature_extractor.mel_spec.mel_scale.fb"] *= 1.1
    return state


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (without("backbone.embed.bias"), CheckpointError, r"backbone\.embed\.bias is missing"),
        (other_filters, CheckpointError, "not the mel that the config describes"),
        (
            put("feature_extractor.class_path", "vocos.feature_extractors.EncodecFeatures"),
            ConfigError,
            "is a EncodecFeatures, expected MelSpectrogramFeatures",
        ),
        (put("head.init_args.padding", "same"), ConfigError, "differ from those of the mel"),
        (
            put("backbone.init_args.adanorm_num_embeddings", 4),
            ConfigError,
            "only the Vocos of codecs",
        ),
        (put("backbone.init_args", [1]), ConfigError, "backbone: init_args must be an object"),
        (put("feature_extractor.init_args.padding", 7), ConfigError, "padding"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(
    tmp_path: Path, change: Callable, error: type[Exception], message: str
) -> None:
    file, _ = written(tmp_path / "in", change=change)
    with pytest.raises(error, match=message) as refusal:
        import_checkpoint("vocos", file, tmp_path / "out")
    assert "\n" not in str(refusal.value)
    assert not (tmp_path / "out").exists()


def test_a_missing_config_is_asked_for(tmp_path: Path) -> None:
    file, _ = written(tmp_path / "in")
    (tmp_path / "in" / "config.yaml").unlink()
    with pytest.raises(ConfigError, match=r"config\.yaml"):
        import_checkpoint("vocos", file, tmp_path / "out")
