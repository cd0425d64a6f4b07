"""Files and folders that appear whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tts.errors import DataError

_UMASK = os.umask(0)  # can only be read by setting it
os.umask(_UMASK)
_NEW_FILE = 0o666 & ~_UMASK


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
        temporary.chmod(_NEW_FILE)  # whatever made it: safetensors lets the owner alone read it
        temporary.replace(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise DataError(f"{path}: cannot be written ({reason}); {_remedy(path)}") from None
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


@contextmanager
def making(folder: str | Path) -> Iterator[Path]:
    """A temporary folder beside `folder`, which becomes `folder` when the block succeeds.

    Whatever goes wrong, nothing is left. `folder` may be there if it is empty.

    Raises:
        DataError: the folder is in use, the place is not writable, or the disk is full.
    """
    given, folder = Path(folder), Path(folder).resolve()
    refuse_used(given)
    temporary = folder.with_name(f".{folder.name}.{os.getpid()}")
    try:
        temporary.mkdir(parents=True)
        yield temporary
        temporary.rename(folder)
    except DataError as error:  # of a file in it, which goes by the name it would have had
        raise DataError(str(error).replace(str(temporary), str(given))) from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise DataError(f"{given}: cannot be written ({reason}); name another folder") from None
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def make_folder(folder: str | Path) -> None:
    """Make a folder and those above it, where they are not there yet.

    Raises:
        DataError: it cannot be made, or something else has its name.
    """
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise DataError(f"{folder}: cannot be made ({reason}); name another folder") from None


def refuse_used(folder: str | Path) -> None:
    """Nothing, for a folder that is empty or not there yet.

    Raises:
        DataError: it holds something, or is a file.
    """
    folder = Path(folder)
    if not folder.exists():
        return
    if not folder.is_dir():
        raise DataError(f"{folder}: is a file; name another folder")
    if any(folder.iterdir()):
        raise DataError(f"{folder}: is not empty; name another folder, or remove it first")


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
