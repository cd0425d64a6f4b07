"""Packages that only measuring needs: imported when a number is asked for."""

from __future__ import annotations

import importlib
from types import ModuleType

from tts.errors import ConfigError

_EXTRA = "pip install -e '.[eval]'"


class MissingPackage(ConfigError):
    """A package that a metric needs is not installed."""


def need(package: str, what: str, install: str = _EXTRA) -> ModuleType:
    """The package, imported.

    Args:
        what: the metric that needs it, for the message.
        install: the command that brings it.
    Raises:
        MissingPackage: it is not there.
    """
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise MissingPackage(f"{what}: needs the package {package} ({error}); {install}") from None
