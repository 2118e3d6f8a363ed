"""What holds the house together: who imports whom, and what is installed under which name."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import skipzeros
from skipzeros import impls
from skipzeros.bench.networks.registry import ON_REQUEST, builtin_networks

ROOT = Path(__file__).parents[1]
IMPLS = sorted(Path(impls.__path__[0]).glob("*.py"))
BENCH = ROOT / "bench"

# The folders of bench/, and impls/ before them, from left to right; those of a line don't meet.
ORDER = (
    "impls examples", "outcomes", "text arrays definitions", "networks corpus", "equality",
    "timing", "workers records cost", "gate sweep history advice", "commands", "show",
    "report pytest_plugin", "cli",
)  # fmt: skip
PLACES = {name: place for place, names in enumerate(ORDER) for name in names.split()}


@pytest.mark.parametrize("path", IMPLS, ids=lambda path: path.name)
def test_impls_knows_nothing_of_benchmarking(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            # One dot is impls itself; two would reach the package around it.
            assert node.level <= 1
            assert not re.match(r"skipzeros\b|bench\b", node.module or "")
        elif isinstance(node, ast.Import):
            assert not any("skipzeros" in alias.name for alias in node.names)


def imported(source: str, package: str = "") -> Iterator[str]:
    """The full name of each module or object that is imported, wherever in the file."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: 1 - node.level or None] if node.level else []
            module = ".".join([*above, *filter(None, [node.module])])
            yield from (f"{module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            literals = [arg.value for arg in node.args[:1] if isinstance(arg, ast.Constant)]
            yield from (str(literal) for literal in literals)


WHOLE = "the whole package"


def folder_of(name: str) -> str:
    """Of bench/, or impls, for a full name; empty for what is not ours."""
    found = re.match(r"skipzeros(?:\.bench(?:\.|$)|\.|$)(\w*)", name)
    return (found[1] or WHOLE) if found else ""


def test_a_folder_of_bench_imports_only_those_to_its_left() -> None:
    against = set()
    for path in sorted(BENCH.rglob("*.py")):
        within = path.relative_to(BENCH)
        package = ".".join(["skipzeros.bench", *within.parent.parts])
        own = within.with_suffix("").parts[0]
        for other in map(folder_of, imported(path.read_text(), package)):
            if path.name == "source_tree.py" and other == WHOLE:
                continue  # it changes where the package finds its files, and uses nothing of it
            if own not in ("__init__", other) and other:
                assert own in PLACES, f"{own} has no place in ORDER"
                assert other in PLACES, f"{path}: {other} has no place in ORDER"
                if PLACES[other] >= PLACES[own]:
                    against.add((own, other))
    assert not against


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("from ..cost.sizes import Vary", ["skipzeros.bench.cost.sizes.Vary"]),
        ("from ...impls import csr", ["skipzeros.impls.csr"]),
        ("from .. import outcomes", ["skipzeros.bench.outcomes"]),
        ("import_module('skipzeros.bench.cli')", ["skipzeros.bench.cli"]),
        ("from . import files", ["skipzeros.bench.records.files"]),
        ("def f():\n    import skipzeros.bench.cli, os", ["skipzeros.bench.cli", "os"]),
        ("if TYPE_CHECKING:\n    from ..show.run import a, b",
         ["skipzeros.bench.show.run.a", "skipzeros.bench.show.run.b"]),
    ],
)  # fmt: skip
def test_an_import_is_seen_however_it_is_written(source: str, names: list[str]) -> None:
    assert list(imported(source, "skipzeros.bench.records")) == names


def test_the_folders_of_tests_are_those_of_bench() -> None:
    rooms = {path.parent.name for path in BENCH.glob("*/__init__.py")}
    folders = {path.parent.relative_to(ROOT / "tests").parts[0]
               for path in (ROOT / "tests").glob("*/**/*.py")}  # fmt: skip
    assert folders <= rooms | {"impls", "docs", "processes", "support", "zoo"}


def sources_for_readers() -> Iterator[tuple[str, str]]:
    """Each Python source in a document, an example or the notebook, and where it stands."""
    folders = ("*.md", "docs/**/*.md", "examples/**/*.md", "results/**/*.md")
    for path in (path for folder in folders for path in ROOT.glob(folder)):
        for block in re.findall(r"```py(?:thon)?\n(.*?)```", path.read_text("utf-8"), re.DOTALL):
            yield path.name, block
    for path in ROOT.glob("examples/**/*.py"):
        yield path.name, path.read_text("utf-8")
    for path in ROOT.glob("docs/**/*.ipynb"):
        for cell in json.loads(path.read_text("utf-8"))["cells"]:
            if cell["cell_type"] == "code" and not cell["source"][0].startswith("%%"):
                lines = (line for line in cell["source"] if not line.startswith(("%", "!")))
                yield f"{path.name}, {cell['id']}", "".join(lines)


def test_what_readers_are_shown_imports_nothing_below_skipzeros() -> None:
    below = [
        (where, name)
        for where, source in sources_for_readers()
        for name in imported(source)
        # skipzeros.Network is a class, skipzeros.testing and definitions the modules for readers.
        if re.match(r"skipzeros\.(?!(?:testing|definitions)\b)([a-z]\w*\.|bench$|impls$)", name)
    ]
    assert below == []


def test_bench_and_impls_are_not_installed_at_top_level(tmp_path: Path) -> None:
    code = "import importlib.util as u; print([u.find_spec(n) for n in ('bench', 'impls')])"
    shown = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert shown.stdout.strip() == "[None, None]"


def test_a_worker_needs_no_more_of_impls_than_earlier_revisions_have() -> None:
    # In a gate against one of them, impls is as it was there.
    source = (BENCH / "workers" / "worker.py").read_text("utf-8")
    names = imported(source, "skipzeros.bench.workers")
    own = {name.removeprefix("skipzeros.impls.") for name in names if ".impls." in name}
    assert own == {"network.Array", "network.Network", "network.OnlineNetwork", "reviews.Reviews"}


def test_the_package_says_what_it_has() -> None:
    assert {"Network", "OnlineNetwork", "Reviews"} <= set(dir(skipzeros))
    with pytest.raises(AttributeError, match="no attribute 'Absent'"):
        _ = skipzeros.Absent


def test_ci_gates_every_network_of_a_core_once() -> None:
    commands = (ROOT / ".ci" / "run").read_text().replace("\\\n", " ").splitlines()
    gates = [line for line in commands if "--against" in line]
    of_a_core = set(builtin_networks()) - ON_REQUEST
    assert sorted(re.findall(r"--network (\S+)", " ".join(gates))) == sorted(of_a_core)


def test_nothing_is_pickled() -> None:
    for package in ("skipzeros.bench", "skipzeros.impls"):
        spec = importlib.util.find_spec(package)
        assert spec is not None
        for folder in spec.submodule_search_locations or []:
            for path in Path(folder).rglob("*.py"):
                source = path.read_text()
                assert "import pickle" not in source
                assert source.count("np.load(") == source.count("allow_pickle=False") - (
                    source.count("np.save(")
                ), path
