"""Files of torch.save that hold whole modules, read without running code; one tensor at a time.

Two formats are read. Since torch 1.6 a file is a zip archive: a pickle, and an entry for every
storage. Before, it was a stream: five pickles (a magic number, the version, facts about the
machine, the object, the keys of the storages), then for each key the number of elements and their
bytes. Either way the bytes of a storage are one span of the file.
"""

from __future__ import annotations

import io
import mmap
import re
import struct
import zipfile
import zlib
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from tts import checkpoint
from tts.errors import CheckpointError
from tts.foreign.unpickler import Machine, Record, Storage, Stored, damaged, exactly, shown

_ZIP, _PICKLE = b"PK\x03\x04", b"\x80"  # how the two formats begin
_MAGIC, _VERSION = 0x1950A86A20F9469CFC6C, 1001  # what the older one's first pickles hold

_MAX_DEPTH = 64  # of modules within modules


@dataclass(frozen=True)
class Span:
    """Where the bytes of a storage lie in a file; `crc` is their checksum, if there is one."""

    start: int
    n_bytes: int
    crc: int | None = None


@dataclass(frozen=True)
class Contents:
    """What a file holds.

    Attributes:
        tree: plain containers; a tensor is a `Stored`, a module the mapping of its state dict.
        spans: of the storages, by key.
    """

    path: Path
    tree: Any
    spans: Mapping[str, Span]

    def load(self, state: Mapping[Any, Any]) -> dict[str, torch.Tensor]:
        """The tensors among the values of a mapping, each with memory of its own.

        Raises:
            CheckpointError: damaged, or the tensors repeat the same numbers without end.
        """
        with _one_line(self.path), _mapped(self.path) as data:
            wanted = {str(name): t for name, t in state.items() if isinstance(t, Stored)}
            if sum(max(t.n_numbers, t.extent) for t in wanted.values()) > len(data):
                raise damaged("its tensors are larger than the file")
            for key in {t.key for t in wanted.values()}:
                _check_sum(self.spans[key], data)
            return {name: self._tensor(t, data) for name, t in wanted.items()}

    def _tensor(self, stored: Stored, data: mmap.mmap) -> torch.Tensor:
        if stored.extent == 0:
            return torch.empty(stored.shape, dtype=stored.dtype)
        width = stored.dtype.itemsize
        start = self.spans[stored.key].start + stored.first * width
        buffer = bytearray(data[start : start + stored.extent * width])
        flat = torch.frombuffer(buffer, dtype=stored.dtype)
        return flat.as_strided(stored.shape, stored.stride).contiguous()


def read(file: str | Path, classes: Collection[str]) -> Contents:
    """What a file holds; the numbers of its tensors stay there until they are asked for.

    Args:
        classes: dotted names of the modules expected beside torch's own, such as `glow.WaveGlow`.
    Raises:
        CheckpointError: missing, damaged, or it names a class or function that is not expected.
    """
    path = Path(file)
    head = _head(path)
    if not head.startswith((_ZIP, _PICKLE)):
        checkpoint.read_tensors(path)  # says what it is instead
        raise CheckpointError(f"{path}: {damaged('its first bytes are of no format')}")
    with _one_line(path), _mapped(path) as data:
        if head.startswith(_ZIP):
            tree, spans = _read_zip(path, data, classes)
        else:
            tree, spans = _read_stream(data, classes)
        return Contents(path, _without_records(tree), spans)


def _head(path: Path) -> bytes:
    if not path.is_file():
        return b""
    with _one_line(path), path.open("rb") as file:
        return file.read(4)


@contextmanager
def _one_line(path: Path) -> Iterator[None]:
    """Whatever goes wrong inside is a CheckpointError that names the file."""
    try:
        yield
    except CheckpointError as error:
        raise CheckpointError(f"{path}: {error}") from None
    except OSError as error:
        raise CheckpointError(
            f"{path}: cannot be read ({error.strerror}); make it readable, or copy it again"
        ) from None
    except Exception:  # a damaged file can fail anywhere in the reader
        raise CheckpointError(f"{path}: {damaged('parts of it are cut off or garbled')}") from None


