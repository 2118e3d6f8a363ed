"""What commands print with --json: one object each, whose fields a class names and describes."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ..outcomes import ExitCode
from ..text.markdown import UNSAFE
from .machine import Machine
from .rows import Setting


@dataclass(frozen=True, kw_only=True)
class Document:
    """What a command found, for other programs.

    A command's own class adds `rows`, a list of one class of rows, and what else it has to say. The
    JSON Schema follows from the types of the fields, and their descriptions from the docstring; a
    number that may be missing has the default NaN, or a type with None, and becomes null.

    Attributes:
        name: of its schema.
        version: of its schema; a new one where a field is taken away, renamed or means another
            thing, the same where one is added.
        of: the words of the command that prints it.
        files: what the command wrote, and records that it can be read from again.
        notes: in a sentence each: what the figures rest on, and warnings.
    """

    name: ClassVar[str]
    version: ClassVar[int] = 1
    of: ClassVar[str]

    files: list[Path]
    notes: list[str]


@dataclass(frozen=True, kw_only=True)
class Measured(Document):
    """What a command found that measures or judges networks on this machine.

    Attributes:
        machine: on which it did.
        setting: the scenario and its reviews.
    """

    machine: Machine
    setting: Setting


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """What stands before the fields of every document.

    Attributes:
        command: that printed it.
        schema: the name and the version of its schema, which `skipzeros schema NAME` prints.
        skipzeros: the version of skipzeros.
        exit_code: that the command ends with.
    """

    command: str
    schema: str
    skipzeros: str
    exit_code: int

    @classmethod
    def of(cls, document: Document, exit_code: int) -> Envelope:
        """Return what stands before the fields of a document."""
        return cls(
            command=document.of,
            schema=f"{document.name}/{document.version}",
            skipzeros=version("skipzeros"),
            exit_code=exit_code,
        )


def json_text(document: Document, exit_code: int = ExitCode.OK) -> str:
    """Return a document as one object in JSON, with null where there is no value.

    Args:
        exit_code: that its command ends with.
    """
    whole = {**_plain(Envelope.of(document, exit_code)), **_plain(document)}
    return json.dumps(whole, indent=2, allow_nan=False)


def _plain(value: object) -> Any:
    """Return a value as JSON has it."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, str | Path):
        # Names of files may have bytes that are no text.
        return UNSAFE.sub("\ufffd", str(value))
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value
