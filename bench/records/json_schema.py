"""The JSON Schema of a document, from the types and docstrings of its classes."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import StrEnum
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from ..outcomes import ExitCode
from .documents import Document, Envelope
from .machine import Machine
from .rows import PassRow, Setting, SummaryRow
from .schema import CHOICES, FROM_ZERO, SPANS, recorded

DRAFT = "https://json-schema.org/draft/2020-12/schema"
# A name means the same everywhere, so that these explain it to the others too.
EXPLAINED_BY = (PassRow, SummaryRow, Machine, Setting)
# An entry of a docstring's Attributes: one name or several, and what they mean.
ENTRY = re.compile(r"^ {4}(\w+(?:,\s+\w+)*): (.*(?:\n {8}.*)*)", re.MULTILINE)
PLAIN: dict[object, str] = {str: "string", Path: "string", bool: "boolean", int: "integer",
                            float: "number"}  # fmt: skip


def json_schema(kind: type[Document]) -> dict[str, Any]:
    """Return the JSON Schema, draft 2020-12, of a command's document.

    It refuses what it doesn't name, and requires all that it names.
    """
    defs: dict[str, Any] = {}
    envelope, own = _object(Envelope, defs), _object(kind, defs)
    properties = envelope["properties"] | own["properties"]
    properties["command"]["const"] = kind.of
    properties["schema"]["const"] = f"{kind.name}/{kind.version}"
    properties["exit_code"]["enum"] = [*map(int, ExitCode)]
    return {
        "$schema": DRAFT,
        "title": f"{kind.name}/{kind.version}",
        **own,
        "properties": properties,
        "required": [*properties],
        "$defs": defs,
    }


def about(kind: type) -> str:
    """Return the first sentence of a class's docstring."""
    return " ".join((inspect.getdoc(kind) or "").partition("\n\n")[0].split())


def _object(kind: type, defs: dict[str, Any]) -> dict[str, Any]:
    hints = get_type_hints(kind)
    known: dict[str, str] = {}
    for one in (*EXPLAINED_BY, *reversed(kind.__mro__)):
        known |= _descriptions(one)
    properties = {}
    for field in fields(kind):
        properties[field.name] = _field(field, hints[field.name], defs)
        if field.name in known:
            properties[field.name] |= {"description": known[field.name]}
    return {
        "description": about(kind),
        "type": "object",
        "properties": properties,
        "required": [*properties],
        "additionalProperties": False,
    }


def _descriptions(kind: type) -> dict[str, str]:
    """Return what the docstring of a class says of each of its attributes."""
    _, _, entries = (inspect.getdoc(kind) or "").partition("Attributes:\n")
    return {
        name: " ".join(text.split()) for names, text in ENTRY.findall(entries)
        for name in re.findall(r"\w+", names)
    }  # fmt: skip


def _field(field: Field[Any], hint: Any, defs: dict[str, Any]) -> dict[str, Any]:
    found = _type(hint, defs)
    types = _listed(found.get("type"))
    if {"number", "integer"}.intersection(types):
        least, most = SPANS.get(field.name, FROM_ZERO)
        found |= {"minimum": _short(least)} if least > -FROM_ZERO[1] else {}
        found |= {"maximum": _short(most)} if most < FROM_ZERO[1] else {}
    elif "string" in types and "enum" not in found and field.name in CHOICES:
        found["enum"] = [*CHOICES[field.name]] + [None] * ("null" in types)
    missing = field.default is not MISSING and field.default != field.default
    return _or_null(found) if missing else found


def _type(hint: Any, defs: dict[str, Any]) -> dict[str, Any]:
    if hint in PLAIN:
        return {"type": PLAIN[hint]}
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        own = [part for part in parts if part is not NoneType]
        if all(isinstance(part, type) and issubclass(part, StrEnum) for part in own):
            values = dict.fromkeys(value for part in own for value in recorded(part))
            found: dict[str, Any] = {"type": "string", "enum": [*values]}
        else:
            (one,) = own
            found = _type(one, defs)
        return _or_null(found) if NoneType in parts else found
    if origin is list:
        return {"type": "array", "items": _type(parts[0], defs)}
    if origin is not None and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": _type(parts[1], defs)}
    if issubclass(hint, StrEnum):
        return {"type": "string", "enum": [*recorded(hint)]}
    if isinstance(hint, type) and is_dataclass(hint):
        if hint.__name__ not in defs:
            defs[hint.__name__] = _object(hint, defs)
        return {"$ref": f"#/$defs/{hint.__name__}"}
    raise TypeError(f"{hint} has no JSON Schema here")


def _or_null(found: dict[str, Any]) -> dict[str, Any]:
    if "type" not in found:
        return {"anyOf": [found, {"type": "null"}]}
    more = {"enum": [*found["enum"], None]} if "enum" in found else {}
    return found | {"type": [*_listed(found["type"]), "null"]} | more


def _short(number: float) -> float:
    return int(number) if number == int(number) else number


def _listed(types: Any) -> list[Any]:
    return types if isinstance(types, list) else [types]
