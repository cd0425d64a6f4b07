"""An interpreter of pickles that runs no code: it makes tensors, plain containers, inert records.

A pickle is a program: it names functions and classes and calls them. Of functions this interpreter
knows the few that a checkpoint needs, each as one of ours. An object becomes a record of its
attributes, and only if its class is one of torch.nn or one the caller expects. Any other name ends
the reading, as does an instruction, a type or a size that no checkpoint needs.
"""

from __future__ import annotations

import io
import math
import mmap
import pickletools
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from tts.errors import CheckpointError

_MAX_STEPS = 2_000_000  # of a pickle; a model of a thousand tensors takes a tenth of that
_MAX_DIMS = 16

_DTYPES = {
    "torch.DoubleStorage": torch.float64,
    "torch.FloatStorage": torch.float32,
    "torch.HalfStorage": torch.float16,
    "torch.BFloat16Storage": torch.bfloat16,
    "torch.LongStorage": torch.int64,
    "torch.IntStorage": torch.int32,
    "torch.ShortStorage": torch.int16,
    "torch.CharStorage": torch.int8,
    "torch.ByteStorage": torch.uint8,
    "torch.BoolStorage": torch.bool,
}
_VALUES = frozenset(str(dtype) for dtype in _DTYPES.values())  # names that stand for themselves
_CLASSES = ("torch.nn.modules.", "torch.nn.parallel.", "torch.nn.utils.weight_norm.WeightNorm")
_NUMPY_CODES = frozenset({"f8", "f4", "i8", "i4", "b1"})
_KEYS = (str, int, float, bool, bytes, type(None))  # hashing a deep tuple overflows the C stack


@dataclass(frozen=True)
class Storage:
    """Elements `first` to `first + n` of what lies under a key outside the pickle."""

    key: str
    dtype: torch.dtype
    first: int
    n: int


@dataclass(frozen=True)
class Stored:
    """A tensor whose numbers lie outside the pickle; `first` and `stride` count elements."""

    key: str
    dtype: torch.dtype
    first: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]

    @property
    def n_numbers(self) -> int:
        """The product of its shape."""
        return math.prod(self.shape)

    @property
    def extent(self) -> int:
        """The elements of the storage from its first number to its last."""
        if not self.n_numbers:
            return 0
        return 1 + sum((n - 1) * s for n, s in zip(self.shape, self.stride))


@dataclass
class Record:
    """An object that was pickled: the name of its class, and its attributes."""

    name: str
    state: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Name:
    """The name of a class, function or constant; what bears it is never looked up."""

    dotted: str


@dataclass(frozen=True)
class _NumpyType:
    code: str


