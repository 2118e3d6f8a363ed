"""Every command and call that a document shows exists, and ends as a reader expects it.

A command is run on few reviews, where a reader would stand.
"""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from documented import unknown, unknown_arguments
from scipy.sparse import csr_array, random_array

from skipzeros.bench.cli import COMMANDS, cli
from skipzeros.bench.corpus import download

ROOT = Path(__file__).parents[2]
PAGES = ["README.md", "docs/start.md", "docs/commands.md", "docs/writing-a-network.md",
         "docs/gating.md", "docs/data.md", "examples/c_kernel/README.md",
         "examples/numba_loops/README.md", "examples/advise/README.md",
         "examples/padded_rows/README.md"]  # fmt: skip
SCRIPTS = ["README.md", "docs/python.md"]  # their blocks of Python are one script
# Appended, so that they win: an example takes seconds, and is still the one that is shown.
FEWER = {
    "run": "--reviews 30 --certify 10 --rounds 6",
    "check": "--reviews 30",
    "waste": "--reviews 30 --rounds 1",
    "accuracy": "--reviews 100 --seeds 2",
    "gate": "--reviews 30 --budget 2",
    "advise": "--seconds 1 --hidden 3",
    "bisect": "--reviews 30 --budget 2",
    "why": "--reviews 30 --certify 10 --rounds 1",
}
# Where no network is named all take part, and those from extras take long to start.
EVERY = ("run", "waste")
# A gate without enough seconds is inconclusive, and of few rounds it is unclear what they show.
ENDS = {"gate": (0, 4), "bisect": (0, 4), "compare": (0, 4)}
WRONG = "UpdatedWeights"  # the README shows a mistake; it has to be found


def examples() -> list[str]:
    """The lines of all pages, without the comments behind them."""
    found = []
    for page in PAGES:
        lines = re.findall(r"^    (skipzeros .*)$", (ROOT / page).read_text("utf-8"), re.M)
        found += [" ".join(shlex.split(line, comments=True)) for line in lines]
    # A selftest takes half a minute, whatever it is given; tests of its parts are elsewhere.
    return sorted({example for example in found if "selftest" not in example})


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all that the examples name."""
    top = tmp_path_factory.mktemp("stage")
    code = re.search(r"```python\n(# mine\.py\n.*?)```", (ROOT / "README.md").read_text(), re.S)
    assert code
    # The guide to networks goes on with another one in the same file.
    guide = (ROOT / "docs" / "writing-a-network.md").read_text()
    others = re.findall(r"```python\n(class (?:MineOnCounts|Blocked).*?)```", guide, re.S)
    assert len(others) == 2
    (top / "mine.py").write_text("\n\n".join([code[1], *others]))
    for name in (
        "tests/equality/mutants",
        "examples/c_kernel",
        "examples/numba_loops",
        "examples/padded_rows",
        "examples/advise",
        "results/imdb",
    ):
        shutil.copytree(ROOT / name, top / name)

    (top / "sweep.toml").write_text(
        "options = {network = 'csr', baseline = 'csr', reviews = 30, rounds = 6, certify = 10}"
    )
    command = ["history", "add", str(top / "results/imdb"), "--file", str(top / "history.csv")]
    assert CliRunner().invoke(cli, command).exit_code == 0
    texts = [("a good film" if i % 2 else "a bad film") + f" number {i}" for i in range(60)]
    names = ["positive" if i % 2 else "negative" for i in range(60)]
    labels = {
        "mine": names,
        "reviews": names,
        "tickets": ["spam", "ham"] * 30,
        "mail": ["spam", "ham"] * 30,
        "stars": [1, 2, 3, 4, 5] * 12,
        "news": ["sports", "politics", "science"] * 20,
        "scores": np.linspace(0, 5, 60),
    }
    for name, column in labels.items():
        pd.DataFrame({"body": texts, "label": column}).to_csv(top / f"{name}.csv", index=False)
    (top / "folder").mkdir()
    (top / "folder/reviews.txt").write_text("\n".join(texts))
    (top / "folder/labels.txt").write_text("\n".join(names))
    rng = np.random.default_rng(1)
    matrix = csr_array(random_array((60, 40), density=0.1, format="csr", rng=rng))
    matrix.data = np.ceil(matrix.data * 3)
    if find_spec("sklearn"):
        from sklearn.datasets import dump_svmlight_file

        dump_svmlight_file(matrix, rng.integers(0, 2, 60), str(top / "mine.svm"))
    with tarfile.open(top / "aclImdb_v1.tar.gz", "w:gz") as archive:
        for number, text in enumerate(texts):
            path = top / f"aclImdb/train/{'pos' if number % 2 else 'neg'}/{number}_1.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        archive.add(top / "aclImdb", "aclImdb")
    # A repository, whose network is what it was at origin/main.
    who = ["-c", "user.name=A", "-c", "user.email=a@localhost"]
    for git in (["init", "-q"], ["add", "mine.py"], [*who, "commit", "-qm", "Mine"],
                ["update-ref", "refs/remotes/origin/main", "HEAD"], ["tag", "v1.0"],
                [*who, "commit", "-q", "--allow-empty", "-m", "Later"]):  # fmt: skip
        subprocess.run(["git", *git], cwd=top, check=True)
    return top


@pytest.fixture
def on_stage(stage: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(stage)
    monkeypatch.setenv("SKIPZEROS_CACHE", str(tmp_path))
    # As if IMDB had been downloaded before.
    content = (stage / "aclImdb_v1.tar.gz").read_bytes()
    monkeypatch.setattr(download, "SIZE", len(content))
    monkeypatch.setattr(download, "SHA256", hashlib.sha256(content).hexdigest())
    (tmp_path / "aclImdb_v1.tar.gz").write_bytes(content)


def missing(example: str) -> str:
    """Why an example can't run here; empty where it can."""
    for word, module, extra in (
        (".svm", "sklearn", "data"),
        ("compiled", "numba", "compiled"),
        ("numba_loops", "numba", "compiled"),
        ("sweep", "distributed", "cluster"),
    ):
        if word in example and not find_spec(module):
            return f"{module} is missing: pip install 'skipzeros[{extra}]'"
    if "c_kernel" in example and not shutil.which("cc"):
        return "no C compiler here"
    return ""


