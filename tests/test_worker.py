"""Bad plug-ins never take the run down: each is a row with one line of reason."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from skipzeros import Reviews
from skipzeros.bench.driver import workers
from skipzeros.bench.errors import BadInput
from skipzeros.bench.examine import Result
from skipzeros.bench.run import check, run
from skipzeros.bench.scenario import Scenario

BAD = """
import os, signal, sys, time
import numpy as np
from skipzeros.impls.add_reduce import AddReduce

class Crashes(AddReduce):
    def train(self, prepared):
        os.kill(os.getpid(), signal.SIGSEGV)

class CrashesUnderTheClock(AddReduce):
    passes = 0
    def train(self, prepared):
        type(self).passes += len(prepared) == 40
        if self.passes > 3:
            os.kill(os.getpid(), signal.SIGSEGV)
        return super().train(prepared)

class Quits(AddReduce):
    def prepare(self, reviews):
        sys.exit(7)

class Hangs(AddReduce):
    def train(self, prepared):
        while True:
            time.sleep(0.01)

class Prints(AddReduce):
    def train(self, prepared):
        print('{"progress": "no answer of ours"}', flush=True)
        os.write(1, b"nor this\\n")
        return super().train(prepared)

class Greedy(AddReduce):
    def prepare(self, reviews):
        self.much = np.ones(400_000_000)
        return super().prepare(reviews)

class WrongShape(AddReduce):
    def rows(self, words):
        return self.weights_0_1[words].T

class Text(AddReduce):
    def train(self, prepared):
        return np.array(["much"] * len(prepared))
"""


@pytest.fixture
def bad(tmp_path: Path) -> str:
    (tmp_path / "bad.py").write_text(BAD)
    return str(tmp_path / "bad.py")


def result_of(
    network: str, reviews: Reviews, timeout: float = 60, memory: int | None = None
) -> Result:
    """The result of one network, examined beside a sound one that must stay certified."""
    networks = [("bad", network), ("sound", "sum-loop")]
    with workers(networks, reviews.presence(), Scenario(), timeout, memory) as drivers:
        for driver in drivers:
            driver.certify(None, 1, lambda reviews: None)
    assert drivers[1].result.status == "certified"
    return drivers[0].result


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Crashes", "its process was killed by SIGSEGV"),
        ("Quits", "its process ended with exit code 7"),
        ("Hangs", "no answer within 2 seconds; --timeout allows more"),
    ],
)
def test_one_that_ends_its_process_or_never_answers_is_failed(
    name: str, reason: str, bad: str, few_reviews: Reviews
) -> None:
    timeout = 2 if name == "Hangs" else 60
    result = result_of(f"{bad}:{name}", few_reviews, timeout)
    assert (result.status, result.reason) == ("failed", reason)


def test_one_that_takes_too_much_memory_is_failed(bad: str, few_reviews: Reviews) -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux counts a process's allocations against a limit")
    result = result_of(f"{bad}:Greedy", few_reviews, memory=2 * 1024**3)
    assert result.status == "failed"
    assert "MemoryError" in result.reason


def test_what_a_network_prints_is_no_answer(
    bad: str, few_reviews: Reviews, capfd: pytest.CaptureFixture[str]
) -> None:
    assert result_of(f"{bad}:Prints", few_reviews).status == "certified"
    assert "nor this" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("name", "reason"),
    [("WrongShape", "rows of "), ("Text", "output is <U4, expected an array of floating numbers")],
)
def test_wrong_shapes_and_dtypes_are_incorrect(
    name: str, reason: str, bad: str, few_reviews: Reviews
) -> None:
    result = result_of(f"{bad}:{name}", few_reviews)
    assert result.status == "incorrect"
    assert reason in result.reason


def test_a_crash_under_the_clock_leaves_the_other_passes(
    bad: str, few_reviews: Reviews, tmp_path: Path
) -> None:
    networks = [("bad", f"{bad}:CrashesUnderTheClock"), ("sound", "sum-loop")]
    results, rows, _ = run(
        networks, "sound", few_reviews.presence(), "few", Scenario(), None, 6, 1, 60, tmp_path
    )
    assert (results[0].status, results[0].reason) == (
        "failed", "its process was killed by SIGSEGV"
    )  # fmt: skip
    assert rows[0]["rank"] is None
    assert rows[1]["rank"] == 1
    passes = pd.read_csv(tmp_path / "passes.csv")
    assert (passes["network"] == "sound").sum() == 6


def test_a_class_that_is_not_there_is_bad_input(bad: str, few_reviews: Reviews) -> None:
    with pytest.raises(BadInput, match=r"bad\.py defines no Absent"):
        check([("bad", f"{bad}:Absent")], few_reviews.presence(), Scenario(), None, 60)


def children() -> list[str]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if b"skipzeros.bench.worker" in (process / "cmdline").read_bytes():
                found.append(process.name)
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
def test_no_worker_outlives_a_parent_that_is_killed(bad: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "skipzeros", "check", "--network", f"{bad}:Hangs"]
    before = set(children())
    parent = subprocess.Popen(
        [*command, "--reviews", "100"], cwd=tmp_path, stdout=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 30
    while len(children()) == len(before) and time.monotonic() < deadline:
        time.sleep(0.05)
    own = set(children()) - before
    assert own
    time.sleep(1)
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    while own & set(children()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not own & set(children())


def test_workers_are_gone_when_the_run_is(bad: str, few_reviews: Reviews) -> None:
    networks = [("a", "add-reduce"), ("b", f"{bad}:Prints")]
    with workers(networks, few_reviews.presence(), Scenario(), 60) as drivers:
        processes = [driver._process for driver in drivers]
        assert all(process.poll() is None for process in processes)
    assert all(process.poll() is not None for process in processes)
