"""Runs that are killed at a random moment: what they leave behind, and how the next one goes on.

`SKIPZEROS_KILLS=30 pytest tests/processes/test_killed.py -s` kills more, and prints the totals.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pandas as pd
import pytest

from skipzeros.bench.gate.decide import LOOKS

pytestmark = [
    pytest.mark.clock,
    pytest.mark.skipif(
        sys.platform != "linux",
        reason="only Linux ends a child with its parent, and lists in /proc",
    ),
]

KILLS = int(os.environ.get("SKIPZEROS_KILLS", "6"))
# What is run, and how it is killed: the first six have every way, all twelve every pair.
WAYS = [
    ("run", "parent"), ("run", "worker"), ("gate", "both"), ("run", "SIGTERM"), ("run", "SIGINT"),
    ("run", "keeper"), ("gate", "parent"), ("gate", "worker"), ("run", "both"),
    ("gate", "SIGTERM"), ("gate", "SIGINT"), ("gate", "keeper"),
]  # fmt: skip
KILLED_CODES = {"parent": -9, "both": -9, "keeper": -9, "SIGTERM": 143, "SIGINT": 130}
EXIT_CODES = {
    "pass": 0, "faster": 0, "slower": 1, "inconclusive": 4, "no baseline": 5, "failed": 6
}  # fmt: skip
MINE = "from skipzeros.impls.add_reduce import AddReduce\nclass Mine(AddReduce): pass\n"
NETWORKS = {"run": 2, "gate": 4}  # the gate's self-test has two more
IN_A_SET = 6  # rounds
SECONDS = 240  # only what hangs takes so long


@pytest.fixture(scope="module")
def totals() -> Iterator[Counter[str]]:
    found: Counter[str] = Counter()
    yield found
    ways = {way: found[way] for way in ("parent", "worker", "both", "keeper", "SIGTERM", "SIGINT")}
    print(
        f"\n{sum(ways.values())} kills ({', '.join(f'{way} {of}' for way, of in ways.items())}): "
        f"{found['kept']} rounds kept, {found['cut']} in flight cut short, {found['lost']} lost"
    )


class Killed:
    """A command in a repository, with a folder for temporary files, that is to be killed."""

    def __init__(self, folder: Path, command: str) -> None:
        self.folder, self.command, self.out = folder, command, folder / "out"
        self.temporary, self.marker = folder / "temporary", uuid.uuid4().hex
        self.temporary.mkdir()
        draw = random.Random(1)
        for name, line in (
            ("reviews", lambda: " ".join(f"w{draw.randrange(200)}" for _ in range(30))),
            ("labels", lambda: draw.choice(["positive", "negative"])),
        ):
            lines = "".join(f"{line()}\n" for _ in range(1500))
            (folder / f"{name}.txt").write_text(lines)
        (folder / "repository").mkdir()
        (folder / "repository" / "mine.py").write_text(MINE)
        author = ("-c", "user.name=Nobody", "-c", "user.email=nobody@example.org")
        for step in (("init", "-q"), ("add", "."), (*author, "commit", "-q", "-m", "first")):
            self.git(*step)
        self.git_files = self.list_git()

    def git(self, *arguments: str) -> str:
        where = self.folder / "repository"
        done = subprocess.run(["git", *arguments], cwd=where, check=True, capture_output=True)
        return done.stdout.decode()

    def list_git(self) -> list[Path]:
        return sorted((self.folder / "repository" / ".git").rglob("*"))

    def start(self, *options: str) -> subprocess.Popen[str]:
        own = {
            "run": ["--network", "add-reduce", "--network", "sum-loop", "--baseline", "sum-loop"],
            # So wide a limit that the first look decides, unless the machine is very restless.
            "gate": ["--network", "mine.py:Mine", "--against", "HEAD", "--max-slowdown", "50%",
                     "--rounds", str(12 * IN_A_SET)],
        }[self.command]  # fmt: skip
        given = ["--data", str(self.folder), "--reviews", "300", "--out", str(self.out), *options]
        return subprocess.Popen(
            [sys.executable, "-m", "skipzeros", self.command, *own, *given],
            cwd=self.folder / "repository",
            env={**os.environ, "TMPDIR": str(self.temporary), "SKIPZEROS_TEST": self.marker},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def finish(self, *options: str) -> tuple[int, str]:
        """The exit code of the command, and all that it says; the reason of a failure is there."""
        with self.start(*options) as process:
            told, _ = process.communicate(timeout=SECONDS)
        return process.returncode, told

    def processes(self, module: str = "") -> list[int]:
        """The processes of this command that are not gone; those that run a module."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                ours = self.marker.encode() in (process / "environ").read_bytes()
                if ours and module.encode() in (process / "cmdline").read_bytes():
                    found.append(int(process.name))
        return found

    def kill(self, parent: subprocess.Popen[str], way: str) -> None:
        least = random.randint(3, 40)
        until(lambda: len(self.lines()) > least or parent.poll() is not None)
        time.sleep(random.uniform(0, 0.1))
        assert parent.poll() is None, self.lines()[-1:]
        while way in ("worker", "both", "keeper"):  # between two sets there is no worker
            victims = self.processes("skipzeros.bench.")
            if way == "keeper":  # that of a worker, or that of the folder
                victims = [one for one in victims if started_by(one) == parent.pid]
                victims += self.processes("/skipzeros-")
            with suppress(ProcessLookupError, IndexError):
                os.kill(random.choice(victims), signal.SIGKILL)
                break
        if way != "worker":
            number = signal.SIGKILL if KILLED_CODES[way] == -9 else signal.Signals[way]
            os.kill(parent.pid, number)

    def lines(self) -> list[str]:
        path = self.out / "passes.csv"
        return path.read_text().splitlines(keepends=True) if path.exists() else []


