"""Whole pickled modules give their state dict, in both formats; damaged files end in one line."""

from __future__ import annotations

import pickle
import random
import struct
import sys
import types
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from tests.foreign.pickles import (
    MAGIC,
    ONES,
    VERSION,
    call,
    mapping,
    model,
    module,
    name,
    row,
    storage,
    tensor,
    value,
    write_stream,
    write_zip,
)
from tts.errors import CheckpointError
from tts.foreign.reader import State, read_state

CLASSES = ("fake_glow.Net", "fake_glow.Mixing")
FORMATS = {"zip": True, "stream": False}


class Mixing(nn.Module):
    """A layer with what official code leaves about: a cached inverse, a plain number."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv1d(4, 4, 1, bias=False)
        self.W_inverse = torch.full((4, 4, 1), torch.nan)
        self.n_half = 2


class Net(nn.Module):
    """Layers with weight norm by the older hooks, buffers, a shared and an unused parameter."""

    def __init__(self) -> None:
        super().__init__()
        self.upsample = nn.ConvTranspose1d(3, 3, 8, stride=4)
        self.convinv = nn.ModuleList([Mixing(), Mixing()])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.start = nn.utils.weight_norm(nn.Conv1d(2, 4, 3))
        self.norm = nn.BatchNorm1d(4)
        self.tied = nn.Linear(3, 2)
        self.tied.bias = nn.Parameter(torch.randn(2))
        self.also_tied = nn.Linear(3, 2, bias=False)
        self.also_tied.weight = self.tied.weight
        self.register_buffer("table", torch.arange(6).view(2, 3).t())
        self.register_buffer("passing", torch.zeros(2), persistent=False)
        self.unused = None
        self.register_parameter("absent", None)


@pytest.fixture(autouse=True)
def _foreign(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The classes live in a module of another name, which is there for writing alone."""
    fake = types.ModuleType("fake_glow")
    for kind in (Net, Mixing):
        monkeypatch.setattr(kind, "__module__", "fake_glow")
        setattr(fake, kind.__name__, kind)
    monkeypatch.setitem(sys.modules, "fake_glow", fake)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Couldn't retrieve source code")
        yield


def net() -> Net:
    """A module after a forward pass, which leaves a stale product of the weight norm."""
    torch.manual_seed(1)
    made = Net()
    made.start(torch.randn(1, 2, 5))
    made.start.weight_g.data *= 2
    assert "weight" in vars(made.start)
    return made.eval()


def write(path: Path, tree: Any, kind: str = "zip", protocol: int = 2) -> Path:
    torch.save(tree, path, pickle_protocol=protocol, _use_new_zipfile_serialization=FORMATS[kind])
    return path


