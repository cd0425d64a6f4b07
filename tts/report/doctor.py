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

import torch

import tts
from tts.audio import resample
from tts.errors import TTSError
from tts.nn.precision import has_fast_bfloat16
from tts.text.frontend import phonemise
from tts.voice.library import folders, installed

NEEDED = ("numpy", "scipy", "soundfile", "soxr", "librosa", "numba", "safetensors", "accelerate")
OPTIONAL = {
    "pystoi": "for metrics: pip install 'wavebridge[eval]'",
    "fastapi": "for the server: pip install 'wavebridge[serve]'",
    "triton": "comes with a CUDA build of torch",
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
        *(_library(name, True, f"pip install {name}") for name in NEEDED),
        *(_library(name, False, hint) for name, hint in OPTIONAL.items()),
        Finding("resampling", True, True, resample.backend()),
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
        importlib.import_module(name)
        return Finding(name, True, needed, version(name))
    except PackageNotFoundError:
        return Finding(name, True, needed, "there")
    except Exception as error:  # a broken wheel can fail in any way while it loads
        reason = " ".join(str(error).split())[:100] or type(error).__name__
        return Finding(name, False, needed, f"{reason}; {hint}")


def _try(name: str, act: Callable[[], str]) -> Finding:
    try:
        return Finding(name, True, True, act())
    except TTSError as error:
        return Finding(name, False, True, str(error))
