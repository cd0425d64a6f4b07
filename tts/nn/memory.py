"""Memory that the process has freed and not given back."""

from __future__ import annotations

import ctypes
import os
from contextlib import suppress

_N_PREPARED = 128  # a network has about as many different convolutions


def keep_little() -> None:
    """Let oneDNN keep what it prepared for 128 shapes of tensors instead of 1024.

    Every sentence has a length of its own, and what is prepared for it, 1 MB a convolution, is
    hardly ever used again. Has no effect once something has been computed, or where the user has
    set the variable.
    """
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", str(_N_PREPARED))


def give_back() -> None:
    """Return freed memory to the system; glibc keeps what lies between blocks in use.

    Other C libraries have no such call, and need none.
    """
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