class Machine:
    """Runs one pickle.

    Args:
        data: where it begins; left behind its last instruction.
        classes: dotted names of classes whose objects become records, beside those of torch.nn.
    Attributes:
        storages: those the pickle refers to, whole, by key.
    """

    def __init__(self, data: mmap.mmap | io.BytesIO, classes: Collection[str] = ()) -> None:
        self.data, self.classes = data, classes
        self.storages: dict[str, Storage] = {}
        self.stack: list[Any] = []
        self.marked: list[list[Any]] = []  # the stacks below each mark
        self.memo: dict[int, Any] = {}
        self.n_steps = 0

    def run(self) -> Any:
        """The object that the pickle makes.

        Raises:
            CheckpointError: the pickle needs what this interpreter refuses.
            Exception: it is garbled; of any kind.
        """
        for opcode, argument, _ in pickletools.genops(self.data):
            self.spend(1)
            if opcode.name == "STOP":
                break
            if opcode.name in _LITERALS:
                self.push(argument)
            elif opcode.name in _INSTRUCTIONS:
                _INSTRUCTIONS[opcode.name](self, argument)
            else:
                raise damaged(f"an instruction {opcode.name}, which no checkpoint needs")
        return self.stack.pop()

    def spend(self, n: int) -> None:
        """Count work, so that a short pickle cannot make something without end."""
        self.n_steps += n
        if self.n_steps > _MAX_STEPS:
            raise damaged("its pickle never ends")

    def push(self, value: Any) -> None:
        self.stack.append(value)

    def mark(self, _: None) -> None:
        self.marked.append(self.stack)
        self.stack = []

    def since_mark(self) -> list[Any]:
        """What was pushed since the last mark, which it takes away."""
        items, self.stack = self.stack, self.marked.pop()
        return items

    def put(self, place: int | None) -> None:
        self.memo[len(self.memo) if place is None else place] = self.stack[-1]

    def tuple_of_last(self, n: int) -> None:
        items = [self.stack.pop() for _ in range(n)]
        self.push(tuple(reversed(items)))

    def extend(self, items: list[Any]) -> None:
        exactly(self.stack[-1], list).extend(items)

    def set_items(self, items: list[Any]) -> None:
        keys, values = map(_key, items[::2]), items[1::2]
        exactly(self.stack[-1], dict).update(zip(keys, values, strict=True))

    def set_item(self, _: None) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        self.set_items([key, value])

    def add(self, items: list[Any]) -> None:
        exactly(self.stack[-1], set).update(map(_key, items))

    def name(self, dotted: str) -> None:
        """Push a name, if it is one that a checkpoint may hold."""
        plain = dotted in _FUNCTIONS or dotted in _DTYPES or dotted in _VALUES
        if not plain and not self.is_class(dotted):
            raise CheckpointError(
                f"needs {shown(dotted)}, and code from a file is never run; "
                "save plain tensors (a state dict) instead"
            )
        self.push(_Name(dotted))

    def is_class(self, dotted: str) -> bool:
        return dotted in self.classes or dotted.startswith(_CLASSES)

    def name_of_stack(self, _: None) -> None:
        name, module = exactly(self.stack.pop(), str), exactly(self.stack.pop(), str)
        self.name(f"{module}.{name}")

    def call(self, _: None) -> None:
        arguments = exactly(self.stack.pop(), tuple)
        dotted = exactly(self.stack.pop(), _Name).dotted
        if dotted not in _FUNCTIONS:
            raise damaged(f"a call of {shown(dotted)}")
        self.spend(sum(len(a) for a in arguments if isinstance(a, (str, list, tuple))))
        self.push(_FUNCTIONS[dotted](*arguments))

    def new(self, _: None) -> None:
        arguments = exactly(self.stack.pop(), tuple)
        dotted = exactly(self.stack.pop(), _Name).dotted
        if dotted == "torch.Size":  # so until torch 1.4
            self.push(_size(*arguments))
        elif self.is_class(dotted) and not arguments:
            self.push(Record(dotted))
        else:
            raise damaged(f"an object made of {shown(dotted)} with arguments")

    def build(self, _: None) -> None:
        """Give an object its attributes; those of a dictionary (`_metadata`) do not matter."""
        state, target = self.stack.pop(), self.stack[-1]
        if type(target) is Record:
            target.state = exactly(state, dict)
        elif type(target) is _NumpyType:
            if exactly(state, tuple)[1] not in ("<", "|"):
                raise damaged("numbers of a big-endian machine")
        elif type(target) is not dict:
            raise damaged(f"attributes for {type(target).__name__.strip('_')}")

    def refer(self, _: None) -> None:
        """Push what lies outside the pickle: a storage; in the older format also a class."""
        kind, *rest = exactly(self.stack.pop(), tuple)
        if kind == "module":
            self.push(exactly(rest[0], _Name))
        elif kind == "storage":
            self.push(self.storage(*rest))
        else:
            raise damaged("a reference to something that is no storage")

    def storage(self, kind: _Name, key: str, _: str, n: int, view: Any = None) -> Storage:
        """What a reference means; the device where it once was does not matter."""
        dtype = _DTYPES.get(exactly(kind, _Name).dotted)
        if dtype is None:
            raise damaged(f"numbers of type {shown(kind.dotted)}")
        whole = Storage(exactly(key, str), dtype, 0, _count(n))
        if self.storages.setdefault(key, whole) != whole:
            raise damaged(f"storage {shown(key)} has two sizes")
        if view is None:
            return whole
        _, first, n_seen = exactly(view, tuple)
        if _count(first) + _count(n_seen) > whole.n:
            raise damaged(f"a view goes beyond the end of storage {shown(key)}")
        return Storage(key, dtype, first, n_seen)


def damaged(what: str) -> CheckpointError:
    """The error of a file that cannot be what it seems, without the file's name."""
    return CheckpointError(f"damaged ({what}); copy it again or use an earlier one")


def shown(name: str) -> str:
    """A name out of a file, fit for a message."""
    return re.sub(r"[^\w.]", "?", name)[:80]


def exactly(value: Any, kind: type) -> Any:
    """The value, which must be of that type and of no subclass."""
    if type(value) is not kind:
        raise damaged(f"{type(value).__name__} instead of {kind.__name__.strip('_')}")
    return value


def _key(value: Any) -> Any:
    if type(value) not in _KEYS:
        raise damaged(f"{type(value).__name__} as a key")
    return value


def _count(value: Any) -> int:
    if not 0 <= exactly(value, int) < 2**63:
        raise damaged("a size that is no size")
    return value


