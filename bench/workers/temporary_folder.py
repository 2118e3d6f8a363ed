"""A temporary folder that is gone when the process is, even when that process was killed."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

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

    Returns:
        A context with the path of the folder.
    """
    # The keeper knows the name before the folder is made, so that a kill at any moment is covered.
    folder = Path(tempfile.gettempdir()) / f"skipzeros-{uuid.uuid4().hex}"
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
        yield folder
    finally:
        assert keeper.stdin is not None
        keeper.stdin.close()
        keeper.wait()
        with suppress(RecursionError):
            shutil.rmtree(folder, ignore_errors=True)  # in case somebody killed the keeper
