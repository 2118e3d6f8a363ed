"""Whether a class is what its written source defines: it may have changed since, and so may names.

The source is run, as the worker would run it, and what it defines is compared with what is there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import CodeType, FunctionType, MemberDescriptorType
from typing import Any

from .class_source import undecorated

# What Python itself puts into a class, and what depends on where the class stands.
OWN = frozenset(
    """__dict__ __weakref__ __doc__ __module__ __qualname__ __abstractmethods__ _abc_impl
    __annotations__ __firstlineno__ __static_attributes__ __orig_bases__ __classcell__""".split()
)


def difference(live: Any, written: Any, name: str) -> str:
    """Name the first part in which a class or function isn't as it is written; empty if it is."""
    return next(_differences(live, written, name, set()), "")


def _differences(live: Any, written: Any, name: str, seen: set[int]) -> Iterator[str]:
    live, written = undecorated(live), undecorated(written)
    if live is written or id(live) in seen:
        return
    seen.add(id(live))
    if isinstance(live, (staticmethod, classmethod)):
        live, written = live.__func__, getattr(written, "__func__", None)
    if isinstance(live, property):
        for part in ("fget", "fset", "fdel"):
            yield from _differences(getattr(live, part), getattr(written, part, None), name, seen)
    elif isinstance(live, type) and isinstance(written, type):
        yield from _of_classes(live, written, name, seen)
    elif isinstance(live, FunctionType) and isinstance(written, FunctionType):
        if _code(live.__code__) != _code(written.__code__):
            yield name
        for part in ("__defaults__", "__kwdefaults__"):
            if _shown(getattr(live, part)) != _shown(getattr(written, part)):
                yield name
    elif not isinstance(live, MemberDescriptorType) and (
        type(live) is not type(written) or _shown(live) != _shown(written)
    ):
        yield name


def _of_classes(live: type, written: type, name: str, seen: set[int]) -> Iterator[str]:
    if len(live.__bases__) != len(written.__bases__):
        yield f"the bases of {name}"
    for base, other in zip(live.__bases__, written.__bases__, strict=False):
        if base.__module__ == "__main__":
            yield from _differences(base, other, base.__name__, seen)
        elif base is not other:
            yield f"the bases of {name}"
    members, others = vars(live), vars(written)
    for member in [*members, *(other for other in others if other not in members)]:
        if member in OWN:
            continue
        if member not in members or member not in others:
            yield f"{name}.{member}"
        else:
            yield from _differences(members[member], others[member], f"{name}.{member}", seen)


def _shown(value: object) -> str:
    """Return what can be seen of a value, without the place in memory that no two share."""
    return re.sub(r"\b0x[0-9A-Fa-f]+", "", repr(value))


def _code(code: CodeType) -> tuple[object, ...]:
    """Return what a function does, without where it stands."""
    constants = [
        _code(constant) if isinstance(constant, CodeType) else repr(constant)
        for constant in code.co_consts
    ]
    return code.co_code, code.co_names, code.co_varnames, code.co_freevars, tuple(constants)