def _tensor(storage: Storage, first: int, shape: Any, stride: Any, *_: Any) -> Stored:
    sizes = [tuple(map(_count, exactly(axes, tuple))) for axes in (shape, stride)]
    inside = exactly(storage, Storage)
    tensor = Stored(inside.key, inside.dtype, inside.first + _count(first), *sizes)
    if len(tensor.shape) != len(tensor.stride) or len(tensor.shape) > _MAX_DIMS:
        raise damaged("a tensor without a shape")
    if first + tensor.extent > inside.n:
        raise damaged(f"a tensor goes beyond the end of storage {shown(inside.key)}")
    return tensor


def _parameter(tensor: Stored, *_: Any) -> Stored:
    return exactly(tensor, Stored)


def _dict(*pairs: Any) -> dict[Any, Any]:
    return {_key(key): value for part in pairs for key, value in exactly(part, list)}


def _set(items: Any) -> set[Any]:
    return set(map(_key, exactly(items, list)))


def _size(axes: Any) -> tuple[Any, ...]:
    return exactly(axes, tuple)


def _nothing(*_: Any) -> None:
    """What stands for a value that reading needs not: a device, or how torch once computed."""


def _bytes(text: str, *_: Any) -> bytes:
    return exactly(text, str).encode("latin1")


def _numpy_type(code: str, *_: Any) -> _NumpyType:
    if exactly(code, str) not in _NUMPY_CODES:
        raise damaged("a NumPy number of an unknown type")
    return _NumpyType(code)


def _numpy_scalar(kind: _NumpyType, data: bytes | str) -> Any:
    raw = data.encode("latin1") if type(data) is str else exactly(data, bytes)
    (number,) = np.frombuffer(raw, exactly(kind, _NumpyType).code)
    return number.item()


# What a pickle may call, and what of ours is called instead.
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "torch._utils._rebuild_tensor": _tensor,
    "torch._utils._rebuild_tensor_v2": _tensor,
    "torch.nn.parameter.Parameter": _parameter,  # until torch 0.4
    "torch.nn.backends.thnn._get_thnn_function_backend": _nothing,  # of each module until 1.2
    "torch._utils._rebuild_parameter": _parameter,
    "torch._utils._rebuild_parameter_with_state": _parameter,
    "torch.Size": _size,
    "torch.device": _nothing,
    "collections.OrderedDict": _dict,
    "__builtin__.set": _set,
    "builtins.set": _set,
    "_codecs.encode": _bytes,  # how older pickles write bytes
    "numpy.dtype": _numpy_type,
    "numpy.core.multiarray.scalar": _numpy_scalar,
    "numpy._core.multiarray.scalar": _numpy_scalar,
}

_LITERALS = frozenset({  # instructions to push their argument
    "INT", "LONG", "LONG1", "LONG4", "BININT", "BININT1", "BININT2", "BINFLOAT",
    "BINSTRING", "SHORT_BINSTRING", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8",
    "BINBYTES", "SHORT_BINBYTES", "BINBYTES8",
})  # fmt: skip

# All other instructions that data needs; those left out make objects in further ways.
_INSTRUCTIONS: dict[str, Callable[[Machine, Any], None]] = {
    "PROTO": lambda *_: None,
    "FRAME": lambda *_: None,
    "NONE": lambda m, _: m.push(None),
    "NEWTRUE": lambda m, _: m.push(True),
    "NEWFALSE": lambda m, _: m.push(False),
    "EMPTY_LIST": lambda m, _: m.push([]),
    "EMPTY_DICT": lambda m, _: m.push({}),
    "EMPTY_SET": lambda m, _: m.push(set()),
    "EMPTY_TUPLE": lambda m, _: m.push(()),
    "MARK": Machine.mark,
    "TUPLE": lambda m, _: m.push(tuple(m.since_mark())),
    "TUPLE1": lambda m, _: m.tuple_of_last(1),
    "TUPLE2": lambda m, _: m.tuple_of_last(2),
    "TUPLE3": lambda m, _: m.tuple_of_last(3),
    "APPEND": lambda m, _: m.extend([m.stack.pop()]),
    "APPENDS": lambda m, _: m.extend(m.since_mark()),
    "ADDITEMS": lambda m, _: m.add(m.since_mark()),
    "SETITEM": Machine.set_item,
    "SETITEMS": lambda m, _: m.set_items(m.since_mark()),
    "BINPUT": Machine.put,
    "LONG_BINPUT": Machine.put,
    "MEMOIZE": Machine.put,
    "BINGET": lambda m, place: m.push(m.memo[place]),
    "LONG_BINGET": lambda m, place: m.push(m.memo[place]),
    "GLOBAL": lambda m, pair: m.name(pair.replace(" ", ".")),
    "STACK_GLOBAL": Machine.name_of_stack,
    "REDUCE": Machine.call,
    "NEWOBJ": Machine.new,
    "BUILD": Machine.build,
    "BINPERSID": Machine.refer,
}
