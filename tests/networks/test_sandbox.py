"""What a confined process can't do any more, and what it still can."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from experiments import experiment

from skipzeros import Reviews
from skipzeros.bench.commands.check import check
from skipzeros.bench.commands.run import run
from skipzeros.bench.networks import seccomp
from skipzeros.bench.networks.sandbox import sandbox
from skipzeros.bench.networks.seccomp import available
from skipzeros.bench.timing.rounds import Plan
from skipzeros.bench.workers.entry import Entry
from skipzeros.bench.workers.room import Room
from skipzeros.bench.workers.shared_reviews import write_reviews
from skipzeros.impls import __path__ as impls

needed = pytest.mark.skipif(not sandbox(), reason="this system has no Landlock")

CONFINED = """
import os, resource, socket, sys
from pathlib import Path
from skipzeros.bench.networks.sandbox import confine

mine, theirs, port = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
assert confine([mine])
{attempt}
"""
DENIED = {
    "makes a file": "(theirs / 'new').write_text('x')",
    "changes a file": "(theirs / 'there').open('r+')",
    "empties a file": "os.truncate(theirs / 'there', 0)",
    "removes a file": "(theirs / 'there').unlink()",
    "makes a folder": "(theirs / 'folder').mkdir()",
    "makes a link": "(theirs / 'link').symlink_to(mine)",
    "takes a file away": "(theirs / 'there').rename(mine / 'there')",
    "signals its parent": "os.kill(os.getppid(), 0)",
    "reads its parent's memory": "open(f'/proc/{os.getppid()}/mem', 'rb')",
    "connects": "socket.create_connection(('127.0.0.1', port))",
}
OF_OTHERS = {
    "limits its parent": "resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE, (9, 9))",
    "slows its parent down": "os.setpriority(os.PRIO_PROCESS, os.getppid(), 5)",
    "slows all of its group down": "os.setpriority(os.PRIO_PGRP, 0, 5)",
    "schedules its parent": "os.sched_setscheduler(os.getppid(), 3, os.sched_param(0))",
    "moves its parent": "os.sched_setaffinity(os.getppid(), os.sched_getaffinity(0))",
    "lets another one work": "os.sched_yield()",
    "gives way to a helper": "os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))",
    "ignores its children's end": "import signal; signal.signal(signal.SIGCHLD, signal.SIG_IGN)",
}
ALLOWED = {
    "writes into its own folder": "(mine / 'new').write_text('x'); (mine / 'new').unlink()",
    "reads": "(theirs / 'there').read_text()",
    "throws output away": "open(os.devnull, 'w').write('x')",
    "signals itself": "os.kill(os.getpid(), 0)",
    "limits itself": "resource.setrlimit(resource.RLIMIT_NOFILE, (99, 99))",
    "moves itself": "os.sched_setaffinity(0, os.sched_getaffinity(0))",
    "slows itself down": "os.nice(1)",
    "starts a process": "assert os.system('true') == 0",
    "handles other signals": "import signal; signal.signal(signal.SIGUSR1, signal.SIG_IGN)",
    "reads how it handles its children's end": "import signal; signal.getsignal(signal.SIGCHLD)",
}


def attempt(what: str, folder: Path) -> tuple[int, str]:
    """Exit code and stderr of a confined process that tries something."""
    mine, theirs = folder / "mine", folder / "theirs"
    mine.mkdir()
    theirs.mkdir()
    (theirs / "there").write_text("x")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        code = CONFINED.replace("{attempt}", what)
        command = [sys.executable, "-c", code, str(mine), str(theirs), port]
        done = subprocess.run(command, capture_output=True, text=True)
    assert (theirs / "there").read_text() == "x"
    assert [path.name for path in theirs.iterdir()] == ["there"]
    return done.returncode, done.stderr


@needed
@pytest.mark.parametrize("what", DENIED.values(), ids=DENIED)
def test_a_confined_process_is_kept_from_it(what: str, tmp_path: Path) -> None:
    code, errors = attempt(what, tmp_path)
    assert code == 1
    assert "PermissionError" in errors or "Invalid cross-device link" in errors


@needed
@pytest.mark.skipif(not available(), reason="this system has no libseccomp")
@pytest.mark.parametrize("what", OF_OTHERS.values(), ids=OF_OTHERS)
def test_with_seccomp_it_leaves_other_processes_as_they_are(what: str, tmp_path: Path) -> None:
    before = os.getpriority(os.PRIO_PROCESS, 0)
    code, errors = attempt(what, tmp_path)
    assert code == 1
    assert "PermissionError" in errors
    assert os.getpriority(os.PRIO_PROCESS, 0) == before


def test_without_libseccomp_nothing_of_it_is_forbidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seccomp, "LIBRARY", "libabsent.so.1")
    assert not seccomp.available()
    assert not seccomp.leave_others_alone()
    assert "seccomp" not in sandbox()


def test_the_sandbox_names_seccomp_only_where_the_system_takes_a_filter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(seccomp, "FILTER", 99)
    assert not seccomp.available()
    assert "seccomp" not in sandbox()


@needed
@pytest.mark.skipif(not available(), reason="this system has no libseccomp")
def test_a_filter_that_cannot_be_loaded_is_told(tmp_path: Path) -> None:
    fails = "; from skipzeros.bench.networks import seccomp; seccomp.ALLOW = 1"
    code = CONFINED.replace("import confine\n", f"import confine{fails}\n")
    command = [sys.executable, "-c", code, str(tmp_path), str(tmp_path), "0"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert "BadInput: seccomp could not be set up; --no-sandbox, in Python" in done.stderr


@needed
@pytest.mark.parametrize("what", ALLOWED.values(), ids=ALLOWED)
def test_it_still_may(what: str, tmp_path: Path) -> None:
    assert attempt(what, tmp_path) == (0, "")


WRITES = """
from pathlib import Path
from skipzeros.impls.add_reduce import AddReduce

