"""A temporary folder that is gone when the process is, even when that process was killed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..outcomes import Failed

_OURS = re.compile("skipzeros-[0-9a-f]{32}")
# Those that this process has made, and hasn't removed yet.
_made: set[Path] = set()
# A file in it that is locked as long as the process lives that has made it.
ALIVE = "alive"

# It waits for the end of its input, which comes when the parent closes the pipe or dies in any way.
# It tries several times, because a git that a killed parent left behind may still be writing.
KEEPER = """
import os, shutil, subprocess, sys, time
sys.stdin.read()
for _ in range(100):
    if os.name == "posix":  # rm takes folders as deep as they come
        subprocess.call(["rm", "-rf", sys.argv[1]])
        if os.path.exists(sys.argv[1]):
            subprocess.call(["chmod", "-R", "u+rwx", sys.argv[1]])
    else:
        shutil.rmtree(sys.argv[1], ignore_errors=True)
    if not os.path.exists(sys.argv[1]):
        break
    time.sleep(0.1)
"""


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Make a folder that is removed at the end, by another process if this one is killed.

    If that one is killed too, the keeper of a worker or the next run removes it.

    Returns:
        A context with the path of the folder.

    Raises:
        Failed: there is no place for it.
        OSError: for lack of processes or the like.
    """
    place = _place()
    _sweep(place)
    # The keeper knows the name before the folder is made, so that a kill at any moment is covered.
    folder = place / f"skipzeros-{uuid.uuid4().hex}"
    # A session of its own, so that a signal to the terminal's whole group leaves it alone.
    keeper = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", KEEPER, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        folder.mkdir(mode=0o700)
        _made.add(folder)
        with _held(folder):
            yield folder
    finally:
        _made.discard(folder)
        assert keeper.stdin is not None
        keeper.stdin.close()
        keeper.wait()
        with suppress(RecursionError):
            shutil.rmtree(folder, ignore_errors=True)  # in case somebody killed the keeper


def folder_above(path: Path) -> Path | None:
    """Return the temporary folder that a path lies in; None where somebody else has made it."""
    return next((one for one in (path, *path.parents) if one in _made), None)


def _place() -> Path:
    try:
        return Path(tempfile.gettempdir())
    except FileNotFoundError:
        raise Failed(
            "no folder for temporary files can be written; make room, or name another in $TMPDIR"
        ) from None


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Lock a file in a folder, for as long as this process lives at most."""
    if sys.platform == "win32":
        yield
        return
    import fcntl

    with (folder / "new").open("wb") as file:
        with suppress(OSError):  # not every file system has locks; then nobody sweeps
            fcntl.flock(file, fcntl.LOCK_EX)
            # Under this name nobody finds it without its lock.
            Path(file.name).rename(folder / ALIVE)
        yield


def _sweep(place: Path) -> None:
    """Remove what runs have left that were killed together with whoever would have removed it."""
    if sys.platform == "win32":
        return
    import fcntl

    for folder in place.glob("skipzeros-*"):
        # Whatever can't be had is of somebody else, or locked.
        with suppress(OSError, RecursionError), (folder / ALIVE).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _OURS.fullmatch(folder.name) and folder.lstat().st_uid == os.getuid():
                shutil.rmtree(folder, ignore_errors=True)