def started_by(process: int) -> int:
    with suppress(OSError):
        return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
    return 0


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def rounds(passes: pd.DataFrame) -> list[list[str]]:
    """The networks of each round, in the order of the file; each of them once."""
    found = [list(rows["network"]) for _, rows in passes.groupby(["set", "round"], sort=False)]
    assert all(len(names) == len(set(names)) for names in found)
    return found


@pytest.mark.skipif(shutil.which("git") is None, reason="git isn't installed")
@pytest.mark.slow
@pytest.mark.parametrize("number", range(KILLS))
def test_a_killed_run_keeps_its_rounds_and_leaves_nothing_else(
    number: int, tmp_path: Path, totals: Counter[str]
) -> None:
    command, way = WAYS[number % len(WAYS)]
    killed = Killed(tmp_path, command)
    many = [] if command == "gate" else ["--rounds", "120" if way == "worker" else "2000"]
    with killed.start(*many) as parent:
        try:
            killed.kill(parent, way)
            told, _ = parent.communicate(timeout=SECONDS)
        finally:
            parent.kill()
    until(lambda: not killed.processes())
    until(lambda: not list(killed.temporary.glob("skipzeros-*")))
    assert killed.list_git() == killed.git_files
    assert len(killed.git("worktree", "list").splitlines()) == 1
    passes = pd.read_csv(killed.out / "passes.csv")
    found = rounds(passes)
    complete = [len(names) == NETWORKS[command] for names in found]
    totals[way] += 1
    totals["kept"] += sum(complete)
    if way == "worker":
        assert "fault of skipzeros" not in told
        judge = judge_run if command == "run" else judge_gated
        judge(killed, passes, parent.returncode, told)
        return
    totals["cut"] += not complete[-1]
    assert parent.returncode == KILLED_CODES[way], told
    assert [file.name for file in killed.out.iterdir()] == ["passes.csv"]
    if way in ("both", "keeper"):  # whose parent may have got a little further, without that worker
        dead = {frozenset(passes["network"]) - set(names) for names in found[:-1]} - {frozenset()}
        assert len(dead) <= 1
        complete = complete[: complete.index(False)] if dead else complete
    totals["lost"] += complete[:-1].count(False)
    assert all(complete[:-1])
    judge_next(killed, passes, resume=number % 3 != 0)


