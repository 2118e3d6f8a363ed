"""The text of a class or function that a script or the cells of a notebook define."""

from __future__ import annotations

import ast
import inspect
import linecache
import symtable
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from types import FunctionType
from typing import Any

from ..outcomes import BadInput

CURE = "write the class into a file, and name it as path/to/file.py:ClassName"

Definition = ast.ClassDef | ast.FunctionDef


def source_of(defined: type | FunctionType, namespace: Mapping[str, object]) -> str:
    """Return the source of a class or function; inspect.getsource() finds no class of a notebook.

    Args:
        namespace: of the notebook or script that defines it.

    Raises:
        BadInput: the source can't be found, or isn't what the class has become since.
    """
    kind = ast.ClassDef if isinstance(defined, type) else ast.FunctionDef
    for file, text in _texts(defined, namespace):
        found = [
            node
            for node in ast.walk(_parsed(text))
            if isinstance(node, kind) and node.name == defined.__name__
        ]
        if found:
            node = _chosen(found, defined, file, namespace)
            code = _lines(text, node)
            if isinstance(defined, type) and not node.decorator_list:
                _refuse_changed(defined, code, node, file)
            return code
    raise BadInput(
        f"the source of {defined.__name__} can't be found: define it in a script or cell, or {CURE}"
    )


def functions_of(defined: type | FunctionType) -> dict[str, FunctionType]:
    """Return the functions that a class holds, or a function alone, without their decorators."""
    members = vars(defined) if isinstance(defined, type) else {defined.__name__: defined}
    return {
        name: undecorated(member)
        for name, member in members.items()
        if isinstance(member, FunctionType)
    }


def undecorated(value: Any) -> Any:
    """Return what a decorator, such as functools.cache or numba's, has wrapped; else the value."""
    try:
        return getattr(value, "py_func", None) or inspect.unwrap(value)
    except ValueError:  # wrapped in a circle
        return value


def global_names(code: str) -> Iterator[str]:
    """Yield the names that a source takes from around it; a parameter of the same name is none."""
    scopes = [symtable.symtable(code, "<source>", "exec")]
    while scopes:
        scope = scopes.pop(0)
        scopes += scope.get_children()
        for symbol in scope.get_symbols():
            outermost = scope.get_type() == "module"
            used = symbol.is_referenced() or (symbol.is_declared_global() and not outermost)
            if used and (symbol.is_global() or outermost):
                yield symbol.get_name()


def _texts(
    defined: type | FunctionType, namespace: Mapping[str, object]
) -> Iterator[tuple[str, str]]:
    """Yield where the definition may stand: its own cell or file, then all cells, latest first.

    Returns:
        Pairs of the file that functions are said to come from, empty if not known, and its text.
    """
    files = [function.__code__.co_filename for function in functions_of(defined).values()]
    for file in dict.fromkeys([*files, str(namespace.get("__file__", ""))]):
        yield file, "".join(linecache.getlines(file))
    cells = namespace.get("In")
    if isinstance(cells, list):
        yield from (("", cell) for cell in reversed(cells) if isinstance(cell, str))


def _parsed(text: str) -> ast.Module:
    try:
        return ast.parse(text)
    except SyntaxError:  # a cell with commands of the notebook
        return ast.Module([], [])


def _first_line(node: Definition) -> int:
    return min(part.lineno for part in [node, *node.decorator_list])


def _lines(text: str, node: Definition) -> str:
    return textwrap.dedent("\n".join(text.splitlines()[_first_line(node) - 1 : node.end_lineno]))


def _holds(node: Definition, function: FunctionType, file: str) -> bool:
    code, last = function.__code__, node.end_lineno or node.lineno
    return code.co_filename == file and _first_line(node) <= code.co_firstlineno <= last


def _chosen(
    found: Sequence[Definition],
    defined: type | FunctionType,
    file: str,
    namespace: Mapping[str, object],
) -> Definition:
    """Choose among definitions of one name: by the lines of its functions, else the latest."""
    functions = functions_of(defined).values()
    holding = [
        node for node in found if any(_holds(node, function, file) for function in functions)
    ]
    if holding:
        return holding[-1]
    if undecorated(namespace.get(defined.__name__, defined)) is not defined:
        raise BadInput(
            f"another {defined.__name__} has been defined since, and which source is meant can't "
            "be told: give one of them another name"
        )
    return found[-1]


def _refuse_changed(defined: type, code: str, node: Definition, file: str) -> None:
    """Refuse a class one of whose functions was put in place after its definition."""
    (scope,) = symtable.symtable(code, "<source>", "exec").get_children()
    written = {symbol.get_name() for symbol in scope.get_symbols() if symbol.is_assigned()}
    plain = {
        part.name
        for part in node.body
        if isinstance(part, ast.FunctionDef) and not part.decorator_list
    }
    for name, function in functions_of(defined).items():
        ours = function.__module__ == "__main__" and name not in written
        moved = bool(file) and name in plain and not _holds(node, function, file)
        if ours or moved:
            raise BadInput(
                f"{defined.__name__}.{name} isn't what its class defines: it was put there later; "
                f"write it into the class, or {CURE}"
            )
