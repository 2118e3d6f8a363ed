"""Parameters of a network's own, and classes that are named by their module."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from skipzeros.bench.cli import cli
from skipzeros.bench.networks.from_python import argument_of
from skipzeros.bench.networks.parameters import bound, expanded, split
from skipzeros.bench.networks.registry import load, resolve
from skipzeros.bench.outcomes import BadInput
from skipzeros.impls.add_reduce import AddReduce

SOURCE = """
from typing import Literal

from skipzeros.impls.add_reduce import AddReduce


class Mine(AddReduce):
    def __init__(self, weights_0_1, weights_1_2, learning_rate, batch_size=1, *,
                 block: int = 8, layout: Literal["packed", "padded"] = "packed", share: float = 1,
                 exact=False):
        super().__init__(weights_0_1, weights_1_2, learning_rate, batch_size)
        self.given = block, layout, share, exact


class Needs(AddReduce):
    def __init__(self, weights_0_1, weights_1_2, learning_rate, batch_size=1, *, block):
        super().__init__(weights_0_1, weights_1_2, learning_rate, batch_size)


def made(factor):
    class Made(AddReduce):
        pass
    return Made


ByFactory = made(2)
"""


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(SOURCE)


def skipzeros(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


def test_all_products_of_the_values_are_networks_of_their_own() -> None:
    assert expanded("csr") == ["csr"]
    assert expanded("mine.py:Mine[block=16| 32,layout=packed|padded]") == [
        f"mine.py:Mine[block={block},layout={layout}]"
        for block in (16, 32) for layout in ("packed", "padded")
    ]  # fmt: skip
    named = resolve(["./mine.py:Mine[block=16|32]", "csr"])
    assert [network.name for network in named] == [
        "mine.py:Mine[block=16]", "mine.py:Mine[block=32]", "csr",
    ]  # fmt: skip
    assert split(named[0].argument) == ("./mine.py:Mine", "[block=16]")


@pytest.mark.parametrize(
    ("parameters", "given"),
    [
        ("", (8, "packed", 1, False)),
        ("[block=16]", (16, "packed", 1, False)),
        ("[layout=padded,share=2]", (8, "padded", 2.0, False)),
        ("[exact=true,share=0.5]", (8, "packed", 0.5, True)),
    ],
)
def test_values_reach_the_network_as_its_signature_wants_them(
    parameters: str, given: tuple[object, ...]
) -> None:
    found = load(f"mine.py:Mine{parameters}")
    assert found.name == f"mine.py:Mine{parameters}"
    assert found.network is not None
    import numpy as np

    network = found.network(np.zeros((3, 2)), np.ones(2), 0.1, batch_size=1)
    assert network.given == given  # type: ignore[attr-defined]
    assert type(network.given[2]) is type(given[2])  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("argument", "told"),
    [
        (
            "mine.py:Mine[blok=16]",
            r"Mine takes \(block: int = 8, .*exact=False\), not blok",
        ),
        ("mine.py:Mine[block=x]", "block=x: must be int"),
        ("mine.py:Mine[block=1.5]", "block=1.5: must be int"),
        ("mine.py:Mine[exact=1]", "exact=1: must be bool"),
        ("mine.py:Mine[layout=odd]", "layout=odd: must be 'packed' or 'padded'"),
        ("mine.py:Needs", r"Needs takes \(block\); give block=\.\.\."),
        ("csr[block=1]", "CSR takes no parameters, not block"),
    ],
)
def test_what_the_signature_does_not_allow_is_told(argument: str, told: str) -> None:
    with pytest.raises(BadInput, match=told):
        load(argument)


@pytest.mark.parametrize("parameters", ["block", "block=", "=3", "block=1,block=2", "block=1||2"])
def test_what_is_no_parameter_is_told(parameters: str) -> None:
    with pytest.raises(BadInput, match=r"is no parameter: write|is there twice"):
        expanded(f"mine.py:Mine[{parameters}]")


def test_a_network_without_parameters_stays_as_it_is() -> None:
    assert bound(AddReduce, "", "add-reduce") is AddReduce


def test_each_has_a_row_and_a_wrong_one_is_exit_2() -> None:
    arguments = ("run", "--reviews", "30", "--rounds", "6", "--baseline", "csr", "--out", "out")
    result = skipzeros(*arguments, "--network", "./mine.py:Mine[block=8|16,layout=packed|padded]")
    assert result.exit_code == 0, result.output
    rows = pd.read_csv("out/summary.csv")
    names = [f"mine.py:Mine[block={block},layout={layout}]" for block in (8, 16)
             for layout in ("packed", "padded")]  # fmt: skip
    assert {*rows["network"]} == {*names, "csr"}
    assert {*rows["status"]} == {"certified"}
    wrong = skipzeros(*arguments, "--network", "mine.py:Mine[blok=8]")
    assert wrong.exit_code == 2
    assert "Mine takes (block: int = 8" in " ".join(wrong.output.split())


def test_a_class_is_named_by_its_module_too() -> None:
    package = Path("fast")
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "helpers.py").write_text("def total(rows):\n    return rows.sum(axis=0)\n")
    (package / "kernel.py").write_text(
        "from skipzeros import OnlineNetwork\n"
        "from .helpers import total\n\n\n"
        "class Mine(OnlineNetwork):\n"
        "    def sum_rows(self, words, counts):\n"
        "        return total(self.weights_0_1[words])\n\n"
        "    def update_rows(self, words, counts, step):\n"
        "        self.weights_0_1[words] -= step\n"
    )
    for argument in ("fast/kernel.py:Mine", "fast.kernel:Mine"):
        result = skipzeros("check", "--network", argument, "--reviews", "20", "--quick")
        assert result.exit_code == 0, result.output
    assert "fast.kernel:Mine" in result.output
    missing = skipzeros("check", "--network", "absent.kernel:Mine", "--reviews", "20")
    assert missing.exit_code == 2
    assert "there is no module absent" in " ".join(missing.output.split())


def test_a_class_that_a_factory_made_is_found_by_its_name() -> None:
    code = (
        "import sys; sys.path.insert(0, '.')\n"
        "import mine\n"
        "from skipzeros.bench.networks.from_python import argument_of\n"
        "print(argument_of(mine.ByFactory))"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert printed.stdout.strip().endswith("mine.py:ByFactory"), printed.stderr
    local = type("Local", (AddReduce,), {"__qualname__": "f.<locals>.Local"})
    with pytest.raises(BadInput, match="defined within a function"):
        argument_of(local)


@pytest.mark.parametrize("folder", ["", "a/", "o[x/", "o[16|32]/"])
def test_a_bracket_of_a_folder_begins_no_parameters(folder: str) -> None:
    assert split(f"{folder}mine.py:Mine[block=16]") == (f"{folder}mine.py:Mine", "[block=16]")
    assert split(f"{folder}mine.py:Mine") == (f"{folder}mine.py:Mine", "")
