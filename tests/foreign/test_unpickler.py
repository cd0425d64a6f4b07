"""The interpreter of pickles: what it makes of sound ones; hostile ones end in one line."""

from __future__ import annotations

import io
import pickle
import struct
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.foreign.pickles import (
    call,
    mapping,
    model,
    module,
    name,
    ordered,
    row,
    storage,
    tensor,
    value,
    write_stream,
    write_zip,
)
from tts.errors import CheckpointError
from tts.foreign import unpickler
from tts.foreign.reader import read_state
from tts.foreign.unpickler import Machine

WRITERS = {"zip": write_zip, "stream": write_stream}
NET = name("fake", "Net")
REBUILD = name("torch._utils", "_rebuild_tensor_v2")
RUN = name("os", "system"), value("touch EXECUTED")


def machine(body: bytes) -> object:
    return Machine(io.BytesIO(b"\x80\x02" + body + b"."), ["fake.Net"]).run()


@pytest.mark.parametrize("protocol", range(1, 6))
def test_plain_data_comes_back(protocol: int) -> None:
    data = [
        {"a": 1, 2: -5, "long": 2**70, None: [True, False, 1.5]},
        ((), (1,), (1, 2), (1, 2, 3), tuple(range(9))),
        {"x" * 300, "y"},
        b"\x00\xff",
        "ü" * 99,
        list(range(70_000)),
    ]
    data.append(data[0])  # the same object again
    found = Machine(io.BytesIO(pickle.dumps(data, protocol))).run()
    assert found == data and found[6] is found[0]


@pytest.mark.parametrize("dtype", ["float64", "float32", "int64", "int32", "bool"])
def test_numpy_scalars_are_plain_numbers(dtype: str) -> None:
    for protocol in (2, 4):
        content = pickle.dumps({"step": np.dtype(dtype).type(1)}, protocol)
        assert Machine(io.BytesIO(content)).run() == {"step": 1}
    with pytest.raises(CheckpointError, match=r"numpy\.core|numpy\._core|unknown type"):
        Machine(io.BytesIO(pickle.dumps(np.zeros(3), 2))).run()


def test_ordered_dictionaries_of_either_python() -> None:
    pairs = row(value([["a", 1], ["b", 2]]))
    assert machine(name("collections", "OrderedDict") + pairs + b"R") == {"a": 1, "b": 2}
    content = pickle.dumps(OrderedDict(a=1), 2)
    assert Machine(io.BytesIO(content)).run() == {"a": 1}
    assert machine(ordered() + mapping({"_metadata": ordered()}) + b"b") == {}


def test_torch_values_are_inert() -> None:
    size = call(name("torch", "Size"), value((2, 3)))
    older_size = name("torch", "Size") + row(value((2, 3))) + b"\x81"
    device = call(name("torch", "device"), value("cuda"), value(0))
    backend = call(name("torch.nn.backends.thnn", "_get_thnn_function_backend"))
    assert machine(row(size, older_size, device, backend)) == ((2, 3), (2, 3), None, None)
    assert "float32" in repr(machine(name("torch", "float32")))


# Functions and classes that are not expected, by what a message calls them.
NAMED: dict[str, tuple[bytes, str]] = {
    "a command": (call(*RUN), "os.system"),
    "a command of the module below": (call(name("posix", "system"), RUN[1]), "posix.system"),
    "eval": (call(name("builtins", "eval"), value("open('EXECUTED', 'w')")), "builtins.eval"),
    "eval of Python 2": (call(name("__builtin__", "eval"), value("1")), "__builtin__.eval"),
    "getattr": (call(name("builtins", "getattr"), name("torch", "Size")), "builtins.getattr"),
    "an import": (call(name("builtins", "__import__"), value("os")), "builtins.__import__"),
    "a partial call": (call(name("functools", "partial"), *RUN), "functools.partial"),
    "the unsafe reader": (call(name("torch", "load"), value("x")), "torch.load"),
    "what lies inside of a function": (
        name("torch._utils", "_rebuild_tensor_v2.__globals__"),
        "torch._utils._rebuild_tensor_v2.__globals__",
    ),
    "two strings": (value("os") + value("system") + b"\x93" + row(RUN[1]) + b"R", "os.system"),
    "lines": (value("os\n\nIt.is") + value("fine\n") + b"\x93", "os??It.is.fine?"),
    "a class of the script": (module(name("__main__", "Net")), "__main__.Net"),
    "a class nobody expects": (module(name("fake", "Other")), "fake.Other"),
    "beside sound values": (mapping({"model": module(), "x": call(*RUN)}), "os.system"),
    "inside a call": (call(name("collections", "OrderedDict"), call(*RUN)), "os.system"),
    "as a state": (NET + b")\x81" + call(*RUN) + b"b", "os.system"),
    "as a reference": (call(*RUN) + b"Q", "os.system"),
    "an object in the old way": (b"(" + b"".join(RUN) + b"o", "os.system"),
    "an own state": (module() + mapping({"__setstate__": name("os", "x")}) + b"b", "os.x"),
}

