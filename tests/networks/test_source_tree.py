"""A process on another revision's files: the networks are theirs, the harness is ours."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from skipzeros import Reviews, bench, impls
from skipzeros.bench.networks.scenario import Scenario
from skipzeros.bench.networks.source_tree import Tree
from skipzeros.bench.outcomes import BadInput
from skipzeros.bench.workers.driver import Driver
from skipzeros.bench.workers.entry import Entry
from skipzeros.bench.workers.limits import Limits
from skipzeros.bench.workers.shared_reviews import write_reviews

REVISION = "0123456789ab"
BENCH, IMPLS = (Path(package.__path__[0]).resolve() for package in (bench, impls))

# The weights differ from the correct network's by what the helper says.
MINE = """
from skipzeros.impls.add_reduce import AddReduce
from helper import WRONG

class Mine(AddReduce):
    def update_rows(self, words, counts, step):
        super().update_rows(words, counts, step + WRONG)
"""

HELPED = "import helper\nclass Mine: pass"


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """A repository, as it is and as it was, both of them empty."""
    for name in ("now", "then"):
        (tmp_path / name).mkdir()
    return Tree(REVISION, (tmp_path / "now").resolve(), (tmp_path / "then").resolve())


def write(folder: Path, files: dict[str, str]) -> None:
    for file, text in files.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(text)


def inside(tree: Tree, code: str, *paths: Path, before: str = "") -> str:
    """What code prints, or how it ends, in a fresh process that entered the tree."""
    entered = (
        "from pathlib import Path; import sys\n"
        "from skipzeros.bench.networks.source_tree import Tree\n"
        f"{before}\n"
        f"tree = Tree({tree.name!r}, Path({str(tree.top)!r}), Path({str(tree.copy)!r}))\n"
        "tree.enter()\n"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", entered + code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))},
        cwd=tree.top,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip() if done.returncode == 0 else done.stderr.strip().splitlines()[-1]


def own_repository(tmp_path: Path) -> Tree:
    """The one that the installed networks lie in, with another AddReduce at the revision."""
    shutil.copytree(IMPLS, tmp_path / "then" / "impls")
    with (tmp_path / "then" / "impls" / "add_reduce.py").open("a") as file:
        file.write("    changed = True\n")
    return Tree(REVISION, IMPLS.parent, (tmp_path / "then").resolve())


def test_the_built_in_networks_are_those_of_the_revision(tmp_path: Path) -> None:
    tree = own_repository(tmp_path)
    shown = inside(
        tree,
        "from skipzeros.bench.networks.registry import load; import skipzeros\n"
        "network = load('add-reduce').network; tree.refuse_strays(network)\n"
        "import inspect; print(inspect.getfile(network)); print(network.changed)\n"
        "print(inspect.getfile(network.__base__)); print(inspect.getfile(skipzeros.Reviews))\n"
        "print(skipzeros.impls.__file__)",
    )
    folder = tree.copy / "impls"
    files = [folder / f"{name}.py" for name in ("add_reduce", "network", "reviews", "__init__")]
    assert shown.splitlines() == [str(files[0]), "True", *map(str, files[1:])]


def test_the_harness_is_never_that_of_the_revision(tmp_path: Path) -> None:
    tree = own_repository(tmp_path)
    broken = "raise ImportError('the harness of the revision')"
    package = {"__init__.py": broken, "testing.py": broken, "bench/workers/worker.py": broken}
    for folder in ("skipzeros", "src/skipzeros"):
        write(tree.copy / folder, package)
    write(tree.copy, {"bench/workers/worker.py": broken})
    shown = inside(
        tree,
        "import skipzeros, skipzeros.bench.workers.worker, skipzeros.testing\n"
        "print(skipzeros.__file__); print(skipzeros.bench.workers.worker.__file__)",
        IMPLS.parent / "src",
    )
    assert len(shown.splitlines()) == 2
    assert str(tree.copy) not in shown


def test_without_networks_at_the_revision_the_installed_ones_stay(tree: Tree) -> None:
    code = (
        "from skipzeros.bench.networks.registry import impls; print(Path(impls.__file__).resolve())"
    )
    assert inside(Tree(REVISION, IMPLS.parent, tree.copy), code) == str(IMPLS / "__init__.py")


def test_a_file_gets_the_helper_beside_it_as_it_was(tree: Tree) -> None:
    for folder, value in ((tree.top, "'now'"), (tree.copy, "'then'")):
        write(folder / "my nets", {"mine.py": MINE, "helper.py": f"WRONG = {value}"})
    shown = inside(
        tree,
        "from skipzeros.bench.networks.registry import load\n"
        "network = load(str(tree.copy / 'my nets' / 'mine.py') + ':Mine').network\n"
        "tree.refuse_strays(network); import helper; print(helper.WRONG)",
        tree.top / "my nets",
    )
    assert shown == "then"


def test_a_package_on_the_path_comes_from_the_revision(tree: Tree) -> None:
    for folder in (tree.top, tree.copy):
        write(folder, {"lib/package/__init__.py": f"PLACE = {folder.name!r}"})
    assert inside(tree, "import package; print(package.PLACE)", tree.top / "lib") == "then"


def test_what_came_first_on_the_path_still_does(tree: Tree, tmp_path: Path) -> None:
    for path in ("now/a", "then/a", "b", "now/c", "then/c", "now/only"):
        (tmp_path / path).mkdir()
    given = [tmp_path / path for path in ("now/a", "b", "now/only", "now/c")]
    shown = inside(tree, "print(*sys.path, sep='\\n')", *given).splitlines()
    entries = ("then/a", "now/a", "b", "now/only", "then/c", "now/c")
    assert shown[:6] == [str(tmp_path.resolve() / path) for path in entries]


@pytest.mark.parametrize("folder", [".", "src"])
def test_a_package_that_only_a_finder_knows_comes_from_the_revision(
    tree: Tree, folder: str
) -> None:
    for top in (tree.top, tree.copy):
        write(top / folder, {"package/__init__.py": f"PLACE = {top.name!r}"})
    finder = f"""
