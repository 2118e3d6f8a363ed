"""What runs on a machine: one job in a process, which ends with whoever asked for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from skipzeros.bench.sweep.cells import Cell
from skipzeros.bench.sweep.digests import digest_of, package_digest
from skipzeros.bench.sweep.job import fingerprint, run_cell
from skipzeros.bench.timing.host_lock import alone_on_this_machine

RUN = ("--network", "csr", "--baseline", "csr", "--reviews", "20", "--rounds", "1")
SLOW = b"""
import time
from skipzeros import OnlineNetwork
class Mine(OnlineNetwork):
    def sum_rows(self, words, counts):
        time.sleep(600)
    def update_rows(self, words, counts, step):
        pass
"""


def job(*arguments: str, timeout: float = 300, package: str = "", **made: Any) -> dict[str, Any]:
    cell = Cell("", arguments or RUN, made.get("files", {}), made.get("data"), "")
    return {**cell.job(timeout), "package": package or package_digest()}


def done(wanted: dict[str, Any]) -> Any:
    return run_cell(wanted, lambda _: None)


@pytest.mark.slow
def test_a_cell_comes_back_with_its_records() -> None:
    found = done(job())
    assert (found["rc"], found["reason"]) == (0, "")
    assert set(found["tables"]) == {"passes.csv", "summary.csv", "parting.csv"}
    assert "csr" in found["tables"]["summary.csv"]
    assert found["about"] == fingerprint()
    assert 0 <= found["wait_seconds"] < found["seconds"]


def test_a_run_without_records_says_why() -> None:
    found = done(job("--network", "gone.py:Mine"))
    assert found["rc"] == 2
    assert "gone.py" in found["reason"]
    assert found["tables"] == {}


def test_other_code_and_other_data_are_refused_before_anything_runs(tmp_path: Path) -> None:
    found = done(job(package="123456789abc"))
    assert (found["rc"], found["tables"]) == (None, {})
    assert "not 123456789abc" in found["reason"]
    (tmp_path / "mine.csv").write_text("text,label\na,1\n")
    data = str(tmp_path / "mine.csv")
    found = done(job(data=(data, "123456789abc")))
    assert found["reason"] == f"{data} is {digest_of(Path(data))} on this machine, not 123456789abc"
    found = done(job(data=(f"{data}.gone", "123456789abc")))
    assert "No such file or directory on this machine" in found["reason"]


def test_digests_differ_with_names_and_contents(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x").write_text("1")
    first = digest_of(tmp_path / "a")
    (tmp_path / "a" / "x").rename(tmp_path / "a" / "y")
    second = digest_of(tmp_path / "a")
    (tmp_path / "a" / "y").write_text("2")
    assert len({first, second, digest_of(tmp_path / "a")}) == 3


def test_a_run_that_does_not_end_is_ended() -> None:
    found = done(job("--network", "mine.py:Mine", files={"mine.py": SLOW}, timeout=5))
    assert found["reason"] == "there was no end within 5 s"
    assert found["rc"] == 6


@pytest.fixture
def process() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-P", "-m", "skipzeros.bench.sweep"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as started:
        yield started
        started.kill()


def children(number: int) -> list[int]:
    found = Path(f"/proc/{number}/task/{number}/children").read_text().split()
    return [int(child) for child in found]


@pytest.mark.skipif(sys.platform != "linux", reason="children are told by Linux")
@pytest.mark.parametrize("killed", [False, True])
def test_a_job_ends_with_whoever_asked(process: subprocess.Popen[str], killed: bool) -> None:
    assert process.stdin is not None
    wanted = job("--network", "mine.py:Mine", files={"mine.py": SLOW})
    process.stdin.write(json.dumps(wanted) + "\n")
    process.stdin.flush()
    until = time.monotonic() + 60
    while len(children(process.pid)) < 2 and time.monotonic() < until:  # a keeper, and the run
        time.sleep(0.1)
    started = children(process.pid)
    assert len(started) == 2
    if killed:
        process.kill()
    else:
        process.stdin.close()
    process.wait(60)
    while any(map(alive, started)) and time.monotonic() < until:
        time.sleep(0.1)
    assert not any(map(alive, started))
    with alone_on_this_machine(wait=False):
        pass


def alive(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


def test_the_process_says_what_the_machine_is(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("{}\n")
    process.stdin.flush()
    assert json.loads(process.stdout.readline())["package"] == package_digest()