@contextmanager
def _mapped(path: Path) -> Iterator[mmap.mmap]:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        yield data


def _read_zip(
    path: Path, data: mmap.mmap, classes: Collection[str]
) -> tuple[Any, dict[str, Span]]:
    with zipfile.ZipFile(path) as archive:
        entries = {entry.filename: entry for entry in archive.infolist()}
        packed = any(e.compress_type != zipfile.ZIP_STORED for e in entries.values())
        if packed or sum(e.file_size for e in entries.values()) > len(data):
            raise damaged("its entries are larger than the file")
        (name,) = (n for n in entries if re.fullmatch(r"[^/]*/data\.pkl", n))
        folder = name.removesuffix("data.pkl")
        order = entries.get(f"{folder}byteorder")
        if order is not None and archive.read(order) != b"little":
            raise damaged("numbers of a big-endian machine")
        machine = Machine(io.BytesIO(archive.read(name)), classes)
    tree = machine.run()
    spans = {key: _span(entries[f"{folder}data/{key}"], data) for key in machine.storages}
    for key, storage in machine.storages.items():
        _check_size(spans[key], storage)
    return tree, spans


def _span(entry: zipfile.ZipInfo, data: mmap.mmap) -> Span:
    """Where an entry's bytes lie: behind a header of 30 bytes, its name and padding."""
    n_name, n_padding = struct.unpack_from("<HH", data, entry.header_offset + 26)
    start = entry.header_offset + 30 + n_name + n_padding
    return Span(start, entry.file_size, entry.CRC)


def _read_stream(data: mmap.mmap, classes: Collection[str]) -> tuple[Any, dict[str, Span]]:
    if Machine(data).run() != _MAGIC or Machine(data).run() != _VERSION:
        raise damaged("a pickle, but none of torch")
    Machine(data).run()  # facts about the machine; what follows is little-endian on any
    machine = Machine(data, classes)
    tree = machine.run()
    keys, spans = Machine(data).run(), {}
    for key in exactly(keys, list):
        storage, start = machine.storages[exactly(key, str)], data.tell() + 8
        (n,) = struct.unpack_from("<q", data, start - 8)
        spans[key] = Span(start, n * storage.dtype.itemsize)
        _check_size(spans[key], storage)
        data.seek(start + spans[key].n_bytes)
    if spans.keys() != machine.storages.keys():
        raise damaged("some of its numbers are missing")
    return tree, spans


def _check_size(span: Span, storage: Storage) -> None:
    if span.n_bytes != storage.n * storage.dtype.itemsize:
        raise damaged(f"storage {shown(storage.key)} is not as long as its tensors say")


def _check_sum(span: Span, data: mmap.mmap) -> None:
    with memoryview(data) as view, view[span.start : span.start + span.n_bytes] as part:
        if len(part) < span.n_bytes or span.crc not in (None, zlib.crc32(part)):
            raise damaged("a checksum is wrong")


def _without_records(tree: Any) -> Any:
    """The tree with its modules, on top or one level down, as mappings of their tensors."""
    if type(tree) is dict:
        return {key: _without_records(v) if type(v) is Record else v for key, v in tree.items()}
    return dict(_named_tensors(tree, "", set(), 0)) if type(tree) is Record else tree


def _named_tensors(
    record: Any, prefix: str, seen: set[int], depth: int
) -> Iterator[tuple[str, Stored]]:
    """Parameters and buffers by the names of the state dict; other attributes may be stale."""
    state = exactly(record, Record).state
    if id(record) in seen or depth > _MAX_DEPTH:
        raise damaged(f"module {shown(prefix)} is there twice, or too deep")
    seen.add(id(record))
    left_out = state.get("_non_persistent_buffers_set", ())
    for group in ("_parameters", "_buffers"):
        for name, tensor in state.get(group, {}).items():
            if tensor is not None and name not in left_out:
                yield f"{prefix}{name}", exactly(tensor, Stored)
    for name, child in state.get("_modules", {}).items():
        if child is not None:
            yield from _named_tensors(child, f"{prefix}{name}.", seen, depth + 1)
