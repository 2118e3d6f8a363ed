"""A sweep over two machines, in two network namespaces, to which everything happens.

A worker is killed, the client is killed, a worker comes late, a cable is pulled, and one cell kills
each worker that it meets: no cell but that one is lost, no row is there twice, and none is missing.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import pandas as pd
import pytest
from samples import SHORT_RUN


def why_not() -> str:
    """Why there can't be two machines here; empty where there can."""
    if find_spec("distributed") is None:
        return "Dask is missing: pip install 'skipzeros[cluster]'"
    if sys.platform != "linux" or not shutil.which("ip"):
        return "network namespaces want Linux, and `ip` of iproute2"
    if os.geteuid() != 0:
        return "network namespaces want root"
    name = f"skipzeros-{os.getpid()}"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True).returncode == 0
    if made:
        subprocess.run(["ip", "netns", "del", name], check=True)
    return "" if made else "this container may make no network namespace"


pytestmark = pytest.mark.slow

CELLS = f"""
attempts = 2
timeout = 300
{SHORT_RUN}
[matrix]
hidden = [3, 4, 5]
dtype = ["float64", "float32"]
seed = [1, 2]
[[cell]]
network = ["csr", "killer.py:Killer"]
no-sandbox = true
"""
KILLER = """
import os, signal
from pathlib import Path
from skipzeros import OnlineNetwork

def end_the_worker_of_dask():
    number = os.getppid()
    while number > 1:
        words = Path(f"/proc/{number}/cmdline").read_bytes()
        if b"dask" in words and b"worker" in words:
            os.kill(number, signal.SIGKILL)
        number = int(Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[1])

class Killer(OnlineNetwork):
    def __init__(self, *arguments, **named):
        end_the_worker_of_dask()
        super().__init__(*arguments, **named)
    def sum_rows(self, words, counts):
        return self.weights_0_1[words].sum(axis=0)
    def update_rows(self, words, counts, step):
        self.weights_0_1[words] -= step
"""
# So that a lost machine is found out within seconds.
QUICK = {"DASK_DISTRIBUTED__COMM__TIMEOUTS__TCP": "12s",
         "DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "20s"}  # fmt: skip


class Machine:
    """A namespace with a cable to this machine, and a worker that a loop starts again."""

    def __init__(self, number: int, folder: Path) -> None:
        self.name, self.folder, self.number = f"skipzeros{number}", folder, number
        self.here, self.there = f"10.99.{number}.1", f"10.99.{number}.2"
        self.cable = f"sz{number}"
        self.worker: subprocess.Popen[bytes] | None = None

    def plug_in(self) -> None:
        ip("netns", "add", self.name)
        ip("link", "add", self.cable, "type", "veth", "peer", "name", "inside", "netns", self.name)
        ip("addr", "add", f"{self.here}/24", "dev", self.cable)
        ip("link", "set", self.cable, "up")
        ip("-n", self.name, "addr", "add", f"{self.there}/24", "dev", "inside")
        ip("-n", self.name, "link", "set", "inside", "up")
        ip("-n", self.name, "link", "set", "lo", "up")

    def start(self, port: int) -> None:
        environment = {
            **os.environ,
            **QUICK,
            "SKIPZEROS_MACHINE": self.name,
            "SKIPZEROS_LOCK": str(self.folder / f"{self.name}.lock"),
        }
        loop = (
            f"while true; do {sys.executable} -m dask worker tcp://{self.here}:{port} --nthreads 1 "
            f"--name {self.name} --no-dashboard --no-nanny --death-timeout 20; sleep 1; done"
        )
        with (self.folder / f"{self.name}.log").open("ab") as log:
            self.worker = subprocess.Popen(
                ["ip", "netns", "exec", self.name, "bash", "-c", loop],
                env=environment, start_new_session=True, cwd=self.folder,
                stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip

    def kill_worker(self) -> None:
        """Kill Dask's worker; the loop starts another one."""
        for path in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                words = (path / "cmdline").read_bytes().split(b"\0")
                if b"worker" in words and self.name.encode() in words:
                    os.kill(int(path.name), signal.SIGKILL)

    def unplug(self) -> None:
        if self.worker is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.worker.pid, signal.SIGKILL)
            self.worker.wait()
        subprocess.run(["ip", "netns", "del", self.name], capture_output=True)
        subprocess.run(["ip", "link", "del", self.cable], capture_output=True)


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[list[Machine]]:
    # Here, because to find it out makes a namespace.
    if reason := why_not():
        pytest.skip(reason)
    found = [Machine(number, tmp_path) for number in (1, 2)]
    try:
        for machine in found:
            machine.plug_in()
        yield found
    finally:
        for machine in found:
            machine.unplug()


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    path = tmp_path / "scheduler.json"
    command = [sys.executable, "-m", "dask", "scheduler", "--port", "0", "--host", "0.0.0.0",
               "--no-dashboard", "--scheduler-file", str(path)]  # fmt: skip
    with (tmp_path / "scheduler.log").open("wb") as log:
        scheduler = subprocess.Popen(
            command, env={**os.environ, **QUICK}, start_new_session=True, stdout=log, stderr=log
        )
    until(lambda: path.is_file())
    yield int(json.loads(path.read_text())["address"].rpartition(":")[2])
    os.killpg(scheduler.pid, signal.SIGKILL)
    scheduler.wait()


def until(there: Callable[[], bool], seconds: float = 240) -> None:
    end = time.monotonic() + seconds
    while not there():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_whatever_happens_nothing_is_lost(
    machines: list[Machine], port: int, tmp_path: Path
) -> None:
    (tmp_path / "sweep.toml").write_text(CELLS)
    (tmp_path / "killer.py").write_text(KILLER)
    out = tmp_path / "out"
    command = [sys.executable, "-m", "skipzeros", "sweep", "sweep.toml", "--scheduler",
               f"tcp://127.0.0.1:{port}", "--out", "out", "--resume"]  # fmt: skip

    def client() -> subprocess.Popen[bytes]:
        with (tmp_path / "client.log").open("ab") as log:
            return subprocess.Popen(
                command, cwd=tmp_path, env={**os.environ, **QUICK}, stdout=log, stderr=log
            )

    def attempts() -> int:
        path = out / "attempts.csv"
        return len(path.read_text().splitlines()) - 1 if path.is_file() else 0

    def wait_for(more: int) -> None:
        begun = attempts()
        until(lambda: attempts() >= begun + more)
        time.sleep(1)  # in the midst of a cell

    first, late = machines
    first.start(port)
    running = client()
    wait_for(2)
    first.kill_worker()
    wait_for(1)
    running.kill()
    running.wait()
    late.start(port)
    running = client()
    wait_for(3)
    ip("link", "set", late.cable, "down")
    time.sleep(45)
    ip("link", "set", late.cable, "up")
    code = running.wait(600)
    told = (tmp_path / "client.log").read_text()
    assert code == 6, told

    cells = pd.read_csv(out / "cells.csv")
    assert len(cells) == 13
    killer = cells["arguments"].str.contains("killer")
    assert cells.loc[~killer, "state"].tolist() == ["done"] * 12, told
    assert cells.loc[killer, "state"].tolist() == ["lost"], told
    assert cells.loc[~killer, "machine"].nunique() == 2
    passes = pd.read_csv(out / "passes.csv")
    assert not passes.duplicated(["cell", "network", "set", "round"]).any()
    assert (passes.groupby(["cell", "network"]).size() == 6).all()
    assert passes["cell"].nunique() == 12
