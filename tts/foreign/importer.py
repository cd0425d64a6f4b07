"""Published checkpoints become experiment directories of ours."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tts.foreign
from tts import checkpoint
from tts.config import dump_yaml, to_tree
from tts.errors import ConfigError
from tts.files import making, refuse_used, write_text
from tts.foreign.parts import Imported

_NOT_SOURCES = {"importer", "mover", "parts", "reader", "shapes", "torchfile", "unpickler"}


@dataclass(frozen=True)
class Made:
    """The experiment that an import made."""

    exp_dir: Path
    role: str
    name: str
    n_parameters: int


def kinds() -> list[str]:
    """What can be imported: the files of this package that read a source."""
    found = {m.name for m in pkgutil.iter_modules(tts.foreign.__path__)}
    return sorted(found - _NOT_SOURCES)


def import_checkpoint(
    kind: str, file: str | Path, out: str | Path, config: str | Path | None = None, **extras: Any
) -> Made:
    """Read a published checkpoint and write it as an experiment directory.

    Args:
        kind: one of `kinds()`.
        file: the checkpoint; config: its JSON config, by default `config.json` beside it.
        out: the folder to make; if it is there, it must be empty.
        extras: what else that kind takes (`discriminator`, `cmudict`, `teacher`, ...).
    Raises:
        TTSError: a file cannot be used; nothing is written then.
    """
    if kind not in kinds():
        raise ConfigError(f"import {kind!r}: no such kind; there are {', '.join(kinds())}")
    refuse_used(out)
    read = importlib.import_module(f"tts.foreign.{kind}").read
    for name in extras.keys() - inspect.signature(read).parameters:
        raise ConfigError(f"import {kind}: takes no --{name.replace('_', '-')}; leave it out")
    imported = read(file, config, **extras)
    with making(out) as folder:
        _write(imported, _step(file), folder)
    return Made(Path(out), imported.role, imported.section["name"], imported.n_parameters)


def _step(file: str | Path) -> int:
    """The number that ends a checkpoint's name (g_02500000, x_step000000003_ema), or 0."""
    number = re.search(r"(?:[_-]|step)(\d+)(?:_ema)?$", Path(file).stem)
    return int(number[1]) if number else 0


def _write(imported: Imported, step: int, folder: Path) -> None:
    content = checkpoint.Checkpoint(
        step=step,
        role=imported.role,
        section=imported.section,
        contract=to_tree(imported.contract),
        sizes=imported.sizes,
        weights=imported.weights,
    )
    (folder / checkpoint.FOLDER).mkdir()
    checkpoint.save(content, checkpoint.path_of(folder, step))
    tree = {"audio": to_tree(imported.contract), imported.role: imported.section}
    write_text(folder / "config.yaml", dump_yaml(tree))
    if imported.frontend is not None:
        imported.frontend.save(folder)
        n_speakers = imported.sizes["n_speakers"]
        names = [f"speaker{i}\n" for i in range(n_speakers)] if n_speakers > 1 else []
        write_text(folder / "speakers.txt", "".join(names))
