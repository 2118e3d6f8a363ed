"""What a driver and its worker write to each other.

A message is a line of JSON, and then the bytes of its arrays: plain numbers, nothing that could
run. The driver sends a Start, which is answered by Loaded or Refused, and then one request at a
time. Each has the answer that its comment names, or Raised if the network raised an error.
Many steps go through the pipe together, because a message costs more than a step.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, Protocol, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np

from ...impls.network import Array
from ...impls.reviews import Reviews

Kind = TypeVar("Kind")
# The kinds of numpy's dtypes that are real numbers.
NUMBERS = "biuf"


class Pipe(Protocol):
    """Where the bytes of a message come from."""

    def line(self) -> bytes:
        """Read up to the end of a line; empty at the end of the pipe."""

    def fill(self, array: Array) -> None:
        """Read the bytes of a contiguous array."""


class Message:
    """What goes through the pipe; each subclass is a frozen dataclass."""

    def pieces(self) -> list[Any]:
        """Return the bytes of the message, in pieces that are written one after the other."""
        values: dict[str, Any] = {"message": type(self).__name__}
        shapes: dict[str, Any] = {}
        data: list[Any] = []
        for name, value in vars(self).items():
            if isinstance(value, np.ndarray):
                content = np.ascontiguousarray(value)
                raw = content.reshape(-1).view(np.uint8)
                # The first weights of the lesson: a few bytes in place of millions.
                zero = raw.size > ZEROS_FROM and not raw.any()
                shapes[name] = [content.dtype.str, value.shape, zero]
                data += [] if zero else [raw.data]
            else:
                values[name] = asdict(value) if is_dataclass(value) else value  # type: ignore[arg-type]
        if shapes:
            values["arrays"] = shapes
        return [json.dumps(values).encode() + b"\n", *data]

    @staticmethod
    def read(pipe: Pipe, most: float | None = None) -> Message | None:
        """Read a message whose pieces were written; None at the end of the pipe.

        Args:
            most: how many bytes the arrays of an answer may have; None for a request, whose
                arrays have any length, and whose texts may be names of files that are no UTF-8.

        Raises:
            ValueError, KeyError, TypeError, AttributeError: it is no such message.
        """
        line = pipe.line()
        if not line:
            return None
        values = json.loads(line)
        if most is not None:
            values = _writable(values)
        kind = _kinds()[values.pop("message")]
        arrays, left = {}, math.inf if most is None else most
        for name, (dtype, shape, zero) in values.pop("arrays", {}).items():
            each = np.dtype(dtype)
            left -= math.prod(shape) * each.itemsize
            if left < 0 or each.kind not in NUMBERS:
                raise ValueError(f"{name} has {shape} numbers of {dtype}")
            arrays[name] = np.zeros(shape, dtype) if zero else np.empty(shape, dtype)
            if not zero:
                pipe.fill(arrays[name])
        message = _revived(kind, values, arrays)
        assert isinstance(message, Message)
        return message


ZEROS_FROM = 1 << 16


@dataclass(frozen=True)
class TreePlace:
    """Where a worker finds the source tree of a revision; the fields are those of Tree."""

    revision: str
    top: str
    copy: str


@dataclass(frozen=True)
class Start(Message):  # answered by Loaded or Refused
    """What a worker needs to know before it can do anything.

    Attributes:
        network: the name or FILE.py:CLASS by which it is loaded.
        folder: the folder of the shared reviews.
        cores: the cores to run on, one for each thread; None where the system pins no process.
        threads: how many it has for each library.
        memory_bytes: how much it may allocate; None for no limit.
        tree: the source tree that it comes from; None for the installed networks.
        writable: the folders that it is confined to write into; None: it is not confined.
        definition: the name of what a step computes; by_word, others: its arrays, as a definition
            has them.
    """

    network: str
    folder: str
    cores: list[int] | None
    threads: int
    memory_bytes: int | None
    tree: TreePlace | None
    writable: list[str] | None
    definition: str
    by_word: list[str]
    others: list[str]


@dataclass(frozen=True)
class Build(Message):  # answered by Done
    """Make an instance, or give it fresh weights where there is one with this number."""

    instance: int
    weights_0_1: Array
    weights_1_2: Array
    learning_rate: float
    batch_size: int


@dataclass(frozen=True)
class Prepare(Message):  # answered by Done
    """Prepare reviews and keep the form under a number; without arrays, the shared reviews.

    Attributes:
        strided: whether the arrays, which the pipe packs, had something between their numbers.
    """

    instance: int
    form: int
    vocabulary_size: int | None = None
    indptr: Array | None = None
    indices: Array | None = None
    counts: Array | None = None
    labels: Array | None = None
    strided: bool = False

    @classmethod
    def of(cls, instance: int, form: int, reviews: Reviews) -> Prepare:
        """Return the request to prepare some reviews."""
        arrays = reviews.indptr, reviews.indices, reviews.counts, reviews.labels
        packed = reviews.indptr.flags.c_contiguous
        return cls(instance, form, reviews.vocabulary_size, *arrays, strided=not packed)


@dataclass(frozen=True)
class Call(Message):  # answered by Returned
    """Call train or predict with a form."""

    instance: int
    method: str
    form: int


@dataclass(frozen=True)
class Rows(Message):  # answered by Returned
    """Read some rows."""

    instance: int
    words: Array


@dataclass(frozen=True)
class Read(Message):  # answered by Returned
    """Read weights_0_1 or weights_1_2."""

    instance: int
    weights: str


@dataclass(frozen=True)
class ReadGiven(Message):  # answered by Given
    """Read the arrays that were passed in as the weights of an instance."""

    instance: int


@dataclass(frozen=True)
class Observe(Message):  # answered by Observed, one or more
    """Make some calls of train; before and after each, read the rows of its words and weights_1_2.

    Attributes:
        calls: (calls, 2) how many reviews and how many words each call has.
        words: those of all calls.
    """

    instance: int
    calls: Array
    words: Array
    vocabulary_size: int
    indptr: Array
    indices: Array
    counts: Array | None
    labels: Array


@dataclass(frozen=True)
class TimeCall(Message):  # answered by Timed
    """Call train, predict or prepare under the clock; prepare gets the shared reviews."""

    instance: int
    method: str
    form: int


@dataclass(frozen=True)
class TimePass(Message):  # answered by Timed
    """Train on a key, a call for each of its reviews, then so often on a form under the clock."""

    instance: int
    form: int
    passes: int
    vocabulary_size: int
    indptr: Array
    indices: Array
    counts: Array | None
    labels: Array


@dataclass(frozen=True)
class MeasureMemory(Message):  # answered by Held
    """Say how much a network takes: by tracemalloc, or by how much a fresh process grows."""

    resident: bool
    columns: int  # of weights_0_1
    weights_1_2: Array
    learning_rate: float
    batch_size: int


@dataclass(frozen=True)
class Count(Message):  # answered by Counted
    """Train on a form, and count; untimed.

    Attributes:
        callgrind: whether instructions are counted, by callgrind, which runs the process and writes
            them to its file; else the calls that Python makes.
    """

    instance: int
    form: int
    callgrind: bool


@dataclass(frozen=True)
class Repeat(Message):  # answered by Counted
    """Train on a form for so many seconds, at least once, while a profiler looks on."""

    instance: int
    form: int
    seconds: float


@dataclass(frozen=True)
class RefuseStrays(Message):  # answered by Done or Refused
    """Refuse modules that are not from the source tree."""


@dataclass(frozen=True)
class Forget(Message):  # not answered
    """Let go of instances and forms."""

    instances: list[int]
    forms: list[int]


@dataclass(frozen=True)
class Loaded(Message):
    """The network was looked for.

    Attributes:
        problem: why it could not be loaded; empty where it could.
        unavailable: why it can't run here; None where it can.
        unavailable_raised: the error that asking for this raised; empty for none.
        resets: whether it has a reset of its own.
        threads: the most that it works in; None: the calling one alone.
        definitions: the names of those that it knows.
        device: what computes.
        device_name, free_bytes: of it, as in Device; empty and None for the CPU.
    """

    problem: str = ""
    unavailable: str | None = None
    unavailable_raised: str = ""
    accepts_counts: bool = False
    accepts_batches: bool = False
    dtypes: list[str] | None = None
    resets: bool = False
    threads: int | None = None
    definitions: list[str] | None = None
    device: str = "cpu"
    device_name: str = ""
    free_bytes: int | None = None


@dataclass(frozen=True)
class Refused(Message):
    """The network can't be had as it was named."""

    reason: str


