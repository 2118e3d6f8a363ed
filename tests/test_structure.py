"""What holds the house together: who imports whom, and what is installed under which name."""

from __future__ import annotations

import ast
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

import skipzeros
from skipzeros import impls
from skipzeros.bench.networks.registry import builtin_networks

ROOT = Path(__file__).parents[1]
IMPLS = sorted(Path(impls.__path__[0]).glob("*.py"))


@pytest.mark.parametrize("path", IMPLS, ids=lambda path: path.name)
def test_impls_knows_nothing_of_benchmarking(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            # One dot is impls itself; two would reach the package around it.
            assert node.level <= 1
            assert "bench" not in (node.module or "")
        elif isinstance(node, ast.Import):
            assert not any("skipzeros" in alias.name for alias in node.names)


def test_bench_and_impls_are_not_installed_at_top_level(tmp_path: Path) -> None:
    code = "import importlib.util as u; print([u.find_spec(n) for n in ('bench', 'impls')])"
    shown = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert shown.stdout.strip() == "[None, None]"


def test_the_package_says_what_it_has() -> None:
    assert {"Network", "OnlineNetwork", "Reviews"} <= set(dir(skipzeros))
    with pytest.raises(AttributeError, match="no attribute 'Absent'"):
        _ = skipzeros.Absent


def test_ci_gates_every_network_once() -> None:
    commands = (ROOT / ".ci" / "run").read_text().replace("\\\n", " ").splitlines()
    gates = [line for line in commands if "--against" in line]
    assert sorted(re.findall(r"--network (\S+)", " ".join(gates))) == sorted(builtin_networks())


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