def judge_gated(killed: Killed, passes: pd.DataFrame, code: int, told: str) -> None:
    """A worker is dead, and the gate went on: it says so, or it didn't need that one any more."""
    dead: set[str] = set()
    for _, rows in passes.groupby("set"):
        left = [set(rows["network"]) - set(names) for names in rounds(rows)]
        assert sorted(left, key=len) == left  # who is missing once is missing from then on
        dead |= left[-1]
    assert len(dead) <= 1
    verdict = pd.read_csv(killed.out / "gate.csv")["verdict"][0]
    assert code == EXIT_CODES[verdict], told
    own = {name.partition("@")[0]: "no baseline" if "@" in name else "failed" for name in dead}
    if not any(" (" in name for name in dead):  # which is only the gate's own test
        assert own in ({}, {"mine.py:Mine": verdict}), told


def judge_run(killed: Killed, passes: pd.DataFrame, code: int, told: str) -> None:
    """A worker is dead, and the run went on: its network is failed, the other is not.

    Or the worker is dead that does nothing, beside which passes are timed; then both are certified.
    """
    summary = pd.read_csv(killed.out / "summary.csv").set_index("network")
    dead, alive = (summary[summary["status"] == status] for status in ("failed", "certified"))
    left = [2 - len(names) for names in rounds(passes)]
    if dead.empty:
        assert len(alive) == 2, told
        assert left == [0] * 120
        return
    assert list(dead["reason"]) == ["its process was killed by SIGKILL"], told
    assert sorted(left) == left
    assert (passes["network"] == alive.index[0]).sum() == len(left) == 120
    assert code == 6, told


def judge_next(killed: Killed, passes: pd.DataFrame, resume: bool) -> None:
    """The next run goes on, or says what it replaces."""
    lines, there = killed.lines(), len(rounds(passes))
    names = passes.groupby("set")["network"].agg(list)
    kept = set(names.index)
    if killed.command == "gate":
        kept = {number for number in kept if len(names[number]) == NETWORKS["gate"] * IN_A_SET}
    options = [] if killed.command == "gate" else ["--rounds", str(there + 6 if resume else 6)]
    code, told = killed.finish(*options, *(["--resume"] if resume else []))
    assert code in ((0,) if killed.command == "run" else (0, 1, 4)), told
    after = pd.read_csv(killed.out / "passes.csv")
    found = rounds(after)
    assert after["run_id"].nunique() == 1
    if not resume:
        assert f"holds {there} rounds of an interrupted run: starting anew" in told
        assert after["run_id"][0] != passes["run_id"][0]
        assert len(found) == 6 or killed.command == "gate"
        return
    old = [line for line, number in zip(lines[1:], passes["set"], strict=True) if number in kept]
    assert killed.lines()[: 1 + len(old)] == [lines[0], *old]  # to the last digit
    assert after["run_id"][0] == passes["run_id"][0]
    assert not set(after["set"][len(old) :]) & kept
    if killed.command == "run":
        assert f"Going on after {there} rounds of {passes['run_id'][0]}" in told
        sizes = [len(one) for one in rounds(passes)]
        cut_short = len(sizes) > 1 and sizes[-1] < sizes[-2]  # doesn't count as one of them
        assert len(found) == there + 6 + cut_short
        assert (pd.read_csv(killed.out / "summary.csv")["status"] == "certified").all(), told
        return
    assert f"Going on after {len(kept) * IN_A_SET} rounds of" in told
    assert (after.groupby(["set", "network"]).size() == IN_A_SET).all()  # none is cut short
    # Until the first look every network is in every set; later, who is still undecided.
    assert (after.groupby("set")["network"].nunique().head(LOOKS[0]) == NETWORKS["gate"]).all()
    assert set(pd.read_csv(killed.out / "gate.csv")["verdict"]) <= {
        "pass", "faster", "slower", "inconclusive"
    }  # fmt: skip
