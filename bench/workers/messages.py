"""What a driver and its worker write to each other: each message is one line of JSON.

The driver sends a Start, which is answered by Ready or Refused, and then one request at a time.
Each has the answer that its comment names, or Stopped if the network raised an error. Progress may
come before any answer.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, is_dataclass, replace
from functools import cache
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from ..equality.certificate import Certificate
from ..equality.result import Result
from ..networks.scenario import Scenario
from ..timing.clock import Pass
from ..timing.cut_passes import Cuts


class Message:
    """What goes through the pipe; each subclass is a frozen dataclass."""

    def to_line(self) -> bytes:
        """Return the message as one line."""
        assert is_dataclass(self)
        return json.dumps({"kind": type(self).__name__, **asdict(self)}).encode() + b"\n"

    @staticmethod
    def from_line(line: str | bytes) -> Message:
        """Return the message that to_line made this line of."""
        values = json.loads(line)
        kinds = {kind.__name__: kind for kind in Message.__subclasses__()}
        message = _revived(kinds[values.pop("kind")], values)
        assert isinstance(message, Message)
        return message


@dataclass(frozen=True)
class TreePlace:
    """Where a worker finds the source tree of a revision; the fields are those of Tree."""

    revision: str
    top: str
    copy: str


@dataclass(frozen=True)
class Start(Message):
    """What a worker needs to know before it can do anything.

    Attributes:
        folder: the folder of the shared reviews.
        network: the name or FILE.py:CLASS by which it is loaded.
        core: the core to run on; None where the system pins no process.
        memory_bytes: how much it may allocate; None for no limit.
        tree: the source tree that it comes from; None for the installed networks.
    """

    folder: str
    network: str
    scenario: Scenario
    core: int | None
    memory_bytes: int | None
    tree: TreePlace | None


@dataclass(frozen=True)
class Certify(Message):  # answered by Certified
    """Judge the network on so many reviews at random, or on all of them (None)."""

    judged: int | None
    whole_passes: int


@dataclass(frozen=True)
class LineUp(Message):  # answered by Found
    """Prepare the network, which another process has certified, for the clock."""

    digest: str
    pass_seconds: float


@dataclass(frozen=True)
class TimePass(Message):  # answered by Timed
    """Time one pass."""

    set: int
    round: int
    order: int


@dataclass(frozen=True)
class TimeCuts(Message):  # answered by Cut
    """Time the pass with parts left out; the whole one took `train` seconds."""

    train: float


@dataclass(frozen=True)
class MeasureMemory(Message):  # answered by Held
    """Say by how much the process grows with the network."""


@dataclass(frozen=True)
class JudgeTiming(Message):  # answered by Found
    """Say whether the timed passes were those of the certified network."""


@dataclass(frozen=True)
class Ready(Message):
    """The network is loaded."""


@dataclass(frozen=True)
class Refused(Message):
    """The network can't be had as it was named."""

    reason: str


@dataclass(frozen=True)
class Progress(Message):
    """The network has been trained on so many more reviews."""

    reviews: int


@dataclass(frozen=True)
class Stopped(Message):
    """The network raised an error."""

    reason: str


@dataclass(frozen=True)
class Certified(Message):
    """What is known of the network, whatever its status.

    Attributes:
        outputs: the .npy file of the certificate's outputs, if it has any.
    """

    result: Result
    outputs: str | None


@dataclass(frozen=True)
class Found(Message):
    """What is known of the network now; the outputs of its certificate are not sent again."""

    result: Result


@dataclass(frozen=True)
class Timed(Message):
    """A timed pass, or None if it failed, and whether the network is worth another one."""

    sound: bool
    timed: Pass | None


@dataclass(frozen=True)
class Cut(Message):
    """The times of the cut passes."""

    cuts: Cuts


@dataclass(frozen=True)
class Held(Message):
    """Bytes of memory; None where nobody can tell."""

    bytes: int | None


def without_outputs(result: Result) -> Result:
    """Return a result that fits into a line; the outputs of its pass go through a file."""
    certificate = result.certificate
    return replace(result, certificate=certificate and replace(certificate, outputs=None))


def with_outputs(result: Result, outputs: Any) -> Result:
    """Return a result with the outputs of its pass, (n,)."""
    certificate = result.certificate
    assert isinstance(certificate, Certificate)
    return replace(result, certificate=replace(certificate, outputs=outputs))


Kind = TypeVar("Kind")
_hints: Callable[[type], dict[str, Any]] = cache(get_type_hints)


def _revived(kind: type[Kind], values: dict[str, Any]) -> Kind:
    """Build a dataclass, and what its fields hold: dataclasses and enumerations too."""
    hints = _hints(kind)
    return kind(**{name: _value(hints[name], value) for name, value in values.items()})


def _value(hint: Any, value: Any) -> Any:
    if get_origin(hint) in (Union, UnionType):
        hint = next(choice for choice in get_args(hint) if choice is not type(None))
    if value is None:
        return None
    if isinstance(value, dict):
        return _revived(hint, value)
    return hint(value) if isinstance(hint, type) and not isinstance(value, hint) else value
