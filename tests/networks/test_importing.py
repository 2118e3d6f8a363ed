"""A user's file finds what lies beside it, and replaces nothing that skipzeros itself imports."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

# Loaded late, by skipzeros or by what it imports.
BESIDE = ("scipy", "pandas", "secrets", "random", "queue", "numba", "torch", "sklearn")

MINE = """
from skipzeros.impls.add_reduce import AddReduce
class Mine(AddReduce):
    pass
"""


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def python(folder: Path, *arguments: str) -> str:
    """What Python prints in a folder, or the last line of what it ended with."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONSAFEPATH"}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True
    )
    return done.stdout + "\n".join(done.stderr.splitlines()[-1:])


def loaded(folder: Path, argument: str, shown: str) -> str:
    code = (
        "from skipzeros.bench.networks.registry import load\n"
        f"found = load({argument!r})\n"
        "assert found.network, found.problem\n"
        f"print([{shown}])\n"
    )
    return python(folder, "-P", "-c", code).strip()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder full of modules that raise an error when they are imported."""
    write(tmp_path, {f"{name}.py": "raise ZeroDivisionError('here')" for name in BESIDE})
    write(tmp_path, {"mine.py": MINE})
    return tmp_path


def test_a_module_beside_a_network_replaces_none_that_is_installed(folder: Path) -> None:
    write(folder, {"helper.py": "WORD = 'found'", "mine.py": "import helper\n" + MINE})
    shown = "__import__('helper').WORD, __import__('scipy').__name__"
    assert loaded(folder, "mine.py:Mine", shown) == "['found', 'scipy']"
    assert loaded(folder, "mine:Mine", shown) == "['found', 'scipy']"


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (("list",), "add-reduce"),
        (("check", "--quick", "--reviews", "20", "--network", "mine.py:Mine"), "certified"),
        (("accuracy", "--reviews", "20", "--network", "mine.py:Mine"), "presence"),
        (("data",), "Of every 100 products"),
        (("demo",), "skipzeros run"),
        pytest.param(
            ("run", "--reviews", "20", "--rounds", "3", "--network", "mine.py:Mine"),
            "certified", marks=[pytest.mark.slow, pytest.mark.clock],
        ),
        pytest.param(
            ("waste", "--reviews", "20", "--network", "csr"), "csr",
            marks=[pytest.mark.slow, pytest.mark.clock],
        ),
    ],
)  # fmt: skip
def test_no_command_imports_what_lies_in_the_current_folder(
    folder: Path, command: tuple[str, ...], told: str
) -> None:
    printed = python(folder, "-m", "skipzeros", *command)
    assert told in printed
    assert "ZeroDivisionError" not in printed


def test_a_package_is_that_of_the_named_file_though_another_is_installed(tmp_path: Path) -> None:
    write(tmp_path, {"pytest/__init__.py": "", "pytest/mine.py": "from . import other\n" + MINE,
                     "pytest/other.py": ""})  # fmt: skip
    shown = "found.network.__module__, __import__('pytest').__file__"
    expected = ["pytest.mine", str((tmp_path / "pytest/__init__.py").resolve())]
    assert loaded(tmp_path, "pytest/mine.py:Mine", shown) == str(expected)


def test_a_package_called_like_one_that_is_in_use_is_told(tmp_path: Path) -> None:
    write(tmp_path, {"numpy/__init__.py": "", "numpy/mine.py": MINE})
    assert "numpy is the name of another package here; rename it" in loaded(
        tmp_path, "numpy/mine.py:Mine", ""
    )


def test_a_built_in_network_is_loaded_without_a_look_at_installed_packages() -> None:
    # Each worker would wait for it.
    code = (
        "import sys; import skipzeros.bench.workers.worker; "
        "from skipzeros.bench.networks.registry import load; load('dense'); "
        "print({'importlib.metadata', 'pandas', 'scipy'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout == "set()\n"