# Instructions that no pickler would write so.
TWISTED: dict[str, tuple[bytes, str]] = {
    "an instance in the old way": (b"(" + RUN[1] + b"ios\nsystem\n", "an instruction INST"),
    "an extension": (b"\x82\x01", "an instruction EXT1"),
    "keyword arguments": (NET + b")}\x92", "an instruction NEWOBJ_EX"),
    "a reference by line": (b"P0\n", "an instruction PERSID"),
    "a name of a number": (value("os") + value(1) + b"\x93", "int instead of str"),
    "a call of a class": (call(NET), "a call of fake.Net"),
    "a call of a class of torch": (
        call(name("torch.nn.modules.linear", "Linear"), value(9)),
        "a call of torch.nn.modules.linear.Linear",
    ),
    "a call of a storage": (
        call(name("torch", "FloatStorage"), value(10**12)),
        "a call of torch.FloatStorage",
    ),
    "a call of a dtype": (call(name("torch", "float32")), "a call of torch.float32"),
    "a call of a string": (call(value("print"), value("x")), "str instead of Name"),
    "a call of an object": (call(module()), "Record instead of Name"),
    "a call of a result": (call(ordered()), "dict instead of Name"),
    "a call with a list": (name("torch", "Size") + value([]) + b"R", "list instead of tuple"),
    "an object of a function": (REBUILD + b")\x81", "made of torch._utils._rebuild_tensor_v2"),
    "an object with arguments": (NET + row(value(1)) + b"\x81", "made of fake.Net"),
    "an object of a string": (value("Net") + b")\x81", "str instead of Name"),
    "attributes of a string": (value("x") + mapping({}) + b"b", "attributes for str"),
    "attributes of a class": (NET + mapping({}) + b"b", "attributes for Name"),
    "attributes of a tensor": (model(tensor() + mapping({}) + b"b"), "attributes for Stored"),
    "attributes of a list": (value([]) + mapping({}) + b"b", "attributes for list"),
    "attributes in slots": (
        NET + b")\x81" + row(b"N", mapping({})) + b"b",
        "tuple instead of dict",
    ),
    "an item of a list": (value([]) + value(0) + value(1) + b"s", "list instead of dict"),
    "an item of an object": (module() + value("a") + b"Ns", "Record instead of dict"),
    "an element of a dictionary": (mapping({}) + b"Na", "dict instead of list"),
    "elements of a tuple": (value(()) + b"(Ne", "tuple instead of list"),
    "elements of a list as of a set": (value([]) + b"(N\x90", "list instead of set"),
    "a key without a value": (b"}(" + value(1) + b"u", "garbled"),
    "a list as a key": (b"}" + value([]) + b"Ns", "list as a key"),
    "a tuple as a key": (b"}" + value((1,)) + b"Ns", "tuple as a key"),
    "a tuple in a set": (call(name("builtins", "set"), value([(1,)])), "tuple as a key"),
    "nothing": (b"", "garbled"),
    "nothing to take": (b"R", "garbled"),
    "a tuple of too few": (value(1) + b"\x87", "garbled"),
    "no mark": (value(1) + b"t", "garbled"),
    "below the mark": (value([]) + b"(a", "garbled"),
    "nothing remembered": (b"h\x07", "garbled"),
    "a long string that is short": (b"\x8d" + struct.pack("<Q", 2**62) + b"x", "garbled"),
    "long bytes that are short": (b"\x8e" + struct.pack("<Q", 2**40) + b"x", "garbled"),
    "a negative length": (b"\x8b" + struct.pack("<i", -5), "garbled"),
    "a number of many digits": (b"L" + b"9" * 9999 + b"L\n", "garbled"),
    "a reference to a string": (value("0") + b"Q", "str instead of tuple"),
    "a reference to nothing": (row() + b"Q", "garbled"),
    "a reference to a file": (row(value("file"), value("/etc/x")) + b"Q", "that is no storage"),
    "a class that is a string": (row(value("module"), value("x")) + b"Q", "str instead of Name"),
    "a storage of a function": (storage(kind=name("torch", "Size")), "of type torch.Size"),
    "a storage of a class": (storage(kind=NET), "of type fake.Net"),
    "a storage of a string": (storage(kind=value("torch.FloatStorage")), "str instead of Name"),
    "a tensor of nothing": (call(REBUILD, *[value(0)] * 6), "int instead of tuple"),
    "a tensor of little": (call(REBUILD, storage()), "garbled"),
}

