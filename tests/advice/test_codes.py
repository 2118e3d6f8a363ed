"""The code to write is the same network, and stands on its own."""

from __future__ import annotations

import ast

import pytest
from click.testing import CliRunner

from skipzeros.bench.advice.codes import CODES, LINEAR, Code, code_by_network
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


def test_each_framework_is_asked_for_by_its_name() -> None:
    for code in CODES:
        result = CliRunner().invoke(cli, ["advise", "--code", code.framework])
        assert result.exit_code == 0
        assert result.output == code.text
        assert code_by_network(code.network.name) is code


def test_what_is_missing_names_its_extra() -> None:
    code = Code("x", "x", "numpy_rows.py:NumpyRows", "no_such_module", "torch")
    assert code.missing == "no_such_module: pip install 'skipzeros[torch]'"
