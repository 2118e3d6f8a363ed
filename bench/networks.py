"""How a network reaches the harness: a file in impls/, an entry point, or FILE.py:CLASS."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from .. import impls
from ..impls.network import Network
from .errors import BadInput

ENTRY_POINT_GROUP = "skipzeros.networks"
# The lesson's order; a new file in impls/ comes after them by name.
LESSON = ("dense", "dense-rows", "multiply-loop", "sum-loop", "csr", "add-reduce")


@dataclass(frozen=True)
class Candidate:
    """A network by its name in tables; its class, or why the class could not be loaded."""

    name: str
    network: type[Network] | None
    problem: str = ""


def find(names: Sequence[str] = ()) -> list[Candidate]:
    """The named networks, or all built-in and installed ones if none is named.

    Raises:
        BadInput: a name that nobody has, a file or class that isn't there, a class that is no
            Network. What a plug-in raises while it is imported is the candidate's problem.
    """
    builtin, installed = _builtin(), _installed()
    found: dict[str, Candidate] = {}
    for name in names or [*builtin, *(name for name in installed if name not in builtin)]:
        if name in builtin:
            module = importlib.import_module(f"{impls.__name__}.{builtin[name]}")
            candidate = Candidate(name, _only_class(module.__name__, vars(module)))
        elif name in installed:
            candidate = _load(name, installed[name].load)
        elif ".py:" in name or name.endswith(".py"):
            candidate = _from_file(name)
        else:
            known = ", ".join([*builtin, *installed])
            raise BadInput(
                f"no network is called {name!r}; there are {known}, "
                "and your own as path/to/file.py:ClassName"
            )
        if found.setdefault(candidate.name, candidate).network is not candidate.network:
            raise BadInput(f"two networks are called {candidate.name}: rename one of the files")
    return list(found.values())


def _builtin() -> dict[str, str]:
    modules = [module.name for module in pkgutil.iter_modules(impls.__path__)]
    names = {name.replace("_", "-"): name for name in modules if name not in ("network", "reviews")}
    return {name: names[name] for name in sorted(names, key=_lesson_order)}


def _lesson_order(name: str) -> tuple[int, str]:
    return (LESSON.index(name) if name in LESSON else len(LESSON), name)


def _installed() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=ENTRY_POINT_GROUP)}


def _only_class(module: str, names: dict[str, object]) -> type[Network]:
    classes = [
        value
        for value in names.values()
        if isinstance(value, type)
        and issubclass(value, Network)
        and not inspect.isabstract(value)
        and value.__module__ == module
    ]
    if len(classes) != 1:
        raise BadInput(f"{module} must define one concrete network, not {len(classes)}")
    return classes[0]


def _from_file(argument: str) -> Candidate:
    file, _, class_name = argument.rpartition(":")
    path = Path(file)
    if not file.endswith(".py") or not class_name:
        raise BadInput(f"--network {argument}: name the class too, path/to/file.py:ClassName")
    if not path.is_file():
        raise BadInput(f"--network {argument}: there is no file {path}")

    def load() -> object:
        # A name of its own, so that a user's dense.py neither hides nor is hidden by another.
        spec = importlib.util.spec_from_file_location(f"skipzeros_user_{path.stem}", path)
        if spec is None or spec.loader is None:
            raise BadInput(f"--network {argument}: {path} is no Python file")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        if not hasattr(module, class_name):
            raise BadInput(f"--network {argument}: {path} defines no {class_name}")
        return getattr(module, class_name)

    return _load(f"{path.name}:{class_name}", load)


def _load(name: str, load: Callable[[], object]) -> Candidate:
    try:
        network = load()
    except BadInput:
        raise
    except Exception as error:
        return Candidate(name, None, f"importing it raised {type(error).__name__}: {error}")
    if not (isinstance(network, type) and issubclass(network, Network)):
        raise BadInput(f"{name} is no subclass of skipzeros.Network")
    if inspect.isabstract(network):
        missing = ", ".join(sorted(network.__abstractmethods__))
        raise BadInput(f"{name} lacks {missing}")
    return Candidate(name, network)