BEYOND, NO_SIZE = "a tensor goes beyond the end of storage 0", "a size that is no size"
LARGER, NO_SHAPE = "its tensors are larger than the file", "a tensor without a shape"
SIZES: dict[str, tuple[bytes, str]] = {
    "a negative storage": (tensor(storage(n=-1), shape=(1,)), NO_SIZE),
    "a huge storage": (tensor(storage(n=2**62)), "is not as long as its tensors say"),
    "an impossible storage": (tensor(storage(n=2**80)), NO_SIZE),
    "a true storage": (tensor(storage(n=True), shape=(1,)), "bool instead of int"),
    "a shorter storage": (tensor(storage(n=2), shape=(2,)), "is not as long as its tensors say"),
    "a missing storage": (tensor(storage(key="1")), "garbled"),
    "a storage outside": (tensor(storage(key="../../secret")), "garbled"),
    "a view beyond the end": (
        tensor(storage(view=("v", 2, 3)), shape=(1,)),
        "a view goes beyond the end of storage 0",
    ),
    "a view before the start": (tensor(storage(view=("v", -1, 3)), shape=(1,)), NO_SIZE),
    "a view of odd parts": (tensor(storage(view=("v", 1)), shape=(1,)), "garbled"),
    "beyond the end of a view": (tensor(storage(view=("v", 1, 2)), shape=(3,)), BEYOND),
    "a negative offset": (tensor(first=-1), NO_SIZE),
    "an offset beyond the end": (tensor(first=1), BEYOND),
    "a huge offset": (tensor(first=2**63 - 1, shape=(1,)), BEYOND),
    "a negative axis": (tensor(shape=(-1, 4), stride=(1, 1)), NO_SIZE),
    "a huge axis": (tensor(shape=(2**62,)), BEYOND),
    "huge axes": (tensor(shape=(2**31, 2**31), stride=(0, 0)), LARGER),
    "an axis that is a fraction": (tensor(shape=(2.0,)), "float instead of int"),
    "axes in a list": (tensor(shape=[4]), "list instead of tuple"),
    "a negative stride": (tensor(stride=(-1,)), NO_SIZE),
    "a stride beyond the end": (tensor(shape=(2,), stride=(4,)), BEYOND),
    "a stride too many": (tensor(stride=(1, 1)), NO_SHAPE),
    "a thousand axes": (tensor(shape=(1,) * 1000, stride=(1,) * 1000), NO_SHAPE),
    "a number repeated": (tensor(shape=(10**4,), stride=(0,)), LARGER),
    "a parameter that is no tensor": (
        call(name("torch._utils", "_rebuild_parameter"), value(1), value(True), ordered()),
        "int instead of Stored",
    ),
}

DEPTH = 200_000  # of tuples in tuples; Python itself crashes when it hashes one
TUPLE = b")" + b"\x85" * DEPTH
DEEP: dict[str, bytes] = {
    "a key": b"}" + TUPLE + b"Ns",
    "a NumPy type": call(name("numpy", "dtype"), TUPLE),
    "a reference": TUPLE + b"Q",
    "the key of a storage": row(
        value("storage"), name("torch", "FloatStorage"), TUPLE, b"N", value(1)
    )
    + b"Q",
}


