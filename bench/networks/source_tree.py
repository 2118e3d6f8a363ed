"""A worker whose network comes from another revision of the user's repository.

The network, and what it imports from the repository, come from a copy of its files as they were
then. The harness never does: both revisions are measured by the same one.
"""

from __future__ import annotations

import importlib.util
import inspect
import sys
from dataclasses import dataclass
from pathlib import Path

import skipzeros

from ..outcomes import BadInput

IMPLS = "skipzeros.impls"
# Two folders, because in a checkout the first has only a link to the second.
HARNESS = (Path(skipzeros.__file__).resolve().parent, Path(__file__).resolve().parents[1])


@dataclass(frozen=True)
class Tree:
    """The files of a repository as they were at a revision.

    Attributes:
        name: the revision, 12 digits.
        top: the top level of the user's repository, resolved.
        copy: the folder that holds its files as they were, resolved.
    """

    name: str
    top: Path
    copy: Path

    def there(self, path: Path) -> Path | None:
        """Return where the copy would have a path; None for a path outside the repository."""
        path = path.resolve()
        # The copy itself lies inside the repository if the folder for temporary files does.
        if not path.is_relative_to(self.top) or path.is_relative_to(self.copy):
            return None
        return self.copy / path.relative_to(self.top)

    def enter(self) -> None:
        """Let this process import from the copy; nothing of skipzeros.impls may be imported yet."""
        assert IMPLS not in sys.modules
        for place, entry in reversed(list(enumerate(sys.path))):
            there = self.there(Path(entry))
            if there is not None and there.is_dir():
                # Just before it, not first: a random.py there must not replace the library's.
                sys.path.insert(place, str(there))
        # Editable packages may be on no path, but known to setuptools' finder, which is asked last.
        sys.path += [str(path) for path in (self.copy, self.copy / "src") if path.is_dir()]
        self._take_impls()

    def refuse_strays(self, network: type) -> None:
        """Check that nothing of the network came from the working tree.

        Args:
            network: the class, as it was loaded in a process that entered the tree.

        Raises:
            BadInput: the class or a module of the repository isn't from the copy. Old and new
                would be mixed, and the comparison would be wrong without a sign of it.
        """
        file = _source(network)
        if file is not None and not file.is_relative_to(self.copy):
            raise BadInput(
                f"{network.__name__} was loaded from {file}, not from the repository as it was at "
                f"{self.name}: name it as path/to/file.py:{network.__name__}, or put the folder "
                "that its package lies in on PYTHONPATH"
            )
        for name, module in list(sys.modules.items()):
            # getattr_static, because some modules import others when any attribute is read.
            found = inspect.getattr_static(module, "__file__", None)
            if isinstance(found, str) and not found.startswith("<"):
                self._refuse_stray(name, Path(found).resolve())

    def _take_impls(self) -> None:
        installed = importlib.util.find_spec(IMPLS)
        assert installed is not None
        assert installed.submodule_search_locations
        there = self.there(Path(installed.submodule_search_locations[0]))
        if there is None or not (there / "__init__.py").is_file():
            return
        spec = importlib.util.spec_from_file_location(
            IMPLS, there / "__init__.py", submodule_search_locations=[str(there)]
        )
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[IMPLS] = module
        skipzeros.impls = module
        spec.loader.exec_module(module)

    def _refuse_stray(self, module: str, file: Path) -> None:
        there = self.there(file)
        # Some libraries make up modules whose __file__ is a bare name that no file has.
        if there is None or self._is_environment(file) or not file.exists():
            return
        # The networks may lie inside the harness's folder, but are no part of it.
        harness = any(file.is_relative_to(folder) for folder in HARNESS)
        if harness and not f"{module}.".startswith(f"{IMPLS}."):
            return
        cure = "name a revision that has it"
        if there.exists():
            cure = "put the folder that it is imported from on PYTHONPATH"
        raise BadInput(
            f"{module} was loaded from the working tree, {file}, not from the repository as it "
            f"was at {self.name}, so that old and new would be mixed: {cure}"
        )

    def _is_environment(self, file: Path) -> bool:
        parts = file.relative_to(self.top).parts
        # An environment counts only inside the repository, which itself may lie in /usr.
        environments = {Path(prefix).resolve() for prefix in (sys.prefix, sys.base_prefix)}
        return not {"site-packages", "dist-packages"}.isdisjoint(parts) or any(
            folder in file.parents and self.top in folder.parents for folder in environments
        )


def _source(network: type) -> Path | None:
    try:
        return Path(inspect.getfile(network)).resolve()
    except (TypeError, OSError):
        # The module of FILE.py:CLASS isn't in sys.modules; what the class defines knows it.
        for value in vars(network).values():
            names = getattr(inspect.unwrap(value), "__globals__", {})
            if names.get("__name__") == network.__module__ and "__file__" in names:
                return Path(names["__file__"]).resolve()
        return None
