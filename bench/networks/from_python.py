"""A network that was given as a class, and the argument by which a worker can load it.

A class of a module is loaded from the file of the module. A class that was written in a notebook
cell, or in the script that is running, is in no module that a worker could import without running
all of it. So its source is written into a file, with all that it names: imports, functions, other
classes and constants.
"""

from __future__ import annotations

import ast
import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from ... import impls
from ...impls.network import Network
from ..outcomes import BadInput
from .as_written import difference
from .class_source import CURE, functions_of, global_names, source_of, undecorated
from .registry import builtin_networks


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
    name = network.__name__
    if "." in network.__qualname__:
        # A factory made it: some name of the module must be bound to it.
        names = vars(sys.modules.get(module, object)).items()
        found = [bound for bound, value in names if value is network]
        if not found or module == "__main__":
            raise BadInput(f"{network.__qualname__} is defined within a function or class; {CURE}")
        name = found[0]
    if module == "__main__":
        return f"{_written(network)}:{network.__name__}"
    path = getattr(sys.modules.get(module), "__file__", None)
    if path is None:
        raise BadInput(f"{network.__name__}: the module {module} has no file; {CURE}")
    return f"{path}:{name}"


def _written(network: type[Network]) -> Path:
    folder = Path(tempfile.mkdtemp(dir=_folder()))
    path = folder / (Path(getattr(sys.modules["__main__"], "__file__", "notebook.py")).name)
    path.write_text(Source(vars(sys.modules["__main__"])).of(network), encoding="utf-8")
    return path


def _refuse_what_differs(network: type, source: str) -> None:
    """Refuse a class that is no longer what its source defines with the names of now."""
    # Not __main__, so that a script's own guard holds.
    written: dict[str, Any] = {"__name__": "skipzeros_written"}
    path = list(sys.path)
    try:
        exec(compile(source, "<written>", "exec"), written)
    except Exception as error:
        raise BadInput(
            f"{network.__name__}: its source can't be run by itself ({type(error).__name__}: "
            f"{error}); {CURE}"
        ) from None
    finally:
        sys.path[:] = path
    found = difference(network, written[network.__name__], network.__name__)
    if found:
        raise BadInput(
            f"{found} isn't what its source defines now: it, or a name that it uses, was changed "
            f"later; define {network.__name__} anew, or {CURE}"
        )


@cache
def _folder() -> str:
    # Removed only when this process ends, since the workers of later calls read it again.
    folder = tempfile.mkdtemp(prefix="skipzeros-classes-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


class Source:
    """The source code of a class, with the definitions of all that it names.

    Args:
        namespace: of the notebook or script that defines the class.
    """

    def __init__(self, namespace: Mapping[str, object]) -> None:
        self._namespace = namespace
        self._seen: set[str] = set()
        self._defined: set[str] = set()
        self._pieces: list[str] = []
        self._postponed = False  # whether its annotations are never computed

    def of(self, defined: type) -> str:
        """Return a file that defines a class.

        Raises:
            BadInput: something that it names can't be written down, or has changed since.
        """
        self._define(defined)
        # Where this process finds modules, its workers find them too.
        path = [os.path.abspath(folder) for folder in sys.path]
        head = "from __future__ import annotations\n\n" if self._postponed else ""
        head += f"import sys\n\nsys.path += [path for path in {path!r} if path not in sys.path]\n"
        source = "\n\n".join([head, *self._pieces]) + "\n"
        _refuse_what_differs(defined, source)
        return source

    def _define(self, defined: type | FunctionType) -> None:
        if defined.__name__ in self._defined:
            return
        self._defined.add(defined.__name__)
        code = source_of(defined, self._namespace)
        flags = (function.__code__.co_flags for function in functions_of(defined).values())
        self._postponed |= any(flag & annotations.compiler_flag for flag in flags)
        for name in global_names(code):
            if name in self._namespace and name not in self._seen:
                self._seen.add(name)
                self._add(name, self._namespace[name], defined.__name__)
        self._pieces.append(code)

    def _add(self, name: str, value: Any, user: str) -> None:
        inner = undecorated(value)
        if isinstance(value, ModuleType):
            self._import(name, value.__name__, "")
        elif isinstance(inner, (type, FunctionType)) and inner.__module__ == "__main__":
            self._define(inner)
            if name != inner.__name__:
                self._pieces.append(f"{name} = {inner.__name__}")
        elif place := _place(value):
            self._import(name, *place)
        elif _is_literal(value):
            self._pieces.append(f"{name} = {value!r}")
        else:
            raise BadInput(
                f"{user} uses {name}, a {type(value).__name__} that can't be written down for a "
                f"process of its own; make it within the class, or {CURE}"
            )

    def _import(self, name: str, module: str, path: str) -> None:
        whole = f"sys.modules[{module!r}]" + (f".{path}" if path else "")
        self._pieces.append(f"import {module}\n{name} = {whole}")


def _place(value: Any) -> tuple[str, str] | None:
    """Find a module that holds a value, and under which name; None where no module does."""
    module, name = getattr(value, "__module__", None), getattr(value, "__name__", None)
    if not isinstance(name, str) or module == "__main__":
        return None
    path = getattr(value, "__qualname__", name)
    # A ufunc and the method of an object don't say where they are from.
    owned = isinstance(getattr(value, "__self__", module), (ModuleType, type, str))
    places = [(module, path)] if isinstance(module, str) and owned else []
    places += [(other, name) for other in sorted(sys.modules, key=len) if other != "__main__"]
    for module, path in places:
        found: Any = sys.modules.get(module)
        for part in path.split("."):
            # Not by getattr, by which a module may import what nobody asked for.
            inside = vars(found) if isinstance(found, (ModuleType, type)) else {}
            found = inside.get(part)
        held = getattr(found, "__func__", found) if owned else found
        if found is not None and held is (getattr(value, "__func__", value) if owned else value):
            return module, path
    return None


def _is_literal(value: object) -> bool:
    try:
        return bool(ast.literal_eval(repr(value)) == value)
    except (ValueError, SyntaxError):
        return False
