"""What `tools/make_golden.py` computes today is what was written down."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from make_golden import golden

WRITTEN = Path(__file__).parent / "golden" / "golden.json"
HINT = "if the change is meant: python tools/make_golden.py > tests/golden/golden.json"


@pytest.fixture(scope="module")
def today() -> dict[str, Any]:
    return golden()


@pytest.mark.parametrize("key", ["tokens", "mel", "glow_tts", "hifigan"])
def test_golden(today: dict[str, Any], key: str) -> None:
    written = json.loads(WRITTEN.read_text(encoding="utf-8"))[key]
    expected = written if key == "tokens" else pytest.approx(written, rel=2e-3, abs=2e-3)
    assert today[key] == expected, HINT