@dataclass(frozen=True)
class Raised(Message):
    """The network raised an error.

    Attributes:
        during: what raised it, where a request asked for several things.
        refusal: whether it is a ValueError that the network raised on purpose.
    """

    error: str
    during: str = ""
    refusal: bool = False


@dataclass(frozen=True)
class Done(Message):
    """It is done."""


@dataclass(frozen=True)
class Returned(Message):
    """What a call returned: a plain array, or else the name of its type."""

    array: Array | None
    kind: str = ""

    @classmethod
    def of(cls, value: object) -> Returned:
        """Return the message for whatever a network returned."""
        if type(value) is not np.ndarray:
            return cls(None, type(value).__name__)
        if value.dtype.kind not in NUMBERS:
            return cls(None, str(value.dtype))
        return cls(value)

    def copy(self) -> Returned:
        """Return the same, whatever a later call writes into the array of this one."""
        return self if self.array is None else Returned(self.array.copy())


@dataclass(frozen=True)
class Given(Message):
    """The arrays that were passed in, as they are now."""

    weights_0_1: Array
    weights_1_2: Array


@dataclass(frozen=True)
class Observed(Message):
    """What was seen of a call of train, or of some of them whose arrays are alike.

    Those of one call follow those of the call before, and there is one weights_1_2 for each.

    Attributes:
        calls: how many calls.
        outputs: None where they were no plain array, of one call.
    """

    calls: int
    rows: Array
    weights_1_2: Array
    outputs: Array | None
    kind: str
    new_rows: Array
    new_weights_1_2: Array