import importlib.util
class Editable:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "package":
            file = {str(tree.top / folder / "package" / "__init__.py")!r}
            return importlib.util.spec_from_file_location(name, file)
sys.meta_path.append(Editable)
"""
    assert inside(tree, "import package; print(package.PLACE)", before=finder) == "then"


def test_a_file_at_the_top_level_does_not_replace_the_library_s(tree: Tree) -> None:
    write(tree.copy, {"random.py": "raise ImportError", "numpy.py": "raise ImportError"})
    assert inside(tree, "import random, numpy; print(numpy.__name__)") == "numpy"


def network_of(tree: Tree, *paths: Path, before: str = "") -> str:
    """How refuse_strays ends for module.Mine."""
    code = "from module import Mine; tree.refuse_strays(Mine); print('accepted')"
    return inside(tree, code, *paths, before=before)


def test_a_helper_that_stays_that_of_the_working_tree_is_refused(tree: Tree) -> None:
    for folder in (tree.top, tree.copy):
        write(folder, {"module.py": HELPED})
    write(tree.top, {"helper.py": ""})
    assert network_of(tree, tree.top) == (
        f"skipzeros.bench.outcomes.BadInput: helper was loaded from the working tree, "
        f"{tree.top / 'helper.py'}, not from the repository as it was at {REVISION}, so that old "
        "and new would be mixed: name a revision that has it"
    )


def test_one_that_the_revision_has_but_cannot_be_reached_is_refused(tree: Tree) -> None:
    for folder in (tree.top, tree.copy):
        write(folder, {"module.py": HELPED, "deep/helper.py": ""})
    loaded = f"sys.path.append({str(tree.top / 'deep')!r}); import helper"
    assert network_of(tree, tree.top, before=loaded).endswith(
        "would be mixed: put the folder that it is imported from on PYTHONPATH"
    )


@pytest.mark.parametrize(
    ("imported", "accepted"), [("skipzeros.testing", True), ("skipzeros.impls.csr", False)]
)
def test_of_a_skipzeros_in_the_repository_only_the_harness_is_no_stray(
    tree: Tree, imported: str, accepted: bool
) -> None:
    vendored = tree.top / "vendor" / "skipzeros"
    write(vendored, {"__init__.py": "", "testing.py": ""})
    for package in (BENCH, IMPLS):
        shutil.copytree(package, vendored / package.name)
    write(tree.copy, {"module.py": f"import {imported}\nclass Mine: pass"})
    shown = network_of(tree, tree.top / "vendor")
    assert (shown == "accepted") is accepted, shown
    assert accepted or "skipzeros.impls was loaded from the working tree" in shown


def test_a_class_of_the_working_tree_is_refused(tree: Tree) -> None:
    write(tree.top, {"module.py": "class Mine: pass"})
    assert network_of(tree, tree.top) == (
        f"skipzeros.bench.outcomes.BadInput: Mine was loaded from {tree.top / 'module.py'}, "
        f"not from the repository as it was at {REVISION}: name it as path/to/file.py:Mine, or "
        "put the folder that its package lies in on PYTHONPATH"
    )


def test_a_file_that_is_linked_to_the_working_tree_is_refused(tree: Tree) -> None:
    write(tree.top, {"module.py": MINE.replace("helper import WRONG", "math import pi as WRONG")})
    (tree.copy / "module.py").symlink_to(tree.top / "module.py")
    code = (
        "from skipzeros.bench.networks.registry import load\n"
        "tree.refuse_strays(load(str(tree.copy / 'module.py') + ':Mine').network)"
    )
    assert f"Mine was loaded from {tree.top / 'module.py'}" in inside(tree, code)


def test_a_class_of_an_installed_package_is_refused(tree: Tree, tmp_path: Path) -> None:
    write(tmp_path / "installed", {"module.py": "class Mine: pass"})
    assert "Mine was loaded from" in network_of(tree, tmp_path / "installed")


@pytest.mark.parametrize(
    ("place", "prefix", "accepted"),
    [
        (".venv/lib/site-packages", "/usr", True),
        ("env/src", "now/env", True),
        ("src", "", False),  # an environment around the repository excuses nothing
    ],
)
def test_only_what_an_environment_holds_may_lie_in_the_repository(
    tree: Tree, place: str, prefix: str, accepted: bool
) -> None:
    write(tree.copy, {"module.py": HELPED})
    write(tree.top / place, {"helper.py": ""})
    before = f"sys.prefix = {str(tree.top.parent / prefix)!r}"
    shown = network_of(tree, tree.top / place, before=before)
    assert (shown == "accepted") is accepted, shown


def test_odd_modules_are_no_strays(tree: Tree) -> None:
    write(tree.copy, {"module.py": "class Mine: pass"})
    odd = (
        "import types\n"
        "class Lazy(types.ModuleType):\n"
        "    def __getattr__(self, name): raise ImportError(name)\n"
        "sys.modules.update(gone=None, lazy=Lazy('lazy'), number=7)\n"
        "for name in ('<made>', 'bare.py'):\n"
        "    sys.modules[name] = types.ModuleType(name); sys.modules[name].__file__ = name"
    )
    assert network_of(tree, before=odd) == "accepted"


def test_the_copy_may_lie_inside_the_repository(tree: Tree) -> None:
    tree = Tree(REVISION, tree.top, tree.top / "temporary" / "files")
    write(tree.top, {"module.py": HELPED, "helper.py": "raise ImportError"})
    write(tree.copy, {"module.py": HELPED, "helper.py": ""})
    assert network_of(tree, tree.top) == "accepted"


@contextmanager
def started(tree: Tree, folder: Path, reviews: Reviews) -> Iterator[Driver]:
    """A worker on the tree, for mine.py:Mine, that has been asked to start."""
    network = f"{tree.copy / 'mine.py'}:Mine"
    entry = Entry("mine", network, write_reviews(reviews.presence(), folder), tree)
    driver = Driver(entry, Scenario(), Limits(60), cores=(), hash_seed=1)
    try:
        yield driver
    finally:
        driver.stop()


@pytest.mark.parametrize(("then", "status"), [("0", "certified"), ("1e-9", "incorrect")])
def test_the_network_of_the_revision_is_judged(
    tree: Tree,
    tmp_path: Path,
    few_reviews: Reviews,
    monkeypatch: pytest.MonkeyPatch,
    then: str,
    status: str,
) -> None:
    write(tree.top, {"mine.py": MINE, "lib/helper.py": "WRONG = 1"})
    write(tree.copy, {"mine.py": MINE, "lib/helper.py": f"WRONG = {then}"})
    monkeypatch.setenv("PYTHONPATH", str(tree.top / "lib"))
    with started(tree, tmp_path, few_reviews) as driver:
        driver.start()
        driver.certify(None, 1, lambda reviews: None)
    assert driver.result.status == status


def test_a_worker_refuses_strays(
    tree: Tree, tmp_path: Path, few_reviews: Reviews, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tree.top, {"mine.py": MINE, "lib/helper.py": "WRONG = 0"})
    write(tree.copy, {"mine.py": MINE})
    monkeypatch.setenv("PYTHONPATH", str(tree.top / "lib"))
    with (
        started(tree, tmp_path, few_reviews) as driver,
        pytest.raises(BadInput, match="helper was loaded from the working tree"),
    ):
        driver.start()