@pytest.fixture(autouse=True)
def _aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands that a pickle might run would leave a file here."""
    monkeypatch.chdir(tmp_path)


def refusal(body: bytes, kind: str, tmp_path: Path) -> str:
    """The one line that ends the reading of a file; nothing else was left behind."""
    file = WRITERS[kind](tmp_path / "file.pt", body)
    with pytest.raises(CheckpointError) as caught:
        read_state(file, "model", modules=["fake.Net"])
    message = str(caught.value)
    assert message.startswith(f"{file}: ") and "\n" not in message and len(message) < 400
    assert [path.name for path in tmp_path.iterdir()] == ["file.pt"]
    return message


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("case", NAMED)
def test_code_is_refused_by_name(case: str, kind: str, tmp_path: Path) -> None:
    body, dotted = NAMED[case]
    message = refusal(body, kind, tmp_path)
    assert f": needs {dotted}, and code from a file is never run; save plain tensors" in message


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("case", TWISTED)
def test_a_twisted_pickle_is_one_line(case: str, kind: str, tmp_path: Path) -> None:
    body, expected = TWISTED[case]
    message = refusal(body, kind, tmp_path)
    assert ": damaged (" in message and expected in message


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("case", SIZES)
def test_sizes_that_cannot_be_are_one_line(case: str, kind: str, tmp_path: Path) -> None:
    body, expected = SIZES[case]
    message = refusal(model(module(parameters={"weight": body})), kind, tmp_path)
    assert ": damaged (" in message and expected in message


@pytest.mark.parametrize("kind", WRITERS)
def test_a_storage_has_one_size_and_type(kind: str, tmp_path: Path) -> None:
    for other in (storage(n=2), storage(kind=name("torch", "IntStorage"))):
        both = {"a": tensor(), "b": tensor(other, shape=(2,))}
        message = refusal(model(module(parameters=both)), kind, tmp_path)
        assert "storage 0 has two sizes" in message


@pytest.mark.parametrize("case", DEEP)
def test_depth_is_no_crash(case: str) -> None:
    with pytest.raises(CheckpointError):
        machine(DEEP[case])


def test_deep_objects_end_quietly(tmp_path: Path) -> None:
    objects = (NET + b")\x81}" + value("a")) * 20_000 + b"N" + b"sb" * 20_000
    assert "it has nothing" in refusal(objects, "zip", tmp_path)
    assert "it has a list" in refusal(b"]" * 20_000 + b"a" * 19_999, "zip", tmp_path)
    far = value(1) + b"r\xff\xff\xff\xff"  # a place in the memo
    assert "it has a int" in refusal(far, "zip", tmp_path)


@pytest.mark.parametrize("kind", WRITERS)
def test_a_module_is_not_inside_itself(kind: str, tmp_path: Path) -> None:
    remembered = b"r\x00\x01\x00\x00"
    children = mapping({"_modules": mapping({"again": b"j\x00\x01\x00\x00"})})
    itself = NET + b")\x81" + remembered + children + b"b"
    assert "module again. is there twice" in refusal(model(itself), kind, tmp_path)
    twice = module(children={"a": module() + remembered, "b": b"j\x00\x01\x00\x00"})
    assert "module b. is there twice" in refusal(model(twice), kind, tmp_path)
    deep = module()
    for _ in range(70):
        deep = module(children={"m": deep})
    assert "too deep" in refusal(model(deep), kind, tmp_path)


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize(
    "state",
    [
        {"_parameters": value([1])},
        {"_parameters": value({"weight": "x"})},
        {"_parameters": mapping({"weight": module()})},
        {"_modules": value({"a": 1})},
        {"_modules": value(7)},
        {"_buffers": value({"a": 1}), "_non_persistent_buffers_set": value(0)},
    ],
    ids=lambda state: "-".join(state),
)
def test_a_module_of_odd_parts(state: dict[str, bytes], kind: str, tmp_path: Path) -> None:
    assert "damaged" in refusal(model(NET + b")\x81" + mapping(state) + b"b"), kind, tmp_path)


@pytest.mark.parametrize("kind", WRITERS)
def test_work_without_end_is_refused(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpickler, "_MAX_STEPS", 5000)
    make = name("collections", "OrderedDict")
    items = value([["k", 1]] * 1000) + b"r\x00\x01\x00\x00"
    again = make + b"(j\x00\x01\x00\x00tRa"  # copies a thousand items by seven instructions
    assert "never ends" in refusal(b"]" + items + b"a" + again * 5, kind, tmp_path)
    assert "never ends" in refusal(b"N" * 6000, kind, tmp_path)


def test_names_that_repeat_the_same_numbers(tmp_path: Path) -> None:
    """A hundred names for one storage would need a hundred times the memory."""
    numbers = np.ones(1000, np.float32).tobytes()
    names = {f"{i}": tensor(storage(n=1000), shape=(1000,)) for i in range(100)}
    file = write_zip(tmp_path / "file.pt", model(module(parameters=names)), {"0": numbers})
    with pytest.raises(CheckpointError, match="its tensors are larger than the file"):
        read_state(file, "model", modules=["fake.Net"])
    two = {name: names[name] for name in ("1", "2")}
    file = write_zip(tmp_path / "file.pt", model(module(parameters=two)), {"0": numbers})
    state = read_state(file, "model", modules=["fake.Net"])
    assert all(torch.equal(state[name], torch.ones(1000)) for name in two)
