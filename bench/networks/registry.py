"""How a network reaches the harness: a file in impls/, an entry point, a file or a module."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ... import impls
from ...impls.network import Network
from ..outcomes import BadInput
from ..text.markdown import UNSAFE
from .importing import from_file, from_module, networks_in
from .parameters import bound, expanded, split

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

ENTRY_POINT_GROUP = "skipzeros.networks"
# The lesson's order; a new file in impls/ comes after them by name.
LESSON = (
    "dense",
    "dense-rows",
    "multiply-loop",
    "sum-loop",
    "csr",
    "add-reduce",
)
# Files in impls/ that are no networks.
NO_NETWORKS = ("batches", "exchange", "network", "reviews", "row_layout", "steps", "vectors")
# Left out where nobody names them, unless a scenario has threads or this device: on one thread
# compiled is faster.
WITH_THREADS = ("compiled-threads",)
ON_DEVICE = {"torch-cuda": "cuda"}
ON_REQUEST = frozenset({*WITH_THREADS, *ON_DEVICE})


_MODULE = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*:[^\W\d]\w*")


class NamedNetwork(NamedTuple):
    """A network as tables call it, and the argument by which the user named it."""

    name: str
    argument: str


@dataclass(frozen=True)
class Candidate:
    """A network that was looked for.

    Attributes:
        name: in tables.
        network: its class; None where it could not be loaded.
        problem: why it could not be loaded; empty where it could.
        argument: the name or FILE.py:CLASS that the user gave.
    """

    name: str
    network: type[Network] | None
    problem: str = ""
    argument: str = ""


def find(names: Sequence[str] = ()) -> list[Candidate]:
    """Load the named networks, or all built-in and installed ones if none is named.

    Raises:
        BadInput: as resolve and load raise it.
    """
    return [
        replace(load(argument), argument=argument)
        for _, argument in resolve(names or every_network())
    ]


def every_network() -> list[str]:
    """Return the names of all built-in and installed networks."""
    builtin = builtin_networks()
    return [*builtin, *(name for name in installed_networks() if name not in builtin)]


def resolve(names: Sequence[str] = (), threads: int = 1, device: str = "cpu") -> list[NamedNetwork]:
    """Find the name that each network has in tables; nothing is imported.

    Args:
        names: as the user gave them; if there are none, all networks that use what there is.
        threads, device: what there is, as in Scenario.

    Raises:
        BadInput: no network has a name, a file is missing, or two networks have one name.
    """
    builtin, installed = builtin_networks(), installed_networks()
    found: dict[str, str] = {}
    wanted = names or [
        name
        for name in every_network()
        if (threads > 1 or name not in WITH_THREADS) and ON_DEVICE.get(name, device) == device
    ]
    for argument in (one for name in wanted for one in expanded(name)):
        base, parameters = split(argument)
        name = argument
        if base not in builtin and base not in installed and not is_module(base):
            path, class_name = file_and_class(base, [*builtin, *installed])
            # The name of a file need not be text.
            name = UNSAFE.sub("\ufffd", f"{path.name}:{class_name}{parameters}")
        if found.setdefault(name, argument) != argument:
            raise BadInput(f"two networks are called {name}: rename one of the files")
    return [NamedNetwork(name, argument) for name, argument in found.items()]


def with_baselines(
    names: Sequence[str], baselines: Sequence[str], threads: int = 1, device: str = "cpu"
) -> tuple[list[NamedNetwork], list[str]]:
    """Resolve names, and baselines that are added to them if they aren't among them.

    Args:
        names, threads, device: as for resolve.
        baselines: as the user gave them; none where nothing is related to another network.

    Returns:
        The networks, and the names of the baselines.

    Raises:
        BadInput: as resolve raises it.
    """
    if not baselines:
        return resolve(names, threads, device), []
    names = [*(names or [one.name for one in resolve((), threads, device)]), *baselines]
    return resolve(names), list(dict.fromkeys(resolve([one])[0].name for one in baselines))


def load(argument: str) -> Candidate:
    """Import the network that an argument names.

    Raises:
        BadInput: it is missing, or is no Network. An error while it is imported is the problem
            of the candidate instead.
    """
    base, parameters = split(argument)
    found = _loaded(base)
    if found.network is None:
        return replace(found, name=found.name + parameters)
    network = bound(found.network, parameters, argument)
    return replace(found, name=found.name + parameters, network=network)


def _loaded(argument: str) -> Candidate:
    builtin = builtin_networks()
    if argument in builtin:
        module = importlib.import_module(f"{impls.__name__}.{builtin[argument]}")
        networks = networks_in(module)
        if len(networks) != 1:
            raise BadInput(f"{module.__name__} must define one network, not {len(networks)}")
        return Candidate(argument, networks[0])
    installed = installed_networks()
    if argument in installed:
        return _checked(argument, installed[argument].load)
    if is_module(argument):
        return _checked(argument, lambda: from_module(*argument.split(":")))
    path, class_name = file_and_class(argument, [*builtin, *installed])
    return _checked(f"{path.name}:{class_name}", lambda: from_file(path, class_name))


def builtin_networks() -> dict[str, str]:
    """Return the module in impls/ of each built-in network, by the network's name."""
    modules = [module.name for module in pkgutil.iter_modules(impls.__path__)]
    names = {name.replace("_", "-"): name for name in modules if name not in NO_NETWORKS}
    return {name: names[name] for name in sorted(names, key=_lesson_order)}


def _lesson_order(name: str) -> tuple[int, str]:
    return (LESSON.index(name) if name in LESSON else len(LESSON), name)


def installed_networks() -> dict[str, EntryPoint]:
    """Return the entry point of each network of an installed package, by the network's name."""
    # Imported here, because the process of a built-in network doesn't need it and has to wait.
    from importlib.metadata import entry_points

    return {point.name: point for point in entry_points(group=ENTRY_POINT_GROUP)}


def is_module(argument: str) -> bool:
    """Say whether an argument has the form package.module:Class."""
    return _MODULE.fullmatch(argument) is not None and not argument.partition(":")[0].endswith(
        ".py"
    )


def file_and_class(argument: str, known: Sequence[str]) -> tuple[Path, str]:
    """Split FILE.py:CLASS into its two parts.

    Args:
        known: the names of all other networks, for the message.

    Raises:
        BadInput: the argument has another form, or there is no such file.
    """
    file, _, class_name = argument.rpartition(":")
    path = Path(file)
    if argument.endswith(".py"):
        raise BadInput(f"{argument}: name the class too, path/to/file.py:ClassName")
    if not file.endswith(".py"):
        raise BadInput(
            f"no network is called {argument!r}; there are {', '.join(known)}, "
            "and your own as path/to/file.py:ClassName or package.module:ClassName"
        )
    if not path.is_file():
        raise BadInput(f"{argument}: there is no file {path}")
    return path, class_name


def _checked(name: str, make: Callable[[], object]) -> Candidate:
    try:
        network = make()
    except BadInput:
        raise
    # A script that isn't meant to be imported may end its process.
    except (Exception, SystemExit) as error:
        return Candidate(name, None, f"importing it raised {type(error).__name__}: {error}")
    if not (isinstance(network, type) and issubclass(network, Network)):
        raise BadInput(f"{name} is no subclass of skipzeros.Network")
    if inspect.isabstract(network):
        missing = ", ".join(sorted(network.__abstractmethods__))
        raise BadInput(f"{name} lacks {missing}")
    return Candidate(name, network)
