"""Packages that only an export needs: imported when one is asked for."""

from __future__ import annotations

import importlib
from types import ModuleType

from tts.errors import ConfigError


def need(package: str) -> ModuleType:
    """The package, imported.

    Raises:
        ConfigError: it is not there.
    """
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise ConfigError(
            f"export: needs the package {package} ({error}); pip install 'wavebridge[onnx]'"
        ) from None
