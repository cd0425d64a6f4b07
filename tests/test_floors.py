"""The floors of the package: the real tree has no rise, and every kind of rise is seen."""

from pathlib import Path

import floors
import pytest

TTS = Path(__file__).parent.parent / "tts"


def test_every_import_of_the_package_goes_down():
    assert floors.rises(TTS) == []


def planted(tmp_path: Path, room: str, source: str) -> list[str]:
    """The rises of a package `tts` whose only code is `source` in `room`."""
    file = tmp_path / "tts" / room
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(source)
    return floors.rises(tmp_path / "tts")


@pytest.mark.parametrize(
    ("room", "source", "target"),
    [
        ("text/a.py", "import tts.audio.io\n", "audio"),
        ("text/a.py", "from tts.data import corpus\n", "data"),
        ("audio/a.py", "from tts import text\n", "text"),
        ("audio/a.py", "from ..nn import conv\n", "nn"),
        ("audio/a.py", "from .. import nn\n", "nn"),
        ("audio/deep/a.py", "from ...nn.conv import Conv\n", "nn"),
        ("nn/a.py", "def f():\n    from tts.flows import base\n", "flows"),
        ("nn/a.py", "if TYPE_CHECKING:\n    from tts.vocoder import hifigan\n", "vocoder"),
        ("nn/a.py", "import importlib\nimportlib.import_module('tts.train.loop')\n", "train"),
        ("checkpoint.py", "from tts.build import build\n", "build"),
        ("config.py", "from tts.contracts import Contract\n", "contracts"),
        ("voice/a.py", "from tts.train import loop\n", "train"),
        ("voice/a.py", "from tts import load\n", "load"),
        ("voice/a.py", "import tts\n", "__init__"),
        ("__init__.py", "from tts.cli.main import main\n", "cli"),
        ("__init__.py", "from tts.report import bench\n", "report"),
    ],
)
def test_a_rise_is_named_with_its_file_and_line(tmp_path, room, source, target):
    (rise,) = planted(tmp_path, room, source)
    assert f"{room}:" in rise
    assert f"imports {target}" in rise


@pytest.mark.parametrize(
    ("room", "source"),
    [
        ("audio/a.py", "import torch\nfrom tts.audio.io import read\nfrom . import mel\n"),
        (
            "audio/a.py",
            "from tts.contracts import Contract\nfrom tts import errors, __version__\n",
        ),
        (
            "build.py",
            "import importlib\nimportlib.import_module(f'tts.vocoder.{name}')\n",
        ),
        ("cli/a.py", "def verb():\n    from tts import load\n    from tts.serve import app\n"),
        ("report/a.py", "import tts\nfrom tts import load\n"),
        ("__init__.py", "__version__ = '1'\ndef load():\n    from tts.voice import voice\n"),
    ],
)
def test_imports_that_go_down_are_let_through(tmp_path, room, source):
    assert planted(tmp_path, room, source) == []


def test_a_room_that_stands_on_no_floor_is_refused(tmp_path):
    (found,) = planted(tmp_path, "utils/a.py", "import os\n")
    assert "utils stands on no floor" in found
