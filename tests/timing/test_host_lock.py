"""One timing at a time: who is waited for, and what is not."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from skipzeros.bench.cli import cli
from skipzeros.bench.outcomes import Failed
from skipzeros.bench.timing.host_lock import INHERITED, alone_on_this_machine

pytestmark = pytest.mark.skipif(os.name != "posix", reason="locks are taken on POSIX only")

HOLDER = """
import sys
from skipzeros.bench.timing.host_lock import alone_on_this_machine
with alone_on_this_machine():
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SKIPZEROS_LOCK", str(tmp_path / "lock"))
    return tmp_path / "lock"


@contextmanager
def another_process() -> Iterator[subprocess.Popen[str]]:
    """A process that holds the lock."""
    command = [sys.executable, "-c", HOLDER, "imdb\x1b"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, text=True, stdin=pipe, stdout=pipe) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_who_does_not_wait_is_told_who_times() -> None:
    with (
        another_process() as holder,
        pytest.raises(
            Failed, match=f"another timing runs .*process {holder.pid} since .*imdb"
        ) as e,
        alone_on_this_machine(wait=False),
    ):
        pytest.fail("two hold the lock")
    assert "\x1b" not in str(e.value)


def test_a_command_that_does_not_wait_fails() -> None:
    command = ["run", "--network", "csr", "--reviews", "10", "--no-wait"]
    with another_process():
        result = CliRunner().invoke(cli, command)
    assert result.exit_code == 6
    assert result.output.startswith("Error: another timing runs on this machine (process ")


def test_who_waits_begins_when_the_other_was_killed(capfd: pytest.CaptureFixture[str]) -> None:
    with another_process() as holder:
        waiting = subprocess.Popen(
            [sys.executable, "-c", HOLDER], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert waiting.stderr is not None
        line = waiting.stderr.readline()
        assert f"process {holder.pid} " in line
        assert "waiting for it to end" in line
        assert waiting.poll() is None
        holder.kill()
        assert waiting.communicate(timeout=60)[0] == "held\n"


def test_inside_another_one_it_is_held_already() -> None:
    with alone_on_this_machine(), alone_on_this_machine(wait=False) as again:
        assert again is None
    with alone_on_this_machine(wait=False) as file:
        assert file is not None


def started_by_who_holds_it(file: int, inherited: str) -> str:
    code = (
        "from skipzeros.bench.timing.host_lock import alone_on_this_machine as alone\n"
        "with alone(wait=False): print('begun')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], pass_fds=[file], env={**os.environ, INHERITED: inherited},
        capture_output=True, text=True,
    )  # fmt: skip
    return done.stdout + done.stderr


def test_a_process_inherits_it() -> None:
    with alone_on_this_machine() as file:
        assert file is not None
        assert started_by_who_holds_it(file, str(file)) == "begun\n"
        assert "another timing runs" in started_by_who_holds_it(file, "0")
        assert "another timing runs" in started_by_who_holds_it(file, "no number")


def test_a_lock_that_cannot_be_had_is_told(lock: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (lock.parent / "elsewhere").touch()
    lock.symlink_to(lock.parent / "elsewhere")
    with alone_on_this_machine(wait=False) as file:
        assert file is None
    assert "can't be opened" in capfd.readouterr().err
    assert (lock.parent / "elsewhere").read_text() == ""


def test_other_users_may_lock_it_too(lock: Path) -> None:
    with alone_on_this_machine():
        assert lock.stat().st_mode & 0o777 == 0o666
