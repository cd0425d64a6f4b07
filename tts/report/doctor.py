"""What this machine has, and what to do about what it lacks."""

from __future__ import annotations

import importlib
import os
import platform
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType

import torch

import tts
from tts.audio import resample
from tts.errors import TTSError
from tts.nn.precision import has_fast_bfloat16
from tts.text.frontend import phonemise
from tts.voice.library import folders, installed

# Modules, by the names they are imported by.
NEEDED = (
    "numpy",
    "soundfile",
    "soxr",
    "librosa",
    "numba",
    "phonemizer",
    "espeakng_loader",
    "unidecode",
    "num2words",
    "pydantic",
    "yaml",
    "typer",
    "tqdm",
    "safetensors",
    "accelerate",
    "tensorboard",
    "matplotlib",
)
OPTIONAL = {
    "triton": "aligns on the GPU; comes with a CUDA build of torch",
    "monotonic_align": "what `tts bench mas` compares with: pip install -e '.[oracle]' in a clone",
}


@dataclass(frozen=True)
class Finding:
    """One thing looked at: whether it is well, whether it is needed, and what to do."""

    name: str
    ok: bool
    needed: bool
    detail: str


def examine() -> list[Finding]:
    """Look at Python, torch, the devices, the libraries, phonemes and voices."""
    voices = ", ".join(v.name for v in installed())
    flite = shutil.which("flite")
    return [
        *_machine(),
        *(_library(name, True, "pip install -e . in a clone") for name in NEEDED),
        *(_library(name, False, hint) for name, hint in OPTIONAL.items()),
        _torchaudio(),
        _try("phonemes", lambda: " ".join(phonemise("Hello.").symbols)),
        Finding(
            "flite", bool(flite), False, flite or "without it the stand-in corpus uses espeak"
        ),
        Finding("voices", bool(voices), False, voices or f"none in {folders()[0]}"),
    ]


def _machine() -> list[Finding]:
    device = "cuda" if torch.cuda.is_available() else "cpu"
    name = torch.cuda.get_device_name() if device == "cuda" else platform.machine()
    precision = "bfloat16" if has_fast_bfloat16(device) else "float32"
    threads = f"{torch.get_num_threads()} threads on {os.cpu_count()} cores"
    python = platform.python_version()
    return [
        Finding("wavebridge", True, True, f"{tts.__version__} in {tts.__path__[0]}"),
        Finding("python", sys.version_info >= (3, 10), True, f"{python}, needs 3.10 or later"),
        Finding("torch", True, True, f"{torch.__version__}, {threads}"),
        Finding("device", True, True, f"{device} ({name}), computes in {precision} by default"),
    ]


def _library(name: str, needed: bool, hint: str) -> Finding:
    try:
        module = importlib.import_module(name)
        return Finding(name, True, needed, _version(module, name))
    except Exception as error:  # a broken wheel can fail in any way while it loads
        reason = " ".join(str(error).split())[:100] or type(error).__name__
        return Finding(name, False, needed, f"{reason}; {hint}")


def _version(module: ModuleType, name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:  # its distribution has another name
        return getattr(module, "__version__", "there")


def _torchaudio() -> Finding:
    backend = resample.backend()  # with the reason, where it is another
    return Finding(
        "torchaudio", backend.startswith("torchaudio"), False, f"resampling is by {backend}"
    )


def _try(name: str, act: Callable[[], str]) -> Finding:
    try:
        return Finding(name, True, True, act())
    except TTSError as error:
        return Finding(name, False, True, str(error))
