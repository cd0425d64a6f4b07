"""Imports go down only: fails when a package of `tts` imports one of its own floor or above.

    python tools/floors.py tts

Every import counts, also one inside a function (a lazy import upwards is still the cycle). Imports
under `if TYPE_CHECKING:` count too: a name needed for a type belongs on a lower floor.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

# From the ground up. Names on one line never import each other.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("errors",),
    ("config", "files"),
    ("contracts",),
    ("protocols",),
    ("text", "audio", "kernels"),
    ("nn", "data", "metrics"),
    ("flows", "diffusion", "losses"),
    ("bridge", "acoustic", "vocoder", "speaker"),
    ("checkpoint",),
    ("build",),
    ("foreign",),
    ("train", "voice"),
    ("__init__",),
    ("report", "serve", "export"),
    ("cli",),
    ("__main__",),
)
HEIGHT = {name: height for height, names in enumerate(FLOORS) for name in names}

FACE = "__init__"  # the public face, `tts/__init__.py`
VERSION = "__version__"  # a literal in the face: anyone may read it


def imports(path: Path, root: Path) -> Iterator[tuple[int, str]]:
    """The (line, room) of every import of the package's own rooms, wherever it stands in the file.

    A room is what lies directly inside the package at `root`: a sub-package or a module.
    """
    package = root.name
    inside = (package, *path.relative_to(root).parts[:-1])
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), filename=str(path))):
        for line, dotted in _modules(node, inside):
            parts = dotted.split(".")
            if parts[0] == package:
                yield line, parts[1] if len(parts) > 1 else FACE


def _modules(node: ast.AST, inside: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    """The dotted modules that a statement imports; `inside` is the package the file lies in."""
    if isinstance(node, ast.Import):
        yield from ((node.lineno, alias.name) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = inside[: len(inside) - node.level + 1] if node.level else ()
        module = ".".join((*base, *([node.module] if node.module else [])))
        deeper = "." not in module  # `from tts import audio`: the names are the rooms
        yield from ((node.lineno, f"{module}.{a.name}" if deeper else module) for a in node.names)
    elif isinstance(node, ast.Call):
        yield from _dynamic(node)


def _dynamic(node: ast.Call) -> Iterator[tuple[int, str]]:
    """`import_module("tts.x")` and `import_module(f"tts.x.{name}")`, as far as it can be read."""
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name not in {"import_module", "__import__"} or not node.args:
        return
    first = node.args[0]
    partial = isinstance(first, ast.JoinedStr)
    if isinstance(first, ast.JoinedStr):
        first = first.values[0] if first.values else first
    if isinstance(first, ast.Constant) and isinstance(first.value, str):
        dotted = first.value.rpartition(".")[0] if partial else first.value
        if not partial or "." in dotted:  # `f"tts.{room}"` names no room that could be read
            yield node.lineno, dotted


def rises(root: Path) -> list[str]:
    """Every import in the package at `root` that does not go down, one line each."""
    found = []
    for path in sorted(root.rglob("*.py")):
        room = path.relative_to(root).parts[0].removesuffix(".py")
        if room not in HEIGHT:
            found.append(f"{path}: {room} stands on no floor; add it to FLOORS in tools/floors.py")
            continue
        for line, target in imports(path, root):
            if not _allowed(room, target):
                found.append(f"{path}:{line}: {room} imports {target}, which is not below it")
    return found


def _allowed(room: str, target: str) -> bool:
    if target in (room, VERSION):
        return True
    # What is no room is a name of the face, such as `load`.
    return HEIGHT.get(target, HEIGHT[FACE]) < HEIGHT[room]


def main(arguments: list[str]) -> int:
    """Prints the rises of the package named on the command line; 1 when there are any."""
    found = rises(Path(arguments[0] if arguments else "tts"))
    print("\n".join(found) if found else "floors: every import goes down")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