@pytest.mark.parametrize("example", examples())
def test_the_example_has_the_options_that_it_is_given(example: str) -> None:
    assert unknown(shlex.split(example)[1:]) == ""


@pytest.mark.clock
@pytest.mark.parametrize(
    "example",
    [pytest.param(one, marks=() if WRONG in one else pytest.mark.slow) for one in examples()],
)
def test_the_example_runs(example: str, on_stage: None, request: pytest.FixtureRequest) -> None:
    if missing(example):
        pytest.skip(missing(example))
    if "threads" in example:
        request.getfixturevalue("several_cores")
    words = shlex.split(example)[1:]
    command = words[0]
    more = shlex.split(FEWER.get(command, ""))
    if command in EVERY and "--network" not in words:
        more += ["--network", "csr", "--network", "dense"]
    if "--vary" in words:
        more += ["--vary", re.sub(r"(\d+),(\d+).*", r"\1,\2", words[words.index("--vary") + 1])]
    if command == "report":
        CliRunner().invoke(cli, ["run", "--network", "csr", *shlex.split(FEWER["run"])])
    result = CliRunner().invoke(cli, [*words, *more])
    wanted = (3,) if WRONG in example else ENDS.get(command, (0,))
    assert result.exit_code in wanted, result.output
    assert result.stdout.strip()


def test_the_pages_have_examples() -> None:
    shown = examples()
    commands = {shlex.split(example)[1] for example in shown}
    assert commands == set(COMMANDS) - {"selftest"}
    assert len(shown) >= 25


def blocks(page: str, language: str) -> str:
    """All blocks of a page in a language."""
    text = (ROOT / page).read_text("utf-8")
    return "\n".join(re.findall(rf"```{language}\n(.*?)```", text, re.S))


@pytest.mark.parametrize("page", SCRIPTS)
def test_the_calls_have_the_arguments_that_they_are_given(page: str) -> None:
    assert list(unknown_arguments(blocks(page, "python"))) == []


def test_a_wrong_call_would_be_seen() -> None:
    source = "skipzeros.run('csr', hiden=3, seed=2)\nskipzeros.absent"
    assert sorted(unknown_arguments(source)) == ["hiden", "skipzeros.absent"]


READING = blocks("docs/commands.md", "sh")
SHELL = re.findall(r"^.*\bjq\b.*$", READING, re.M)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory, one_set: None) -> Path:
    """A folder with run.json, as docs/commands.md makes it before it reads it."""
    folder = tmp_path_factory.mktemp("found")
    command = re.search(r"^(skipzeros run .*--json) > run.json$", READING, re.M)
    assert command
    words = [*shlex.split(command[1])[1:], *shlex.split(FEWER["run"]), "--out", str(folder / "out")]
    result = CliRunner().invoke(cli, words)
    assert result.exit_code == 0, result.output
    (folder / "run.json").write_text(result.stdout)
    return folder


@pytest.mark.clock
@pytest.mark.skipif(not shutil.which("jq"), reason="jq is missing: apt install jq")
@pytest.mark.parametrize("line", SHELL)
def test_the_lines_for_jq_print_what_they_are_to_find(line: str, found: Path) -> None:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-ec", f"set -o pipefail; {line}"], cwd=found, env={**os.environ, "PATH": path},
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    if "@tsv" in line:
        table = [one.split("\t") for one in lines]
        assert {name for name, _ in table} == {"csr", "add-reduce", "dense"}
        assert all(float(ratio) > 0 for _, ratio in table)
    elif "list" in line:
        assert {"dense", "csr", "add-reduce"} <= set(lines)
    else:
        assert "time of the network / time of the baseline" in done.stdout


def test_there_is_a_line_for_jq_of_each_kind() -> None:
    assert len(SHELL) == 3


@pytest.mark.clock
def test_the_lines_for_pandas_print_the_ratios(
    found: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(found)
    exec(blocks("docs/commands.md", "python"), {})
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.split() == ["ratio", "ratio_low", "ratio_high"]
    assert {row.split()[0] for row in rows[1:]} == {"csr", "add-reduce", "dense"}


def comparable(printed: str) -> list[str]:
    """Without figures that another machine or run changes, and how wide that makes a table."""
    return re.sub(r"-?\d+\.\d+", "#", printed).split()


@pytest.mark.clock
@pytest.mark.slow
@pytest.mark.parametrize("page", SCRIPTS)
def test_the_script_prints_what_is_shown_below_it(page: str, stage: Path, on_stage: None) -> None:
    (stage / "script.py").write_text(blocks(page, "python"))
    done = subprocess.run([sys.executable, "script.py"], cwd=stage, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert comparable(done.stdout) == comparable(blocks(page, "text"))