@dataclass(frozen=True)
class Timed(Message):
    """What the worker's own clocks said of a call, and what it returned, as in Returned."""

    cpu_seconds: float
    wall_seconds: float
    process_seconds: float
    waits: int | None
    array: Array | None
    kind: str


@dataclass(frozen=True)
class Held(Message):
    """Bytes of memory; None where nobody can tell."""

    bytes: int | None


@dataclass(frozen=True)
class Counted(Message):
    """What was counted, or how many passes were made; of callgrind, whether it runs at all."""

    number: int


@cache
def _kinds() -> dict[str, type[Message]]:
    return {kind.__name__: kind for kind in Message.__subclasses__()}


_hints: Callable[[type], dict[str, Any]] = cache(get_type_hints)


def _revived(kind: type[Kind], values: dict[str, Any], arrays: dict[str, Any]) -> Kind:
    """Build a dataclass, and the dataclasses that its fields hold."""
    hints = _hints(kind)
    plain = {name: _value(hints[name], value) for name, value in values.items()}
    for name, array in arrays.items():
        if not _fits(hints[name], array):
            raise TypeError(f"{name} is no array")
    return kind(**plain, **arrays)


def _writable(value: Any) -> Any:
    """Return what JSON holds, with its texts such as can be written to a file; not all can."""
    if isinstance(value, dict):
        return {name: _writable(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_writable(one) for one in value]
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def _value(hint: Any, value: Any) -> Any:
    if isinstance(value, dict):
        if get_origin(hint) in (Union, UnionType):
            hint = next(choice for choice in get_args(hint) if choice is not type(None))
        return _revived(hint, value, {})
    if not _fits(hint, value):
        raise TypeError(f"{value!r} is no {hint}")
    return value


def _fits(hint: Any, value: Any) -> bool:
    """Say whether a value has the type of its field; the other side may send anything."""
    kind, inside = get_origin(hint) or hint, get_args(hint)
    if kind in (Union, UnionType):
        return any(_fits(choice, value) for choice in inside)
    if kind is list:
        return isinstance(value, list) and all(_fits(inside[0], one) for one in value)
    if kind is float:
        kind = float | int
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))


def reviews_of(message: Prepare | Observe | TimePass) -> Reviews:
    """Return the reviews that a request carries."""
    assert message.indptr is not None
    assert message.indices is not None
    assert message.labels is not None
    assert message.vocabulary_size is not None
    return Reviews.trusted(
        message.indptr, message.indices, message.counts, message.labels, message.vocabulary_size
    )
