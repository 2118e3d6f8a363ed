"""The code to write is the same network, and stands on its own."""

from __future__ import annotations

import ast
import inspect
import textwrap
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from scipy.sparse import csr_array

import skipzeros
from skipzeros.bench.advice.codes import CALLED, CODES, LINEAR, Code, code_by_network
from skipzeros.bench.cli import cli

EVERY = (*CODES, LINEAR)


def checked(code: Code, arguments: str) -> None:
    if code.missing:
        pytest.skip(f"needs {code.missing}")
    command = ["check", "--network", code.network.argument, *arguments.split()]
    result = CliRunner().invoke(cli, command)
    assert result.exit_code == 0, result.output
    assert "certified" in result.output


@pytest.mark.parametrize("code", EVERY, ids=lambda code: code.network.name)
def test_it_is_the_same_network(code: Code) -> None:
    checked(code, "--quick --reviews 60 --hidden 6 --batch-size 8 --dtype float32")


@pytest.mark.slow
@pytest.mark.parametrize("code", EVERY, ids=lambda code: code.network.name)
@pytest.mark.parametrize(
    "arguments",
    ["--reviews 100", "--quick --reviews 200 --input counts --learning-rate 0.001 --batch-size 16"],
)
def test_it_is_the_same_network_in_small_scenarios_too(code: Code, arguments: str) -> None:
    checked(code, arguments)


@pytest.mark.parametrize("code", EVERY, ids=lambda code: code.network.name)
def test_what_is_printed_stands_on_its_own(code: Code) -> None:
    printed = ast.parse(code.text)
    assert "import skipzeros" not in code.text
    assert "from skipzeros" not in code.text
    assert any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in printed.body)
    used = {node.id for node in ast.walk(printed) if isinstance(node, ast.Name)}
    imported = {
        (alias.asname or alias.name).partition(".")[0]
        for node in ast.walk(printed)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    # Nothing is imported that only the part below needs.
    assert imported <= used | {"annotations"}


@pytest.mark.parametrize("code", EVERY, ids=lambda code: code.network.name)
def test_its_example_runs_as_it_is_printed_and_learns(code: Code) -> None:
    if code.missing:
        pytest.skip(f"needs {code.missing}")
    draw = np.random.default_rng(1)
    y = np.arange(600) % 2
    # Word 0 is in all positive reviews, and in no other.
    words = [np.append(0, draw.permutation(np.arange(1, 30))[:5])[1 - label :] for label in y]
    X = np.zeros((600, 30), np.float32)
    for row, present in zip(X, words, strict=True):
        row[present] = 1
    names: dict[str, Any] = {"vocabulary_size": 30, "words": words, "y": y.astype(np.float32)}
    names["X"] = X if code.dense else csr_array(X)
    if code.framework == "torch":
        import torch

        names |= {"X": torch.tensor(X), "words": [torch.tensor(one) for one in words]}
        names["y"] = torch.tensor(names["y"])
    names |= vars(import_module(f"skipzeros.examples.{code.argument.partition('.')[0]}"))
    example = inspect.cleandoc(ast.get_docstring(ast.parse(code.text)) or "").partition("::\n")[2]
    exec(textwrap.dedent(example), names)
    outputs = np.asarray(
        names["outputs"].detach() if code.framework == "torch" else names["outputs"]
    )
    assert outputs.shape == (600,)
    assert outputs[y == 1].mean() > outputs[y == 0].mean() + 1e-4


def test_each_framework_is_asked_for_by_its_name() -> None:
    for code in CODES:
        result = CliRunner().invoke(cli, ["advise", "--code", code.framework])
        assert result.exit_code == 0
        assert result.output == code.text
        assert code_by_network(code.network.name) is code


@pytest.mark.parametrize("name", ["compiled", "gather-scatter"])
def test_a_network_of_skipzeros_is_called_as_it_is_printed(name: str) -> None:
    pytest.importorskip("numba")
    assert CliRunner().invoke(cli, ["advise", "--code", "skipzeros"]).output == CALLED.text
    names = vars(import_module("skipzeros.examples.with_skipzeros"))
    reviews = skipzeros.load("synthetic").train[:300].presence()
    weights_0_1, weights_1_2 = names["trained"](reviews, name, batch_size=16, epochs=2)
    assert weights_0_1.shape == (reviews.vocabulary_size, 64)
    assert weights_0_1.dtype == weights_1_2.dtype == np.float32
    outputs = names["predicted"](reviews, weights_0_1, weights_1_2)
    assert outputs[reviews.labels == 1].mean() > outputs[reviews.labels == 0].mean() + 1e-4


def test_what_is_missing_names_its_extra() -> None:
    code = Code("x", "x", "numpy_rows.py:NumpyRows", "no_such_module", "torch")
    assert code.missing == "no_such_module: pip install 'skipzeros[torch]'"
