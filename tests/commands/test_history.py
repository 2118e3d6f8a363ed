"""A history grows by runs, stays as it is where nothing is new, and shows its steps."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result
from made_runs import written

from skipzeros.bench.cli import cli
from skipzeros.bench.history.file import add_rows, rows_to_add
from skipzeros.bench.outcomes import Status
from skipzeros.bench.records.rows import HistoryRow, columns
from skipzeros.bench.records.run_folder import RunFolder

needs_ruptures = pytest.mark.skipif(
    find_spec("ruptures") is None, reason="ruptures is missing: pip install 'skipzeros[history]'"
)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    return tmp_path


def told(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["history", *arguments])


def added(
    folder: Path,
    number: int,
    mine: float,
    *,
    file: str = "history.csv",
    words: Sequence[str] = (),
    **other: object,
) -> Result:
    """Add a run of a commit with this number."""
    run = written(
        folder / f"run-{number}", {"base": 1.0, "mine": mine}, seed=number, noise=0.002,
        git_revision=f"{number:012x}", run_id=f"2026-11-{1 + number:02}T10:00:00Z-abcdef",
        **other,  # type: ignore[arg-type]
    )  # fmt: skip
    return told("add", str(run), *(words or ("--file", file)))


def test_a_run_adds_a_line_for_each_network_and_only_once(here: Path) -> None:
    result = added(here, 1, 0.5, statuses={"broke": Status.FAILED})
    assert result.output == "history.csv: 3 lines of 000000000001 added.\n"
    found = pd.read_csv("history.csv")
    assert tuple(found) == columns(HistoryRow)
    assert found["network"].tolist() == ["base", "mine", "broke"]
    assert found["time"].tolist() == ["2026-11-02T10:00:00Z"] * 3
    assert found["status"].tolist() == ["certified", "certified", "failed"]
    assert found["ratio"].tolist()[:2] == [1, pytest.approx(0.5, rel=0.01)]
    assert found["ratio"].isna().tolist() == [False, False, True]
    before = Path("history.csv").read_bytes()
    again = told("add", "run-1")
    assert again.output.startswith("history.csv: this run of 000000000001 is there already")
    assert Path("history.csv").read_bytes() == before
    assert added(here, 2, 0.5).exit_code == 0
    assert Path("history.csv").read_bytes().startswith(before)


def test_the_commit_is_told_with_its_subject(here: Path) -> None:
    for command in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "Sum, don't copy"]):
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=b@c", *command], check=True)
    rev = subprocess.run(
        ["git", "describe", "--always", "--abbrev=12"], capture_output=True, text=True, check=True
    ).stdout.strip()
    run = written(here / "run", {"base": 1.0, "mine": 0.5}, git_revision=f"{rev}-dirty")
    result = told("add", str(run))
    assert "Files differed from that commit" in result.output
    found = pd.read_csv("history.csv")
    assert set(found["subject"]) == {"Sum, don't copy"}
    assert set(found["commit"]) == {f"{rev}-dirty"}


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"git_revision": ""}, "was run outside of a git repository"),
        ({"baseline": "none"}, "its baseline isn't certified there; name another anchor"),
    ],
)
def test_what_cannot_be_added_is_told(other: dict[str, str], message: str, here: Path) -> None:
    run = written(here / "run", {"base": 1.0, "mine": 0.5}, **other)  # type: ignore[arg-type]
    result = told("add", str(run))
    assert result.exit_code == 2
    assert message in result.output
    assert not Path("history.csv").exists()


def test_an_anchor_may_be_named(here: Path) -> None:
    run = written(here / "run", {"base": 1.0, "mine": 0.5})
    assert told("add", str(run), "--anchor", "mine").exit_code == 0
    assert pd.read_csv("history.csv")["ratio"].tolist() == [pytest.approx(2, rel=0.01), 1]


def test_what_is_no_history_is_told(here: Path) -> None:
    assert "history add FOLDER` begins it" in told("show").output
    Path("history.csv").write_text("commit,network\na,b\n")
    result = told("show")
    assert (result.exit_code, result.output[:28]) == (2, "Error: history.csv:1: lacks ")
    before = Path("history.csv").read_bytes()
    assert added(here, 1, 0.5).exit_code == 2
    assert Path("history.csv").read_bytes() == before


def test_a_history_is_added_to_as_it_was_written(here: Path) -> None:
    added(here, 1, 0.5)
    text = Path("history.csv").read_text()
    head, *lines = text.splitlines()
    turned = [",".join(reversed(line.split(","))) for line in (head, *lines)]
    older = [line.rsplit(",", 1)[0] for line in (head, *lines)]  # without the last column
    for before in (text.rstrip("\n"), text.replace("\n", "\r\n"), "\ufeff" + text,
                   "\n".join(turned)):  # fmt: skip
        Path("history.csv").write_bytes(before.encode())
        Path("link.csv").unlink(missing_ok=True)
        Path("link.csv").symlink_to("history.csv")
        shutil.rmtree("run-2", ignore_errors=True)
        assert added(here, 2, 0.5, file="link.csv").output.startswith("link.csv: 2 lines"), before
        after = Path("history.csv").read_bytes()
        assert after.startswith(before.encode())
        assert Path("link.csv").is_symlink()
        assert len({line.endswith(b"\r") for line in after.split(b"\n")[:-1]}) == 1
        found = pd.read_csv("history.csv", encoding="utf-8-sig")
        assert found["commit"].astype(str).nunique() == 2
        assert found["network"].tolist() == ["base", "mine"] * 2
    Path("history.csv").write_text("\n".join(older))
    shutil.rmtree("run-2")
    assert added(here, 2, 0.5).exit_code == 0
    found = pd.read_csv("history.csv")
    assert "machine" not in found
    assert found["network"].tolist() == ["base", "mine"] * 2


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such locks")
def test_nothing_is_lost_where_several_add_at_once(here: Path) -> None:
    for number in range(6):
        written(here / f"run-{number}", {"base": 1.0, "mine": 0.5}, git_revision=f"{number:012x}")
    runs = [RunFolder.read(here / f"run-{number}") for number in range(6)]
    with ThreadPoolExecutor(6) as pool:
        numbers = list(pool.map(lambda run: add_rows(Path("h.csv"), rows_to_add(run, "")), runs))
    assert numbers == [2] * 6
    assert len(pd.read_csv("h.csv")) == 12


@pytest.mark.parametrize("revision", ["--output=gone", "HEAD~1", "a\nb", "abc; x"])
def test_a_revision_that_is_none_never_reaches_git(revision: str, here: Path) -> None:
    run = written(here / "run", {"base": 1.0, "mine": 0.5}, git_revision=revision)
    result = told("add", str(run))
    assert result.exit_code == 2
    assert "is no commit" in result.output
    assert not Path("gone").exists()
    assert not Path("history.csv").exists()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_only_plain_files_are_written(here: Path) -> None:
    os.mkfifo("pipe")
    for words in (["--file", "pipe"], ["--file", "nowhere/h.csv"]):
        result = added(here, 1, 0.5, words=words)
        assert result.exit_code == 2, result.output
        assert result.output.startswith("Error: ")
        shutil.rmtree("run-1")
    added(here, 2, 0.5)
    for html in ("pipe", "nowhere/h.html"):
        assert told("show", "--html", html).exit_code == 2
    assert stat.S_ISFIFO(Path("pipe").stat().st_mode)


@needs_ruptures
def test_a_step_is_shown_with_its_commit(here: Path) -> None:
    for number in range(1, 13):
        assert added(here, number, 0.5 if number < 7 else 0.6).exit_code == 0
    result = told("show", "--html", "history.html")
    assert result.exit_code == 0, result.output
    assert "12 commits; 40 reviews of mine, hidden 10" in result.output
    assert "slower since 000000000007" in result.output
    assert len([line for line in result.output.splitlines() if line.startswith("mine ")]) == 1
    assert "base: " not in result.output
    page = Path("history.html").read_text()
    assert "slower since 000000000007" in page
    document = json.loads(told("show", "--json", "--network", "mine").stdout)
    assert len(document["rows"]) == 12
    (step,) = document["steps"]
    assert (step["network"], step["commit"]) == ("mine", "000000000007")
    assert step["change"] == pytest.approx(1.2, rel=0.02)
    assert any("slower since 000000000007" in note for note in document["notes"])
    assert told("show", "--network", "other").exit_code == 2


@needs_ruptures
def test_few_commits_are_told_to_be_few(here: Path) -> None:
    for number in range(1, 4):
        added(here, number, 0.5 if number < 3 else 0.9)
    assert "Too few commits to tell a step: there are 3 of 6" in told("show").output


@needs_ruptures
def test_other_machines_and_scenarios_are_series_of_their_own(here: Path) -> None:
    for number in range(1, 4):
        added(here, number, 0.5)
    added(here, 4, 0.9, numpy="2.9")
    added(here, 5, 0.9, hidden=20)
    result = told("show")
    assert [line for line in result.output.splitlines() if "; 40 reviews" in line] == [
        "3 commits; 40 reviews of mine, hidden 10; some, numpy 2.0",
        "1 commit; 40 reviews of mine, hidden 10; some, numpy 2.9",
        "1 commit; 40 reviews of mine, hidden 20; some, numpy 2.0",
    ]


@needs_ruptures
def test_one_that_lost_its_speed_is_told(here: Path) -> None:
    added(here, 1, 0.5)
    written(
        here / "late", {"base": 1.0}, statuses={"mine": Status.INCORRECT}, git_revision="beef",
        run_id="2026-12-01T10:00:00Z-abcdef",
    )  # fmt: skip
    told("add", "late")
    assert "mine: incorrect at beef" in told("show").output