def read(path: Path) -> State:
    """What an importer calls, in a process that knows no such class and runs no pickle."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delitem(sys.modules, "fake_glow")
        patch.setattr(torch, "load", None)
        patch.setattr(pickle, "Unpickler", None)
        return read_state(path, "model", "state_dict", modules=CLASSES)


def equal(found: State, made: nn.Module) -> bool:
    wanted = made.state_dict()
    assert list(found) == list(wanted)
    return all(torch.equal(found[n].double(), t.double()) for n, t in wanted.items())


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_a_module_gives_its_state_dict(kind: str, protocol: int, tmp_path: Path) -> None:
    made = net()
    optimiser = torch.optim.Adam(made.parameters()).state_dict()
    around = {"iteration": np.int64(3), "optimizer": optimiser, "learning_rate": np.float64(1e-4)}
    trees = {
        "inside": {"model": made, **around},
        "alone": made,
        "parallel": {"model": nn.DataParallel(made), "iteration": 3},
        "state": {"state_dict": made.state_dict()},
        "bare state": made.state_dict(),
        "parallel state": nn.DataParallel(made).state_dict(),
    }
    for label, tree in trees.items():
        found = read(write(tmp_path / "file.pt", tree, kind, protocol))
        assert equal(found, made), label
        assert all(t.is_contiguous() and not t.requires_grad for t in found.values())
        assert all(t.dtype == torch.float32 for t in found.values() if t.is_floating_point())


@pytest.mark.parametrize("kind", FORMATS)
def test_number_formats_become_float32(kind: str, tmp_path: Path) -> None:
    for dtype in (torch.float16, torch.bfloat16, torch.float64):
        made = net().to(dtype)
        assert equal(read(write(tmp_path / "file.pt", {"model": made}, kind)), made)
    for dtype in (torch.int16, torch.int8, torch.uint8, torch.bool, torch.int32, torch.int64):
        made = nn.Module()
        made.register_buffer("numbers", torch.tensor([0, 1, 1]).to(dtype))
        found = read(write(tmp_path / "file.pt", {"model": made.state_dict()}, kind))
        assert found["numbers"].dtype == dtype and found["numbers"].tolist() == [0, 1, 1]


@pytest.mark.parametrize("kind", FORMATS)
def test_without_weight_norm_the_weight_is_a_parameter(kind: str, tmp_path: Path) -> None:
    made = net()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        nn.utils.remove_weight_norm(made.start)
    found = read(write(tmp_path / "file.pt", {"model": made}, kind))
    assert equal(found, made) and "start.weight" in found and "start.weight_g" not in found


@pytest.mark.parametrize("kind", FORMATS)
def test_views_of_one_storage_are_cut_out_of_it(kind: str, tmp_path: Path) -> None:
    numbers = torch.arange(24.0)
    state = {
        "rows": numbers.view(4, 6)[1:3],
        "columns": numbers.view(4, 6)[:, ::2],
        "turned": numbers.view(4, 6).t(),
        "last": numbers[23],
        "none": torch.empty(0, 3),
    }
    found = read(write(tmp_path / "file.pt", {"state_dict": state}, kind))
    assert all(torch.equal(found[n], t) and found[n].shape == t.shape for n, t in state.items())


@pytest.mark.parametrize("writer", [write_zip, write_stream])
def test_what_older_torch_wrote(writer: Any, tmp_path: Path) -> None:
    """Until 0.4 the class Parameter was called, without hooks; until 1.2 modules had a backend."""
    function = name("torch._utils", "_rebuild_tensor_v2")
    bare = call(function, storage(), *map(value, (0, (4,), (1,), False, None)))
    parameter = call(name("torch.nn.parameter", "Parameter"), bare, value(True))
    backend = call(name("torch.nn.backends.thnn", "_get_thnn_function_backend"))
    state = mapping({"_backend": backend, "_parameters": mapping({"weight": parameter})})
    kind = name("fake_glow", "Net")
    if writer is write_stream:
        kind = row(value("module"), kind, value("/glow.py"), value("class Net: ...")) + b"Q"
    file = writer(tmp_path / "file.pt", model(kind + b")\x81" + state + b"b"))
    assert read(file)["weight"].tolist() == [1, 1, 1, 1]


def test_the_oldest_streams_name_views(tmp_path: Path) -> None:
    """A key, where it begins and how long it is; then the tensor's own offset in the view."""
    numbers = np.arange(8, dtype=np.float32)
    old = call(
        name("torch._utils", "_rebuild_tensor"),
        storage(n=8, view=("view", 2, 5)),
        *map(value, (1, (2, 2), (1, 2))),
    )
    body = model(module(name("fake_glow", "Net"), {"weight": old}))
    file = write_stream(tmp_path / "file.pt", body, {"0": numbers.tobytes()})
    assert read(file)["weight"].tolist() == [[3, 5], [4, 6]]


def test_only_what_is_wanted_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The optimiser's numbers may even be damaged."""
    tree = {"model": nn.Linear(3, 2), "optimizer": {"exp_avg": torch.full((1000,), 7.0)}}
    file = write(tmp_path / "file.pt", tree)
    content = bytearray(file.read_bytes())
    content[content.index(struct.pack("<20f", *[7.0] * 20)) + 5] ^= 1
    file.write_bytes(content)
    assert set(read(file)) == {"weight", "bias"}


@pytest.mark.parametrize("kind", FORMATS)
def test_what_is_no_model_is_described(kind: str, tmp_path: Path) -> None:
    expected = {
        "it has iteration, lr;": {"iteration": 1, "lr": 0.1},
        "it has a list;": [1, 2],
        "it has nothing;": {},
        "it has model;": {"model": 3},
    }
    for fragment, tree in expected.items():
        file = write(tmp_path / "file.pt", tree, kind)
        with pytest.raises(CheckpointError) as caught:
            read(file)
        assert "expected weights under model or state_dict, " + fragment in str(caught.value)


def test_numbers_that_are_not_finite_are_named(tmp_path: Path) -> None:
    made = net()
    made.tied.bias.data[1] = torch.inf
    with pytest.raises(CheckpointError, match=r"tensor tied\.bias holds numbers that are not"):
        read(write(tmp_path / "file.pt", {"model": made}))


def test_files_that_are_not_there_or_no_checkpoints(tmp_path: Path) -> None:
    def message(path: Path) -> str:
        with pytest.raises(CheckpointError) as caught:
            read_state(path, "model", modules=CLASSES)
        assert str(caught.value).startswith(f"{path}: ")
        return str(caught.value)

    file = tmp_path / "file.pt"
    assert "no such checkpoint" in message(file) and "is a folder" in message(tmp_path)
    for content, expected in {
        b"": "an empty file",
        b"hello": "damaged, or no torch checkpoint",
        b"<!DOCTYPE html><html>": "a web page where a checkpoint was expected",
        b"\x80": "damaged (",
        pickle.dumps({"model": 1}): "damaged (a pickle, but none of torch)",
        b"PK\x03\x04": "damaged (",
    }.items():
        file.write_bytes(content)
        assert expected in message(file)


def outcome(path: Path) -> str:
    """The message of a CheckpointError of one line, or nothing; no other exception."""
    try:
        read_state(path, "model", modules=CLASSES)
    except CheckpointError as error:
        assert str(error).startswith(f"{path}: ") and "\n" not in str(error)
        return str(error)
    return ""


