"""Files that appear whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tts.errors import DataError


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """A temporary path in the folder of `path`, which becomes `path` when the block succeeds.

    Whatever goes wrong, `path` holds its old content or its new one, and nothing else is left.

    Raises:
        DataError: the folder is missing or not writable, or the disk is full.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise DataError(f"{path}: cannot be written ({reason}); {_remedy(path)}") from None
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _remedy(path: Path) -> str:
    if not path.parent.is_dir():
        return f"make the folder {path.parent} first"
    return "free some space there, or write somewhere else"


def write_bytes(path: str | Path, content: bytes) -> None:
    """Write a file of bytes, atomically."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def write_text(path: str | Path, content: str) -> None:
    """Write a UTF-8 file, atomically."""
    write_bytes(path, content.encode("utf-8"))
