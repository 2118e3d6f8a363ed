"""The definition that docs/definitions.md writes, and its networks, are what it says they are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from skipzeros.bench.cli import cli

PAGE = Path(__file__).parents[2] / "docs" / "definitions.md"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    path = tmp_path_factory.mktemp("page") / "tanh_decay.py"
    path.write_text("\n".join(blocks))
    return path


def checked(file: Path, network: str) -> tuple[int, str]:
    words = ["check", "--definition", f"{file}:TanhDecay", "--network", f"{file}:{network}"]
    result = CliRunner().invoke(cli, [*words, "--reviews", "60", "--quick", "--hidden", "6"])
    return result.exit_code, result.output


@pytest.mark.parametrize("network", ["WordByWord", "RowsAtOnce"])
def test_two_networks_of_different_making_are_certified(file: Path, network: str) -> None:
    code, output = checked(file, network)
    assert code == 0, output
    assert "certified" in output


def test_a_wrong_one_is_told_by_its_row(file: Path) -> None:
    code, output = checked(file, "DecayTwice")
    assert code == 3, output
    assert re.search(r"weights_0_1\[\d+, \d\] is", output.replace("\n", " "))
    assert "error ratio" in output


def test_elsewhere_they_are_not_applicable(file: Path) -> None:
    words = ["check", "--network", f"{file}:WordByWord", "--reviews", "20", "--quick"]
    output = CliRunner().invoke(cli, words).output
    assert "knows the definition tanh-decay, not lesson" in " ".join(output.split())


@pytest.mark.parametrize(
    ("definition", "said"),
    [
        ("nonsense", "there are lesson, logistic, classifier"),
        ("no_such.py:Mine", "there is no file no_such.py"),
        ("{file}:Nothing", "defines no Nothing"),
        ("{file}:WordByWord", "WordByWord is not derived from skipzeros.definitions.Definition"),
    ],
)
def test_a_definition_that_is_not_there_is_told(file: Path, definition: str, said: str) -> None:
    words = ["check", "--network", "csr", "--definition", definition.format(file=file)]
    result = CliRunner().invoke(cli, words)
    assert result.exit_code == 2
    assert said in " ".join(result.output.split())


@pytest.mark.parametrize("command", ["waste", "why csr add-reduce", "advise synthetic"])
def test_who_knows_the_lesson_only_says_so(command: str, tmp_path: Path) -> None:
    words = [*command.split(), "--definition", "logistic", "--out", str(tmp_path)]
    result = CliRunner().invoke(cli, words)
    assert result.exit_code == 2
    assert "definition='logistic': " in result.output
    assert "knows the lesson's step only" in " ".join(result.output.split())
