"""Pickles put together by hand, in files of both of torch's formats."""

from __future__ import annotations

import pickle
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

MAGIC, VERSION = 0x1950A86A20F9469CFC6C, 1001
ONES = struct.pack("<4f", 1, 1, 1, 1)


def value(plain: Any) -> bytes:
    """Instructions that push a plain value; they use the memo's first places."""
    return pickle.dumps(plain, 2)[2:-1]


def name(module: str, attribute: str) -> bytes:
    """A global."""
    return f"c{module}\n{attribute}\n".encode()


def row(*items: bytes) -> bytes:
    """A tuple."""
    return b"(" + b"".join(items) + b"t"


def call(function: bytes, *arguments: bytes) -> bytes:
    """REDUCE."""
    return function + row(*arguments) + b"R"


def mapping(items: Mapping[str, bytes]) -> bytes:
    """A dictionary."""
    return b"}(" + b"".join(value(key) + item for key, item in items.items()) + b"u"


def storage(
    key: str = "0",
    n: Any = 4,
    kind: bytes = name("torch", "FloatStorage"),
    view: Any = None,
) -> bytes:
    """A reference to numbers outside the pickle."""
    parts = (value("storage"), kind, value(key), value("cuda:0"), value(n), value(view))
    return row(*parts) + b"Q"


def tensor(
    numbers: bytes | None = None, first: Any = 0, shape: Any = (4,), stride: Any = (1,)
) -> bytes:
    """A tensor of a storage."""
    function = name("torch._utils", "_rebuild_tensor_v2")
    sizes = value(first), value(shape), value(stride)
    return call(function, numbers or storage(), *sizes, value(False), ordered())


def ordered() -> bytes:
    """An empty OrderedDict."""
    return call(name("collections", "OrderedDict"))


def module(
    kind: bytes = name("fake", "Net"),
    parameters: Mapping[str, bytes] | None = None,
    children: Mapping[str, bytes] | None = None,
) -> bytes:
    """An object of a class, with its attributes."""
    state = {"_parameters": mapping(parameters or {}), "_modules": mapping(children or {})}
    return kind + b")\x81" + mapping(state) + b"b"


def model(body: bytes) -> bytes:
    """The object under the usual key."""
    return mapping({"model": body})


def _stored(body: bytes, storages: Mapping[str, bytes] | None) -> Mapping[str, bytes]:
    """The numbers beside a pickle: by default four ones, if it refers to any."""
    return ({"0": ONES} if b"storage" in body else {}) if storages is None else storages


def write_zip(path: Path, body: bytes, storages: Mapping[str, bytes] | None = None) -> Path:
    """A file of the present format around a pickle."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02" + body + b".")
        for key, numbers in _stored(body, storages).items():
            archive.writestr(f"archive/data/{key}", numbers)
        archive.writestr("archive/version", "3\n")
    return path


def write_stream(
    path: Path,
    body: bytes,
    storages: Mapping[str, bytes] | None = None,
    head: tuple[Any, ...] = (MAGIC, VERSION, {"little_endian": True}),
    width: int = 4,
) -> Path:
    """A file of the older format around a pickle."""
    stored = _stored(body, storages)
    parts = [pickle.dumps(item, 2) for item in head]
    parts += [b"\x80\x02" + body + b".", pickle.dumps(list(stored), 2)]
    parts += [struct.pack("<q", len(n) // width) + n for n in stored.values()]
    path.write_bytes(b"".join(parts))
    return path
