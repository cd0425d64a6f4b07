"""What is kept and given back."""

from __future__ import annotations

import os

import pytest

from tts.nn.memory import keep_little

NAME = "ONEDNN_PRIMITIVE_CACHE_CAPACITY"


def test_what_the_user_sets_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, "7")
    keep_little()
    assert os.environ[NAME] == "7"
    monkeypatch.delenv(NAME)
    keep_little()
    assert int(os.environ[NAME]) < 1024
