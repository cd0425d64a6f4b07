"""nv-wavenet's checkpoints: a whole pickled module comes in without its code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from tests.foreign.wavenets import NV_AUDIO, NvWavenet
from tts import build
from tts.errors import TTSError
from tts.foreign.importer import import_checkpoint

FRAMES = torch.linspace(-2, 1, 160).view(2, 8, 10).sin()


def same(exp_dir: Path, official: NvWavenet) -> None:
    model, wav = build.load(exp_dir, "vocoder").model, 0.1 * torch.randn(2, 160)
    with torch.no_grad():
        made, expected = (m.teacher_forced(FRAMES, wav) for m in (model, official.model))
    torch.testing.assert_close(made, expected, atol=1e-5, rtol=1e-5)
    made, expected = (m.generate(FRAMES) for m in (model, official.model))
    torch.testing.assert_close(made, expected, atol=1e-4, rtol=1e-4)


def write(official: NvWavenet, folder: Path, config: dict | None = None, **save: object) -> Path:
    folder.mkdir()
    tree = official.config if config is None else config
    (folder / "config.json").write_text(json.dumps(tree))
    return official.write(folder / "wavenet_3", **save)


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("cycle", [1, 2, 3])
def test_it_predicts_and_sounds_as_before(tmp_path: Path, cycle: int, zipped: bool) -> None:
    """A cycle of 3 cuts four layers into three and one."""
    official = NvWavenet(cycle)
    file = write(official, tmp_path / "in", _use_new_zipfile_serialization=zipped)
    made = import_checkpoint("nv_wavenet", file, tmp_path / "out")
    same(tmp_path / "out", official)
    loaded = build.load(tmp_path / "out")
    assert loaded.contract == NV_AUDIO
    assert loaded.model.config.model_dump() == official.model.config.model_dump()
    assert made.n_parameters == sum(p.numel() for p in official.model.parameters())


def test_without_a_config_it_is_the_published_one(tmp_path: Path) -> None:
    official = NvWavenet(cycle=4)
    file = official.write(tmp_path / "wavenet_3")
    with pytest.raises(TTSError, match="less than the hop of 200"):
        import_checkpoint("nv_wavenet", file, tmp_path / "out")
    config = {"data_config": official.config["data_config"]}
    (tmp_path / "config.json").write_text(json.dumps(config))
    import_checkpoint("nv_wavenet", file, tmp_path / "out")
    model = build.load(tmp_path / "out", "vocoder").model
    assert model.config.cycle == 8  # up to a dilation of 128
    same(tmp_path / "out", official)


@pytest.mark.parametrize("value", [0, "128", None, -3])
def test_a_dilation_that_is_none(tmp_path: Path, value: object) -> None:
    official = NvWavenet()
    file = write(official, tmp_path / "in", {"wavenet_config": {"max_dilation": value}})
    with pytest.raises(TTSError, match="max_dilation"):
        import_checkpoint("nv_wavenet", file, tmp_path / "out")


def test_other_modules_are_refused(tmp_path: Path) -> None:
    torch.save({"model": torch.nn.Linear(2, 2)}, tmp_path / "wavenet_3")
    with pytest.raises(TTSError, match="nv-wavenet"):
        import_checkpoint("nv_wavenet", tmp_path / "wavenet_3", tmp_path / "out")
    torch.save({"model": {"weights": [1, 2]}}, tmp_path / "wavenet_3")
    with pytest.raises(TTSError, match="wavenet_3"):
        import_checkpoint("nv_wavenet", tmp_path / "wavenet_3", tmp_path / "out")


def test_a_missing_tensor_is_named(tmp_path: Path) -> None:
    official = NvWavenet()
    (tmp_path / "config.json").write_text(json.dumps(official.config))
    state = official.state()
    for name in state:
        torch.save(
            {"model": {n: t for n, t in state.items() if n != name}}, tmp_path / "wavenet_3"
        )
        with pytest.raises(TTSError) as caught:
            import_checkpoint("nv_wavenet", tmp_path / "wavenet_3", tmp_path / "out")
        assert name in str(caught.value) or "has no place" in str(caught.value)
    torch.save({"model": state}, tmp_path / "wavenet_3")
    import_checkpoint("nv_wavenet", tmp_path / "wavenet_3", tmp_path / "out")
    same(tmp_path / "out", official)
