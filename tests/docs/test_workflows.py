"""The workflows are ones that GitHub accepts, and every command shown is one that exists."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from documented import unknown

from skipzeros.bench.cli import COMMANDS, cli

ROOT = Path(__file__).parents[2]


def params(command: str) -> list[click.Parameter]:
    """What a command takes."""
    found = cli.get_command(click.Context(cli), command)
    assert found is not None
    return found.params


WORKFLOWS = [".github/workflows/ci.yml", "examples/github-actions/skipzeros.yml"]
# It writes: a line of a history, and a comment.
WRITES = "examples/github-actions/history.yml"
GUIDE = "docs/gating.md"
PYTEST_OPTIONS = {"--benchmark-only", "--benchmark-skip", "--benchmark-json", "--benchmark-compare"}


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def validate(
    path: Path, schema: str = "vendor.github-workflows"
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(path)]
    return subprocess.run(command, capture_output=True, text=True)


def commands(source: str) -> Iterator[list[str]]:
    """The words of each `skipzeros COMMAND ...` on a line of its own or in a code span."""
    joined = re.sub(r"\\\n\s*", "", source)
    for span in re.findall(
        r"^\s*(?:\$ |run: |- )?(skipzeros .*)|`(skipzeros [^`]*)`", joined, re.M
    ):
        words = list(shlex.shlex("".join(span), posix=True, punctuation_chars=True))
        stop = next((n for n, word in enumerate(words) if set(word) <= set("|&;<>()")), len(words))
        yield words[1:stop]


@pytest.mark.parametrize("name", [*WORKFLOWS, WRITES])
def test_github_accepts_the_workflow(name: str) -> None:
    done = validate(ROOT / name)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", WORKFLOWS)
@pytest.mark.parametrize(
    ("sound", "broken"),
    [("runs-on:", "run-on:"), ("contents: read", "contents: everything"), ("uses:", "use:")],
)
def test_a_broken_workflow_is_refused(name: str, sound: str, broken: str, tmp_path: Path) -> None:
    assert sound in text(name)
    path = tmp_path / "broken.yml"
    path.write_text(text(name).replace(sound, broken, 1), encoding="utf-8")
    assert validate(path).returncode != 0


def test_gitlab_accepts_the_guides_job(tmp_path: Path) -> None:
    block = re.search(r"```yaml\n(.*?)```", text(GUIDE), re.DOTALL)
    assert block
    path = tmp_path / "gitlab-ci.yml"
    for job, accepted in ((block[1], True), (block[1].replace("script:", "scripts:"), False)):
        path.write_text(job, encoding="utf-8")
        done = validate(path, "vendor.gitlab-ci")
        assert (done.returncode == 0) == accepted, done.stdout + done.stderr


@pytest.mark.parametrize("name", [*WORKFLOWS, WRITES])
def test_no_script_of_a_workflow_holds_an_expression(name: str) -> None:
    # GitHub puts its value into the script before the shell reads it, whatever a branch is called.
    for line in text(name).splitlines():
        if "${{" in line:
            assert re.match(r"\s+(if|[A-Z_]+): ", line), line


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_may_only_read_and_ends_by_itself(name: str) -> None:
    assert re.search(r"^permissions:\n  contents: read\n\n", text(name), re.M)
    assert text(name).count("runs-on:") == text(name).count("timeout-minutes:")
    assert all(re.search(r"@v\d+$", use) for use in re.findall(r"uses: (\S+)", text(name)))


def test_each_job_that_writes_may_do_no_more_than_it_has_to() -> None:
    jobs = text(WRITES).split("\njobs:\n")[1]
    writes = dict(re.findall(r"^  (\w+):\n(?:(?!^  \w).*\n)*?      ([a-z-]+): write$", jobs, re.M))
    assert writes == {"add": "contents", "comment": "pull-requests"}
    assert re.search(r"^permissions:\n  contents: read\n\n", text(WRITES), re.M)
    assert text(WRITES).count("runs-on:") == text(WRITES).count("timeout-minutes:")
    assert all(re.search(r"@v\d+$", use) for use in re.findall(r"uses: (\S+)", text(WRITES)))


@pytest.mark.parametrize("name", [*WORKFLOWS, WRITES, GUIDE, "docs/commands.md"])
def test_every_command_shown_has_the_options_that_it_is_given(name: str) -> None:
    shown = list(commands(text(name)))
    assert any(words[0] in ("gate", "history") for words in shown)
    assert [problem for problem in map(unknown, shown) if problem] == []


def test_every_option_that_the_guide_names_exists() -> None:
    known = {option for one in COMMANDS for each in params(one) for option in each.opts}
    named = {
        option
        for span in re.findall(r"`([^`\n]+)`", text(GUIDE))
        for option in re.findall(r"(?<![\w-])--[a-z][a-z-]*", span)
        if not option.startswith("--skipzeros-")
    }
    assert named - PYTEST_OPTIONS <= known
    gate = {option for each in params("gate") for option in each.opts}
    shared = {option for each in params("run") for option in each.opts}
    assert gate - shared <= named


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("skipzeros run --rounds 6 || code=$?", ""),
        ("  $ skipzeros run --rounds 6 \\\n    --network csr > out.txt", ""),
        ("say `skipzeros list`", ""),
        ("skipzeros run --no-such-option", "run has no ['--no-such-option']"),
        ("skipzeros run --rounds", "Option '--rounds' requires an argument."),
        ("      run: skipzeros fly", "no command ['fly']"),
    ],
)
def test_a_command_that_does_not_exist_is_noticed(line: str, problem: str) -> None:
    (words,) = commands(line)
    assert unknown(words) == problem
