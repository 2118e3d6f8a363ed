"""What runs on a machine for a sweep: one cell, as `skipzeros run` in a process of its own."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..outcomes import ExitCode
from ..records.machine import machine
from ..records.recording import now
from ..records.schema import SUMMARY
from ..text.markdown import one_line
from ..timing.host_lock import INHERITED, alone_on_this_machine
from ..workers.temporary_folder import temporary_folder
from .digests import digest_of, package_digest
from .folders import tables_in, text_of

# Of what a run prints, its end.
MOST_LOG = 20_000
# For an orderly end of a run that is no longer wanted.
LAST_SECONDS = 10.0


def fingerprint() -> dict[str, Any]:
    """Return what this machine is and which skipzeros it has."""
    return {**vars(machine()), "package": package_digest()}


def run_cell(job: Mapping[str, Any], begun: Callable[[subprocess.Popen[bytes]], None]) -> Any:
    """Run a cell when nothing else is timed on this machine.

    Args:
        job: what Cell.job returns.
        begun: is given the process of the run.

    Returns:
        The exit code ``rc`` (None if there was no run), a ``reason`` if it has no records, the
        texts of its ``tables`` by their names, the end of its ``log``, when it ``begun``, the
        ``seconds`` that it took, the ``wait_seconds`` before them, and ``about`` the machine.
    """
    arrived = time.monotonic()
    with alone_on_this_machine() as lock, temporary_folder() as folder:
        started, when = time.monotonic(), now()
        why, code = _missing(job), None
        if not why:
            code, why = _run(job, folder, lock, begun)
        tables, log = tables_in(folder / "out"), text_of(folder / "log")[-MOST_LOG:]
    if not why and SUMMARY not in tables:
        lines = [line for line in log.splitlines() if line.strip()]
        why = one_line(lines[-1]) if lines else f"the run ended with {code}"
    return {
        "rc": code,
        "reason": why,
        "tables": tables,
        "log": log,
        "begun": when,
        "seconds": time.monotonic() - started,
        "wait_seconds": started - arrived,
        "about": fingerprint(),
    }


def _missing(job: Mapping[str, Any]) -> str:
    """Say what this machine lacks for a cell; empty if it lacks nothing."""
    own = package_digest()
    if own != job["package"]:
        return f"skipzeros is another one here: {own}, not {job['package']}"
    if job["data"] is None:
        return ""
    name, wanted = job["data"]
    try:
        found = digest_of(Path(name))
    except OSError as error:
        return f"{name}: {error.strerror} on this machine, where the sweep began it is {wanted}"
    return "" if found == wanted else f"{name} is {found} on this machine, not {wanted}"


def _run(
    job: Mapping[str, Any],
    folder: Path,
    lock: int | None,
    begun: Callable[[subprocess.Popen[bytes]], None],
) -> tuple[int, str]:
    """Run in a folder of its own; return the exit code, and why the run was ended if it was."""
    work = folder / "files"
    work.mkdir()
    for name, content in job["files"].items():
        path = work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(content))
    # Not by preexec_fn, which forks a process that may have threads.
    skipzeros = [sys.executable, "-P", "-m", f"{__package__}.run"]
    command = [*skipzeros, "run", *job["arguments"], "--out", "../out"]
    environment = dict(os.environ)
    if lock is not None:
        environment[INHERITED] = str(lock)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=work,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            pass_fds=() if lock is None else (lock,),
        )
    begun(process)
    try:
        return process.wait(job["timeout"]), ""
    except subprocess.TimeoutExpired:
        end(process)
        return ExitCode.FAILED, f"there was no end within {job['timeout']:g} s"


def end(process: subprocess.Popen[bytes]) -> None:
    """End a run, in an orderly way if it can."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(LAST_SECONDS)
    process.kill()
    process.wait()
