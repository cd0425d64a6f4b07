"""ClariNet's public files: teacher and student come in as they were."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from tests.foreign.conftest import (
    CLARINET_AUDIO,
    Official,
    clarinet_student,
    clarinet_teacher,
    folded,
    new_names,
    prefixed,
)
from tts import build
from tts.errors import CheckpointError, ConfigError
from tts.foreign.importer import import_checkpoint
from tts.nn.conv import fold

State = dict[str, torch.Tensor]
FRAMES = torch.linspace(0, 1, 240).view(1, 8, 30)
BLOCKS = '{"num_layers": 2}'


def same_forced(exp_dir: Path, official: Official) -> None:
    """The distributions of samples after recorded ones, as before."""
    wav = 0.1 * torch.randn(1, 480)
    model = build.load(exp_dir, "vocoder").model
    with torch.no_grad():
        made = model.teacher_forced(FRAMES, wav)
        expected = official.model.teacher_forced(FRAMES, wav)
    torch.testing.assert_close(made, expected, atol=1e-5, rtol=1e-5)


def same_sound(exp_dir: Path, official: Official) -> None:
    made = build.load(exp_dir, "vocoder").model.generate(FRAMES)
    torch.testing.assert_close(made, official.model.generate(FRAMES), atol=1e-5, rtol=1e-5)


def blocks_of(folder: Path, text: str = BLOCKS) -> Path:
    (folder / "blocks.json").write_text(text)
    return folder / "blocks.json"


def test_the_teacher_predicts_as_before(tmp_path: Path) -> None:
    official = clarinet_teacher()
    file = official.write(tmp_path / "in")
    made = import_checkpoint("clarinet", file, tmp_path / "out", blocks_of(tmp_path))
    same_forced(tmp_path / "out", official)
    assert build.load(tmp_path / "out").contract == CLARINET_AUDIO
    assert (made.role, made.name) == ("vocoder", "wavenet")
    assert made.n_parameters == sum(p.numel() for p in official.model.parameters())


def test_the_teacher_of_one_block_needs_no_config(tmp_path: Path) -> None:
    official = clarinet_teacher(n_layers=3, cycle=10)
    import_checkpoint("clarinet", official.write(tmp_path / "in"), tmp_path / "out")
    same_forced(tmp_path / "out", official)


def test_twenty_layers_are_two_blocks(tmp_path: Path) -> None:
    official = clarinet_teacher(n_layers=20, cycle=10)
    import_checkpoint("clarinet", official.write(tmp_path / "in"), tmp_path / "out")
    same_forced(tmp_path / "out", official)


LAYOUTS: dict[str, Callable[[State], object]] = {
    "as saved": lambda s: {"state_dict": s, "optimizer": {}, "global_step": 3},
    "module. before every name": lambda s: {"state_dict": prefixed(s)},
    "torch's newer names": lambda s: {"state_dict": new_names(s)},
    "folded": lambda s: {"state_dict": folded(s)},
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_student_sounds_as_before(tmp_path: Path, layout: str) -> None:
    teacher = clarinet_teacher()
    student = clarinet_student(teacher)
    above = teacher.write(tmp_path / "teacher", LAYOUTS[layout](teacher.state))
    file = student.write(tmp_path / "student", LAYOUTS[layout](student.state))
    made = import_checkpoint("clarinet", file, tmp_path / "out", teacher=str(above))
    same_sound(tmp_path / "out", student)
    assert (made.role, made.name) == ("vocoder", "parallel_wavenet")
    assert build.load(tmp_path / "out").contract == CLARINET_AUDIO


def test_an_imported_student_goes_on_learning_from_its_teacher(tmp_path: Path) -> None:
    teacher = clarinet_teacher()
    above = teacher.write(tmp_path / "teacher")
    file = clarinet_student(teacher).write(tmp_path / "student")
    import_checkpoint("clarinet", file, tmp_path / "s", teacher=str(above))
    import_checkpoint("clarinet", above, tmp_path / "t", blocks_of(tmp_path))
    student = build.load(tmp_path / "s").model
    cond = student.condition(FRAMES)
    student.learn_from(fold(build.load(tmp_path / "t").model))
    torch.testing.assert_close(student.condition(FRAMES), cond, atol=1e-6, rtol=0)


def test_a_student_of_several_blocks(tmp_path: Path) -> None:
    teacher = clarinet_teacher()
    student = clarinet_student(teacher, layers=(13, 2))  # the dilation starts anew after ten
    above = teacher.write(tmp_path / "teacher")
    file = student.write(tmp_path / "student")
    import_checkpoint("clarinet", file, tmp_path / "out", teacher=str(above))
    same_sound(tmp_path / "out", student)


def test_a_student_alone_is_refused(tmp_path: Path) -> None:
    file = clarinet_student(clarinet_teacher()).write(tmp_path / "in")
    with pytest.raises(ConfigError, match="--teacher FILE"):
        import_checkpoint("clarinet", file, tmp_path / "out")


def test_a_student_is_no_teacher(tmp_path: Path) -> None:
    file = clarinet_student(clarinet_teacher()).write(tmp_path / "in")
    with pytest.raises(CheckpointError, match=r"upsample_conv\.0\.weight is missing.*teacher"):
        import_checkpoint("clarinet", file, tmp_path / "out", teacher=str(file))


def test_a_teacher_has_no_teacher(tmp_path: Path) -> None:
    file = clarinet_teacher().write(tmp_path / "in")
    with pytest.raises(ConfigError, match="holds no student"):
        import_checkpoint("clarinet", file, tmp_path / "out", teacher=str(file))


@pytest.mark.parametrize("text", ['{"num_layers": "x"}', '{"num_layers": 0}'])
def test_blocks_that_do_not_fit_are_refused(tmp_path: Path, text: str) -> None:
    file = clarinet_teacher().write(tmp_path / "in")
    with pytest.raises(ConfigError, match="num_layers"):
        import_checkpoint("clarinet", file, tmp_path / "out", blocks_of(tmp_path, text))


def test_dilations_of_another_factor_are_refused(tmp_path: Path) -> None:
    file = clarinet_teacher(kernel=3).write(tmp_path / "in")
    with pytest.raises(CheckpointError, match="kernel of 2"):
        import_checkpoint("clarinet", file, tmp_path / "out", blocks_of(tmp_path))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"res_blocks.1.skip_conv.bias": None}, r"skip_conv\.bias is missing"),
        ({"res_blocks.1.gate_conv_c.weight_g": None}, r"gate_conv_c\.weight_g is missing"),
        ({"front_conv.0.conv.weight_v": None}, r"front_conv\.0\.conv\.weight is missing"),
        ({"more.bias": torch.zeros(1)}, r"more\.bias has no place"),
        ({"final_conv.3.conv.bias": torch.zeros(30)}, r"shape \(30,\), expected \(2,\)"),
    ],
    ids=str,
)
def test_files_of_something_else(tmp_path: Path, change: dict, message: str) -> None:
    official = clarinet_teacher()
    state = {**official.state, **change}
    state = {name: tensor for name, tensor in state.items() if tensor is not None}
    file = official.write(tmp_path / "in", {"state_dict": state})
    with pytest.raises(CheckpointError, match=message) as caught:
        import_checkpoint("clarinet", file, tmp_path / "out", blocks_of(tmp_path))
    assert "\n" not in str(caught.value)


def test_the_arguments_of_the_log_are_a_config(tmp_path: Path) -> None:
    official = clarinet_teacher()
    arguments = json.dumps({"num_blocks": 2, "num_layers": 2, "batch_size": 8})
    config = blocks_of(tmp_path, arguments)
    import_checkpoint("clarinet", official.write(tmp_path / "in"), tmp_path / "out", config)
    same_forced(tmp_path / "out", official)