@pytest.mark.parametrize("kind", FORMATS)
def test_a_file_cut_off_anywhere(kind: str, tmp_path: Path) -> None:
    content = write(tmp_path / "whole.pt", {"model": net()}, kind).read_bytes()
    cuts = [*range(40), *range(40, len(content), len(content) // 120), len(content) - 1]
    for n in cuts:
        (tmp_path / "file.pt").write_bytes(content[:n])
        assert outcome(tmp_path / "file.pt"), n


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.filterwarnings("ignore")
def test_bytes_that_changed(kind: str, tmp_path: Path) -> None:
    """Any byte but those of the numbers themselves, and of names, may matter; none may crash."""
    content = write(tmp_path / "whole.pt", {"model": net()}, kind).read_bytes()
    draw, n_refused = random.Random(0), 0
    for _ in range(400):
        changed = bytearray(content)
        for _ in range(draw.choice((1, 1, 4))):
            changed[draw.randrange(len(content))] = draw.choice((0, 1, 127, 128, 255, 46, 82, 98))
        (tmp_path / "file.pt").write_bytes(changed)
        n_refused += bool(outcome(tmp_path / "file.pt"))
    assert n_refused > 100


def archive(path: Path, entries: dict[str, bytes], **options: Any) -> Path:
    with zipfile.ZipFile(path, "w", **options) as file:
        for entry, content in entries.items():
            file.writestr(entry, content)
    return path


def test_archives_that_torch_does_not_write(tmp_path: Path) -> None:
    file = tmp_path / "file.pt"
    body = model(module(name("fake_glow", "Net"), {"weight": tensor()}))
    sound = {"a/data.pkl": b"\x80\x02" + body + b".", "a/data/0": ONES}
    assert outcome(archive(file, sound)) == ""
    cases = [
        (archive, sound, {"compression": zipfile.ZIP_DEFLATED}, "its entries are larger than the"),
        (archive, {"a/data/0": ONES}, {}, "garbled"),
        (archive, {**sound, "b/data.pkl": sound["a/data.pkl"]}, {}, "garbled"),
        (archive, {"a/data.pkl": sound["a/data.pkl"]}, {}, "garbled"),
        (archive, {**sound, "a/data/0": ONES[:8]}, {}, "storage 0 is not as long"),
        (archive, {**sound, "a/byteorder": b"big"}, {}, "numbers of a big-endian machine"),
    ]
    for make, entries, options, expected in cases:
        assert expected in outcome(make(file, entries, **options))


def test_entries_that_claim_the_same_bytes(tmp_path: Path) -> None:
    """Many entries of a directory may point at one run of bytes: together they seem larger."""
    file = tmp_path / "file.pt"
    body = model(
        module(name("fake_glow", "Net"), {"weight": tensor(storage(n=512), shape=(512,))})
    )
    write_zip(file, body, {"0": bytes(2048)})
    content = file.read_bytes()
    end = content.rindex(b"PK\x05\x06")
    start = struct.unpack_from("<I", content, end + 16)[0]
    n_entries = struct.unpack_from("<H", content, end + 10)[0]
    copies = [content[start:end].replace(b"data/0", b"data/%c" % (48 + i)) for i in range(40)]
    directory = b"".join(copies)
    counts = *[40 * n_entries] * 2, len(directory), start
    tail = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, *counts, 0)
    file.write_bytes(content[:start] + directory + tail)
    with zipfile.ZipFile(file) as made:
        assert len(made.infolist()) == 40 * n_entries
    assert "its entries are larger than the file" in outcome(file)


def test_a_wrong_checksum(tmp_path: Path) -> None:
    file = write(tmp_path / "file.pt", {"model": {"w": torch.full((50,), 7.0)}})
    content = bytearray(file.read_bytes())
    content[content.index(struct.pack("<9f", *[7.0] * 9)) + 7] ^= 1
    file.write_bytes(content)
    assert "damaged (a checksum is wrong)" in outcome(file)


def test_streams_that_torch_does_not_write(tmp_path: Path) -> None:
    file, facts = tmp_path / "file.pt", {"little_endian": True}
    body = model(module(name("fake_glow", "Net"), {"weight": tensor()}))
    assert outcome(write_stream(file, body)) == ""
    for head, expected in (
        ((MAGIC + 1, VERSION, facts), "a pickle, but none of torch"),
        ((MAGIC, VERSION + 1, facts), "a pickle, but none of torch"),
        ((MAGIC, VERSION), "needs fake_glow.Net"),
    ):
        assert expected in outcome(write_stream(file, body, head=head))
    for storages, expected in (
        ({}, "some of its numbers are missing"),
        ({"0": ONES, "1": ONES}, "garbled"),
        ({"0": ONES[:8]}, "storage 0 is not as long as its tensors say"),
    ):
        assert expected in outcome(write_stream(file, body, storages))
    content = write_stream(file, body).read_bytes()
    for count in (-1, -(2**63), 2**40, 2**63 - 1):
        file.write_bytes(content[:-24] + struct.pack("<q", count) + content[-16:])
        assert "is not as long" in outcome(file)
