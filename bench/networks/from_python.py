"""A network that was given as a class, and the argument by which a worker can load it.

A class of a module is loaded from the file of the module. A class that was written in a notebook
cell, or in the script that is running, is in no module that a worker could import without running
all of it. So its source is written into a file, with all that it names: imports, functions, other
classes and constants.
"""

from __future__ import annotations

import ast
import inspect
import linecache
import os
import symtable
import sys
import tempfile
import textwrap
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from ... import impls
from ...impls.network import Network
from ..outcomes import BadInput
from .registry import builtin_networks

_CURE = "write the class into a file, and name it as path/to/file.py:ClassName"


def argument_of(network: str | type[Network]) -> str:
    """Find the argument by which the command line, too, would name a network.

    Raises:
        BadInput: it is no Network, or its source can't be found.
    """
    if isinstance(network, str):
        return network
    if not (isinstance(network, type) and issubclass(network, Network)):
        raise BadInput(f"{network!r} is neither the name of a network nor a subclass of Network")
    module = network.__module__
    for name, file in builtin_networks().items():
        if module == f"{impls.__name__}.{file}":
            return name
    if "." in network.__qualname__:
        raise BadInput(f"{network.__qualname__} is defined within a function or class; {_CURE}")
    if module == "__main__":
        return f"{_written(network)}:{network.__name__}"
    path = getattr(sys.modules.get(module), "__file__", None)
    if path is None:
        raise BadInput(f"{network.__name__}: the module {module} has no file; {_CURE}")
    return f"{path}:{network.__name__}"


def _written(network: type[Network]) -> Path:
    folder = Path(tempfile.mkdtemp(dir=_folder()))
    path = folder / (Path(getattr(sys.modules["__main__"], "__file__", "notebook.py")).name)
    path.write_text(Source(vars(sys.modules["__main__"])).of(network), encoding="utf-8")
    return path


@cache
def _folder() -> str:
    # Removed only when this process ends, since the workers of later calls read it again.
    _kept.append(tempfile.TemporaryDirectory(prefix="skipzeros-classes-"))
    return _kept[0].name


_kept: list[tempfile.TemporaryDirectory[str]] = []


class Source:
    """The source code of a class, with the definitions of all that it names.

    Args:
        namespace: of the notebook or script that defines the class.
    """

    def __init__(self, namespace: Mapping[str, object]) -> None:
        self._namespace = namespace
        self._seen: set[str] = set()
        self._pieces: list[str] = []

    def of(self, defined: type) -> str:
        """Return a file that defines a class.

        Raises:
            BadInput: something that it names can't be written down.
        """
        self._seen.add(defined.__name__)
        self._define(defined)
        # Where this process finds modules, its workers find them too.
        path = [os.path.abspath(folder) for folder in sys.path]
        head = f"import sys\n\nsys.path += [path for path in {path!r} if path not in sys.path]\n"
        return "\n\n".join([head, *self._pieces]) + "\n"

    def _define(self, defined: type | FunctionType) -> None:
        code = _source(defined, self._namespace)
        for name in _global_names(symtable.symtable(code, defined.__name__, "exec")):
            if name in self._namespace:
                self._add(name, self._namespace[name], defined.__name__)
        self._pieces.append(code)

    def _add(self, name: str, value: Any, user: str) -> None:
        if name in self._seen:
            return
        self._seen.add(name)
        module = getattr(value, "__module__", None)
        if isinstance(value, ModuleType):
            self._pieces.append(f"import {value.__name__}")
            if name != value.__name__:
                self._pieces.append(f"{name} = sys.modules[{value.__name__!r}]")
        elif isinstance(value, (type, FunctionType)) and module == "__main__":
            self._define(value)
        elif module is not None and getattr(value, "__qualname__", None):
            self._pieces.append(f"from {module} import {value.__qualname__} as {name}")
        elif _is_literal(value):
            self._pieces.append(f"{name} = {value!r}")
        else:
            raise BadInput(
                f"{user} uses {name}, a {type(value).__name__} that can't be written down for a "
                f"process of its own; make it within the class, or {_CURE}"
            )


def _global_names(scope: symtable.SymbolTable) -> Iterator[str]:
    """Yield the names that a source takes from around it; a parameter of the same name is none."""
    for symbol in scope.get_symbols():
        outermost = scope.get_type() == "module"
        if symbol.is_referenced() and (symbol.is_global() or outermost):
            yield symbol.get_name()
    for inner in scope.get_children():
        yield from _global_names(inner)


def _is_literal(value: object) -> bool:
    try:
        return bool(ast.literal_eval(repr(value)) == value)
    except (ValueError, SyntaxError):
        return False


def _source(defined: type | FunctionType, namespace: Mapping[str, object]) -> str:
    """Return the source of a class or function of a notebook or script.

    inspect.getsource() would find no class of a notebook.
    """
    for text in _texts(defined, namespace):
        kind = ast.ClassDef if isinstance(defined, type) else ast.FunctionDef
        found = [
            node
            for node in _parsed(text)
            if isinstance(node, kind) and node.name == defined.__name__
        ]
        if found:
            first = min([found[-1], *found[-1].decorator_list], key=lambda node: node.lineno)
            lines = text.splitlines()[first.lineno - 1 : found[-1].end_lineno]
            return textwrap.dedent("\n".join(lines))
    raise BadInput(
        f"the source of {defined.__name__} can't be found: define it at the top level of a script "
        f"or cell, or {_CURE}"
    )


def _parsed(text: str) -> list[ast.stmt]:
    try:
        return ast.parse(text).body
    except SyntaxError:  # a cell with commands of the notebook
        return []


def _texts(defined: type | FunctionType, namespace: Mapping[str, object]) -> list[str]:
    """Return texts that may hold the definition: its cell or file, then all cells, latest first."""
    functions = [defined] if isinstance(defined, FunctionType) else vars(defined).values()
    files = [
        inspect.unwrap(function).__code__.co_filename
        for function in functions
        if isinstance(function, FunctionType)
    ]
    files.append(str(namespace.get("__file__", "")))
    own = ["".join(linecache.getlines(file)) for file in files]
    cells = namespace.get("In")
    if not isinstance(cells, list):
        return own
    return [*own, *reversed([cell for cell in cells if isinstance(cell, str)])]
