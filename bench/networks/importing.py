"""A class from a user's file or module, as the user's own program would find it.

What lies beside it can be imported too, but last: it never replaces a module that is installed.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import os
import sys
from pathlib import Path
from types import ModuleType

from ...impls.network import Network
from ..outcomes import BadInput


def from_file(path: Path, class_name: str) -> object:
    """Import what a file calls so.

    Raises:
        BadInput: it has nothing of that name, or can't be imported for its own name.
    """
    return _attribute(_import_file(path.resolve()), class_name, str(path))


def _find_in(folder: str) -> None:
    """Let imports find what lies in a folder, last, so that it replaces nothing installed."""
    if folder not in sys.path:
        sys.path.append(folder)


def from_module(name: str, class_name: str) -> object:
    """Import what a module of the environment, or of the current folder, calls so.

    Raises:
        BadInput: there is no such module, or it has nothing of that name.
    """
    _find_in(os.getcwd())
    top = name.partition(".")[0]
    if importlib.util.find_spec(top) is None:
        raise BadInput(
            f"{name}:{class_name}: there is no module {top}, neither installed nor in the current "
            "folder; name the file, path/to/file.py:ClassName"
        )
    return _attribute(importlib.import_module(name), class_name, name)


def _attribute(module: ModuleType, class_name: str, where: str) -> object:
    if not hasattr(module, class_name):
        others = ", ".join(network.__name__ for network in networks_in(module))
        raise BadInput(f"{where} defines no {class_name}; it has {others or 'no other network'}")
    return getattr(module, class_name)


def _import_file(path: Path) -> ModuleType:
    folder, name = path.parent, path.stem
    # A file of a package is imported as a part of it, since it may use relative imports.
    while (folder / "__init__.py").is_file():
        folder, name = folder.parent, f"{folder.name}.{name}"
    _find_in(str(folder))
    if "." in name:
        _take(name.partition(".")[0], folder)
        return importlib.import_module(name)
    # A name of its own, so that a user's dense.py neither hides nor is hidden by another.
    return _execute(f"skipzeros_user_{name}", path)


def _take(package: str, folder: Path) -> None:
    """Import a package from this folder, even where another one of that name is installed."""
    file = folder / package / "__init__.py"
    loaded = sys.modules.get(package)
    if loaded is None:
        _execute(package, file)
    elif (place := getattr(loaded, "__file__", None)) is None or Path(place).resolve() != file:
        raise BadInput(f"{file.parent}: {package} is the name of another package here; rename it")


def _execute(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise BadInput(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    # Where dataclasses and inspect look for the module of a class.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def networks_in(module: ModuleType) -> list[type[Network]]:
    """Return the networks that a module defines."""
    return [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, Network)
        and not inspect.isabstract(value)
        and value.__module__ == module.__name__
    ]
