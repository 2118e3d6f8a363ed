"""The temporary folder goes with the process that made it, however that ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from unittest.mock import Mock

import pytest

from skipzeros.bench.outcomes import Failed
from skipzeros.bench.workers import temporary_folder as keeper
from skipzeros.bench.workers.temporary_folder import temporary_folder

# Makes a folder with something in it, says which, and waits to be killed.
HOLDER = """
import subprocess, sys, time
from skipzeros.bench.workers.temporary_folder import temporary_folder

with temporary_folder() as folder:
    for number in range(2000):
        (folder / f"file-{number}").touch()
    if len(sys.argv) > 1:
        subprocess.Popen([sys.executable, "-c", sys.argv[1]], cwd=folder)
        while not (folder / "writing").exists():
            time.sleep(0.01)
    print(folder, flush=True)
    time.sleep(300)
"""
# A keeper that ends at once, as if it had been killed.
SILENT = """
from skipzeros.bench.workers import temporary_folder as keeper
keeper.KEEPER = "raise SystemExit"
"""
# As a git does that writes out a revision, for a second after its parent's death.
WRITER = """
import os, time

os.mkdir("writing")
parent, end = os.getppid(), float("inf")
for number in range(10**9):
    try:
        open(f"written-{number}", "w").close()
    except OSError:
        break
    if os.getppid() != parent:
        end = min(end, time.monotonic() + 1)
    if time.monotonic() > end:
        break
    time.sleep(0.0001)
"""

not_windows = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def hold(tmp_path: Path, *arguments: str) -> tuple[subprocess.Popen[str], Path]:
    """A process of a group of its own that holds a folder, and the folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, *arguments],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    folder = Path(process.stdout.readline().strip())
    assert len(list(folder.iterdir())) >= 2000
    return process, folder


def test_it_is_gone_at_the_end() -> None:
    with temporary_folder() as folder:
        (folder / "below").mkdir()
        (folder / "below" / "file").touch()
    assert not folder.exists()


def test_only_its_owner_may_look_into_it() -> None:
    with temporary_folder() as folder:
        assert sys.platform == "win32" or folder.stat().st_mode & 0o777 == 0o700


def test_it_is_gone_after_an_exception() -> None:
    folders = []

    def fail() -> None:
        with temporary_folder() as folder:
            folders.append(folder)
            (folder / "file").touch()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert [folder.exists() for folder in folders] == [False]


def test_it_is_gone_at_the_end_even_if_its_keeper_was_killed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(keeper, "KEEPER", "raise SystemExit")
    with temporary_folder() as folder:
        (folder / "file").touch()
    assert not folder.exists()


@not_windows
@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM", "SIGHUP"])
def test_it_is_gone_after_a_kill(name: str, tmp_path: Path) -> None:
    process, folder = hold(tmp_path)
    with process:
        process.send_signal(signal.Signals[name])
    assert process.returncode == -signal.Signals[name]
    until(lambda: not folder.exists())


OTHERS = ("SIGINT", "SIGTERM", "SIGHUP")


@not_windows
@pytest.mark.parametrize(
    "name", ["SIGKILL", *(pytest.param(name, marks=pytest.mark.slow) for name in OTHERS)]
)
def test_its_keeper_outlives_a_signal_to_the_whole_group(name: str, tmp_path: Path) -> None:
    process, folder = hold(tmp_path)
    with process:
        os.killpg(process.pid, signal.Signals[name])
    until(lambda: not folder.exists())


@not_windows
def test_it_is_gone_even_if_something_still_writes_there_after_a_kill(tmp_path: Path) -> None:
    process, folder = hold(tmp_path, WRITER)
    process.kill()
    with process:
        until(lambda: not folder.exists())
    time.sleep(0.2)
    assert not list(tmp_path.iterdir())


@not_windows
def test_a_kill_before_it_is_made_leaves_none(tmp_path: Path) -> None:
    made = "import os, pathlib, signal\n"
    made += "pathlib.Path.mkdir = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)\n"
    # Whatever makes a folder another way is killed right after it.
    made += "import tempfile; make = tempfile.mkdtemp\n"
    made += "tempfile.mkdtemp = lambda **how: (make(**how), os.kill(os.getpid(), 9))\n"
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", made + HOLDER], env=environment)
    assert done.returncode == -signal.SIGKILL
    assert not list(tmp_path.iterdir())


@not_windows
def test_the_next_one_removes_what_was_left_when_the_keeper_was_killed_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(keeper, "KEEPER", "raise SystemExit")
    others = tmp_path / "skipzeros-notes"
    others.mkdir()
    (others / keeper.ALIVE).touch()
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER.replace("with temp", SILENT + "with temp")],
        env={**os.environ, "TMPDIR": str(tmp_path)}, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        left = Path(process.stdout.readline().strip())
        with temporary_folder():
            assert left.exists()  # as long as its process lives
        process.kill()
    assert left.exists()
    with temporary_folder() as folder:
        assert sorted(tmp_path.iterdir()) == sorted([folder, others])


def test_where_there_is_no_place_for_it_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper.tempfile, "gettempdir", Mock(side_effect=FileNotFoundError))
    with pytest.raises(Failed, match=r"make room, or name another in \$TMPDIR"):
        temporary_folder().__enter__()


def test_it_is_found_from_what_lies_in_it(tmp_path: Path) -> None:
    with temporary_folder() as folder:
        assert keeper.folder_above(folder) == keeper.folder_above(folder / "a" / "b") == folder
    assert keeper.folder_above(tmp_path / "skipzeros-mine") is None
