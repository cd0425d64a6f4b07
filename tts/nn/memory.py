"""Memory that the process has freed and not given back."""

from __future__ import annotations

import ctypes
from contextlib import suppress


def give_back() -> None:
    """Return freed memory to the system; glibc keeps what lies between blocks in use.

    Other C libraries have no such call, and need none.
    """
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
