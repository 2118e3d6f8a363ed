"""Sweeps over real workers of Dask, which are killed; and what is refused before anything runs."""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from shutil import which

import pandas as pd
import pytest
from click.testing import CliRunner, Result
from samples import SHORT_RUN

from skipzeros.bench.cli import cli
from skipzeros.bench.sweep import dask_engine

pytestmark = pytest.mark.skipif(
    find_spec("distributed") is None, reason="Dask is missing: pip install 'skipzeros[cluster]'"
)

CELLS = f"""
{SHORT_RUN}
[matrix]
hidden = [3, 4]
[[cell]]
network = ["csr", "mine.py:Mine"]
"""
MINE = """
import numpy as np
from skipzeros import OnlineNetwork
class Mine(OnlineNetwork):
    def sum_rows(self, words, counts):
        return self.weights_0_1[words].sum(axis=0) + 1
    def update_rows(self, words, counts, step):
        self.weights_0_1[words] -= step
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(MINE)
    (tmp_path / "sweep.toml").write_text(CELLS)
    return tmp_path


def swept(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["sweep", *arguments])


@pytest.mark.slow
def test_a_sweep_here_is_done_and_gone_on_with(folder: Path) -> None:
    result = swept("sweep.toml", "--local", "1", "--out", "out")
    assert result.exit_code == 3, result.output  # mine is incorrect
    assert "Of 3 cells: 3 done; on 1 machine." in result.output
    cells = pd.read_csv("out/cells.csv")
    assert cells["state"].tolist() == ["done"] * 3
    assert cells["rc"].tolist() == [0, 0, 3]
    passes, summary = pd.read_csv("out/passes.csv"), pd.read_csv("out/summary.csv")
    assert set(passes["cell"]) == set(summary["cell"]) == set(cells["cell"])
    assert set(passes["machine"]) == {cells["machine"][0]}
    assert (passes.groupby(["cell", "network"]).size() == 6).all()
    # Nothing is left to do.
    again = swept("sweep.toml", "--local", "1", "--out", "out", "--resume", "--json")
    assert len(pd.read_csv("out/attempts.csv")) == 3
    assert [row["state"] for row in json.loads(again.stdout)["rows"]] == ["done"] * 3


@pytest.mark.slow
def test_runs_made_by_hand_become_cells(folder: Path) -> None:
    for seed in "12":
        command = ["run", "--network", "csr", "--baseline", "csr", "--reviews", "20", "--rounds",
                   "6", "--seed", seed, "--out", seed]  # fmt: skip
        assert CliRunner().invoke(cli, command).exit_code == 0
    result = swept("--collect", "1", "2", "--out", "out")
    assert result.exit_code == 0, result.output
    assert "Of 2 cells: 2 done; on 1 machine." in result.output
    assert pd.read_csv("out/cells.csv")["label"].tolist() == [1, 2]
    assert len(pd.read_csv("out/passes.csv")) == 12


def test_a_folder_without_a_run_is_not_collected(folder: Path) -> None:
    earlier = folder / "results" / "sweep" / "cells.csv"
    earlier.parent.mkdir(parents=True)
    earlier.write_text("of a night")
    result = swept("--collect", ".")
    assert result.exit_code == 2
    assert earlier.read_text() == "of a night"
    assert "summary.csv: no such file" in result.output


@pytest.mark.slow
def test_segments_are_judged_by_the_workers_of_a_scheduler(folder: Path, address: str) -> None:
    for name in ("first", "second"):
        dask("worker", address, "--nthreads", "1", "--name", name, "--no-nanny", "--no-dashboard")
    command = ["check", "--network", "csr", "--network", "mine.py:Mine", "--reviews", "1100",
               "--quick", "--scheduler", address]  # fmt: skip
    result = CliRunner().invoke(cli, command)
    assert result.exit_code == 3, result.output  # mine is incorrect
    assert "on every one of 1,100 steps on synthetic, in 3 segments" in result.output
    assert "was judged in one piece" not in result.output


def test_a_scheduler_that_cannot_be_reached_judges_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask_engine, "SECONDS_TO_CONNECT", 0.5)
    command = ["check", "--reviews", "20", "--network", "csr", "--scheduler", "tcp://127.0.0.1:1"]
    result = CliRunner().invoke(cli, command)
    assert result.exit_code == 2, result.output
    assert "scheduler: tcp://127.0.0.1:1 doesn't answer" in result.output
    assert "Is it the same network?" not in result.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sweep.toml"], "say where: --local 1, --scheduler ADDRESS or --scheduler-file FILE"),
        (["sweep.toml", "--local", "1", "--scheduler", "tcp://x:1"], "say where"),
        ([], "name one file of TOML"),
        (["--collect"], "name the folders of finished runs"),
        (["sweep.toml", "--scheduler", "tls://x:1"], "wants certificates; name their folder"),
        (["sweep.toml", "--scheduler", "tls://x:1", "--tls", "."], "lacks ca.pem, cert.pem, key"),
        (["sweep.toml", "--scheduler", "tcp://127.0.0.1:1"], "tcp://127.0.0.1:1 doesn't answer"),
        (["sweep.toml", "--scheduler-file", "gone.json"], "gone.json isn't there; it is written"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(
    folder: Path, arguments: list[str], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask_engine, "SECONDS_TO_CONNECT", 0.5)
    result = swept(*arguments)
    assert result.exit_code == 2, result.output
    lines = [line for line in result.output.splitlines() if line.startswith("Error")]
    assert len(lines) == 1
    assert message in lines[0]
    assert not (folder / "results").exists()


@pytest.mark.parametrize(
    "command",
    [["sweep", "sweep.toml", "--local", "1"], ["check", "--reviews", "9", "--scheduler", "x"]],
)
def test_without_dask_its_extra_is_named(
    folder: Path, command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask_engine, "find_spec", lambda _: None)
    result = CliRunner().invoke(cli, command)
    assert result.exit_code == 2
    assert "pip install 'skipzeros[cluster]'" in result.output


def test_a_dry_run_prints_the_cells(folder: Path) -> None:
    result = swept("sweep.toml", "--dry-run")
    assert result.exit_code == 0
    assert [line.split()[1:3] for line in result.output.splitlines()] == [["skipzeros", "run"]] * 3


@pytest.fixture
def address(tmp_path: Path, nothing_is_left: None) -> str:
    """Of a scheduler in a process of its own."""
    path = tmp_path / "scheduler.json"
    dask("scheduler", "--port", "0", "--host", "127.0.0.1", "--no-dashboard",
         "--scheduler-file", str(path))  # fmt: skip
    return address_in(path)


def address_in(path: Path) -> str:
    """Wait for the file of a scheduler that begins, and return its address."""
    until = time.monotonic() + 60
    while not path.is_file() and time.monotonic() < until:
        time.sleep(0.1)
    return str(json.loads(path.read_text())["address"])


@pytest.fixture
def certificates(tmp_path: Path) -> Path:
    """A folder with those of one who vouches for himself."""
    folder = tmp_path / "tls"
    folder.mkdir()
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
         "/CN=127.0.0.1", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    (folder / "ca.pem").write_bytes((folder / "cert.pem").read_bytes())
    return folder


@pytest.mark.slow
@pytest.mark.skipif(which("openssl") is None, reason="openssl is missing")
def test_a_sweep_goes_over_tls_and_not_without(folder: Path, certificates: Path) -> None:
    own = [f"--tls-{name}={certificates / file}" for name, file in
           (("ca-file", "ca.pem"), ("cert", "cert.pem"), ("key", "key.pem"))]  # fmt: skip
    dask("scheduler", "--port", "0", "--host", "127.0.0.1", "--no-dashboard", "--protocol", "tls",
         "--scheduler-file", str(folder / "scheduler.json"), *own)  # fmt: skip
    address = address_in(folder / "scheduler.json")
    assert address.startswith("tls://")
    dask("worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--protocol", "tls",
         *own)  # fmt: skip
    (folder / "sweep.toml").write_text(SHORT_RUN)
    done = swept("sweep.toml", "--scheduler", address, "--tls", str(certificates), "--out", "out")
    assert done.exit_code == 0, done.output
    assert "Of 1 cell: 1 done" in done.output
    plain = swept("sweep.toml", "--scheduler", address.replace("tls", "tcp"), "--out", "other")
    assert plain.exit_code == 2
    assert "doesn't answer" in plain.output


def dask(*arguments: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-m", "dask", *arguments],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    _started.append(process)
    return process


_started: list[subprocess.Popen[bytes]] = []


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    yield
    for process in _started:
        kill(process)
    _started.clear()
    # Dask leaves sockets open where nobody answers; they would warn in the midst of other tests.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def test_a_scheduler_without_workers_is_told(
    folder: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask_engine, "SECONDS_TO_COME", 0.5)
    result = swept("sweep.toml", "--scheduler", address)
    assert result.exit_code == 2
    assert f"start one on each machine with: dask worker {address} --nthreads 1" in result.output


@pytest.mark.slow
def test_a_killed_worker_and_a_killed_client_lose_nothing(folder: Path, address: str) -> None:
    worker = dask("worker", address, "--nthreads", "1", "--name", "first", "--no-nanny",
                  "--no-dashboard")  # fmt: skip
    command = [sys.executable, "-m", "skipzeros", "sweep", "sweep.toml", "--scheduler", address,
               "--out", "out", "--resume"]  # fmt: skip

    def started(cells: int) -> bool:
        path = folder / "out" / "attempts.csv"
        return path.is_file() and len(path.read_text().splitlines()) > cells

    def wait(cells: int) -> None:
        until = time.monotonic() + 120
        while not started(cells) and time.monotonic() < until:
            time.sleep(0.05)
        assert started(cells)
        time.sleep(1)  # in the midst of it

    client = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait(1)
    kill(worker)
    dask("worker", address, "--nthreads", "1", "--name", "second", "--no-nanny", "--no-dashboard")
    wait(2)
    client.kill()
    client.wait()
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 3, done.stderr
    cells = pd.read_csv("out/cells.csv")
    assert cells["state"].tolist() == ["done"] * 3
    assert set(cells["label"]) == {"second"}
    passes = pd.read_csv("out/passes.csv")
    assert not passes.duplicated(["cell", "network", "set", "round"]).any()
    assert (passes.groupby(["cell", "network"]).size() == 6).all()
    assert not list((folder / "out" / "cells").glob("*.part"))