class Writes(AddReduce):
    def prepare(self, reviews):
        Path(__file__).with_suffix(".log").write_text("prepared")
        return super().prepare(reviews)
"""


@needed
def test_a_network_that_needs_files_fails_for_that_and_says_how_it_gets_them(
    few_reviews: Reviews, tmp_path: Path
) -> None:
    file = tmp_path / "mine.py"
    file.write_text(WRITES)
    network = ("mine.py:Writes", f"{file}:Writes")
    (result,) = check(experiment([network], few_reviews.presence(), out=tmp_path))
    assert result.status == "failed"
    assert "Permission denied" in result.reason
    assert "tempfile.gettempdir()" in result.reason
    assert "--no-sandbox, in Python sandbox=False" in result.reason
    assert not file.with_suffix(".log").exists()
    (result,) = check(experiment([network], few_reviews.presence(), out=tmp_path, sandbox=False))
    assert result.status == "certified"
    assert file.with_suffix(".log").exists()


@pytest.mark.clock
@pytest.mark.parametrize("confined", [True, False])
def test_the_records_say_whether_networks_were_confined(
    confined: bool, few_reviews: Reviews, tmp_path: Path
) -> None:
    reviews = few_reviews.presence()
    here = experiment([("a", "add-reduce")], reviews, out=tmp_path, sandbox=confined)
    run(here, Plan(rounds=1))
    found = pd.read_csv(tmp_path / "passes.csv", keep_default_na=False)["sandbox"]
    assert set(found) == {sandbox() if confined else ""}


def test_only_the_built_in_networks_share_what_they_have_compiled(
    few_reviews: Reviews, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    shared = write_reviews(few_reviews, tmp_path)
    ours, other = (Room.of(Entry(name, name, shared)) for name in ("compiled", "mine.py:Mine"))
    assert str((Path(impls[0]) / "__pycache__").resolve()) in ours.writable
    assert "NUMBA_CACHE_DIR" not in ours.variables
    assert other.writable == [other.variables["NUMBA_CACHE_DIR"]] == [other.variables["TMPDIR"]]
    assert not set(ours.writable) & set(other.writable)
    # Each worker of a network has the same room.
    assert Room.of(Entry("mine.py:Mine", "mine.py:Mine", shared)) == other
