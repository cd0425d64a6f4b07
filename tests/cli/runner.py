"""The command, run within the test's process: what it prints and how it ends."""

from __future__ import annotations

import io
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from tts.cli.main import main


@dataclass(frozen=True)
class Ended:
    """Exit status, and all of stdout and stderr."""

    status: int
    out: str
    err: str


def tts(*words: object, stdin: bytes = b"") -> Ended:
    """`tts WORD...`, as the console script runs it. An error that is not caught comes through."""
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True), io.StringIO()
    reader = io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")
    status: int | str | None = 0
    argv = mock.patch.object(sys, "argv", ["tts", *map(str, words)])
    with argv, mock.patch.object(sys, "stdin", reader), redirect_stdout(out), redirect_stderr(err):
        try:
            main()
        except SystemExit as ended:
            status = ended.code
    if isinstance(status, str):  # which Python prints before it ends with 1
        err.write(f"{status}\n")
        status = 1
    out.seek(0)
    return Ended(status or 0, out.read(), err.getvalue())


def tree(folder: Path) -> dict[Path, tuple[int, int]]:
    """All files below a folder, hidden ones too, with size and time."""
    files = (p for p in folder.rglob("*") if p.is_file())
    return {p: (p.stat().st_size, p.stat().st_mtime_ns) for p in files}
