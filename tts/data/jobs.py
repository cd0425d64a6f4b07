"""Long jobs over many files: in parallel, with progress, and taken up again where they stopped."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import TypeVar

from tqdm import tqdm

from tts.errors import DataError

Item = TypeVar("Item")
Result = TypeVar("Result")


def run_all(
    work: Callable[[Item], Result], items: Sequence[Item], title: str, *, n_jobs: int = 1
) -> Iterator[Result]:
    """Results of `work` on every item, as they come; the first error ends it all.

    Jobs are threads: decoding, resampling and torch all let go of the interpreter, and threads
    start at once and need nothing of the caller's main module.

    Args:
        title: what the progress bar on stderr says.
        n_jobs: how many run at once.
    """
    assert n_jobs > 0, f"{n_jobs} jobs"
    with tqdm(total=len(items), desc=title, unit="file", disable=not items) as progress:
        for result in _results(work, items, n_jobs):
            progress.update()
            yield result


def _results(
    work: Callable[[Item], Result], items: Sequence[Item], n_jobs: int
) -> Iterator[Result]:
    if n_jobs == 1:
        yield from map(work, items)
        return
    pool = ThreadPoolExecutor(n_jobs)
    try:
        for future in as_completed([pool.submit(work, item) for item in items]):
            yield future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def stamp(description: str, source: Path | None = None) -> str:
    """A short hash of how a file is made and of the state of the file it is made from."""
    state = ""
    if source is not None and source.exists():
        status = source.stat()
        state = f"{source} {status.st_size} {status.st_mtime_ns}"
    return hashlib.sha256(f"{description}\n{state}".encode()).hexdigest()[:16]


class Journal:
    """Lines of `key stamp value`, one added as each file is finished.

    A line counts as long as its stamp is the one asked for, and the file which it speaks of is
    there. A line cut short by a crash does not count.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._entries: dict[str, tuple[str, int]] = {}
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
            fields = line.split(" ")
            if len(fields) == 4 and fields[3] == ".":
                self._entries[fields[0]] = (fields[1], int(fields[2]))

    def value(self, key: str, wanted: str, file: Path) -> int | None:
        """The value marked for this key under this stamp, or None if it has to be done."""
        made, value = self._entries.get(key, ("", 0))
        return value if made == wanted and file.exists() else None

    def mark(self, key: str, made: str, value: int) -> None:
        """Note that the file of this key is finished."""
        with self._lock:
            self._entries[key] = (made, value)
            try:
                with self._path.open("a", encoding="utf-8") as file:
                    file.write(f"{key} {made} {value} .\n")
            except OSError as error:
                raise DataError(
                    f"{self._path}: cannot be written ({error.strerror}); free some space there"
                ) from None
