"""The doctor names what is there and what is missing, and no remedy that cannot work."""

from __future__ import annotations

import configparser
import importlib
import re
from pathlib import Path
from typing import Any

import pytest

import tts
from tts.audio import resample
from tts.errors import TextError
from tts.report import doctor
from tts.report.doctor import Finding, examine
from tts.voice import library

ROOT = Path(tts.__file__).parent.parent


@pytest.fixture(autouse=True)
def _no_voices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(library.FOLDERS_VARIABLE, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr(library, "PACKAGED", tmp_path / "packaged")


def found() -> dict[str, Finding]:
    return {finding.name: finding for finding in examine()}


def test_this_machine_is_well() -> None:
    findings = found()
    assert [f for f in findings.values() if f.needed and not f.ok] == []
    for name in ("wavebridge", "python", "torch", "device", "phonemes", *doctor.NEEDED):
        assert findings[name].needed, name
    assert re.match(r"\d+\.\d+", findings["numpy"].detail)
    assert re.match(r"\d+\.\d+", findings["yaml"].detail)
    assert findings["phonemes"].detail.startswith("h ə l")


def test_all_that_the_package_requires_is_looked_at() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    required = config["options"]["install_requires"].split()
    names = {re.split("[>=]", line)[0].lower().replace("-", "_") for line in required}
    assert names - {"torch", "pyyaml"} | {"yaml"} == set(doctor.NEEDED)


def test_optional_is_what_some_module_imports() -> None:
    sources = "".join(path.read_text("utf-8") for path in (ROOT / "tts").rglob("*.py"))
    for name in (*doctor.OPTIONAL, "torchaudio"):
        assert re.search(rf"^\s+(import|from) {name}\b", sources, re.M), name


def test_a_missing_library_comes_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    import_module = importlib.import_module

    def without(name: str, *args: Any) -> Any:
        if name == "soundfile":
            raise OSError("libsndfile.so.1: cannot open\nshared object file")
        if name in ("librosa", *doctor.OPTIONAL):
            raise ModuleNotFoundError(f"No module named {name!r}")
        return import_module(name, *args)

    monkeypatch.setattr(importlib, "import_module", without)
    findings = found()
    assert findings["soundfile"] == Finding(
        "soundfile",
        False,
        True,
        "libsndfile.so.1: cannot open shared object file; pip install -e . in a clone",
    )
    assert "No module named 'librosa'; pip" in findings["librosa"].detail
    for name in doctor.OPTIONAL:
        assert (findings[name].ok, findings[name].needed) == (False, False)
    assert "-e '.[oracle]'" in findings["monotonic_align"].detail
    assert not any("wavebridge[" in finding.detail for finding in findings.values())


@pytest.mark.parametrize(
    ("backend", "ok"),
    [("torchaudio 2.9", True), ("soxr 1.0 (torchaudio: OSError: undefined symbol)", False)],
)
def test_why_torchaudio_is_not_used(
    monkeypatch: pytest.MonkeyPatch, backend: str, ok: bool
) -> None:
    monkeypatch.setattr(resample, "backend", lambda: backend)
    finding = found()["torchaudio"]
    assert finding == Finding("torchaudio", ok, False, f"resampling is by {backend}")


def test_phonemes_that_fail_are_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: str) -> None:
        raise TextError("espeak: no voice; install it")

    monkeypatch.setattr(doctor, "phonemise", broken)
    assert found()["phonemes"] == Finding("phonemes", False, True, "espeak: no voice; install it")


def test_voices_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = found()["voices"]
    assert (empty.ok, empty.needed) == (False, False)
    assert empty.detail == f"none in {tmp_path / 'wavebridge' / 'voices'}"
    anna = library.Installed("anna", tmp_path, 22_050, ())
    monkeypatch.setattr(doctor, "installed", lambda: [anna])
    assert found()["voices"] == Finding("voices", True, False, "anna")
