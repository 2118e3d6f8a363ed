"""A file that passes with the process that uses it: in the cache's folder, where there is room."""

from __future__ import annotations

import sys
import tempfile
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from numpy.typing import NDArray

from ..arrays.files import place_of
from .cache import folder

_NAME = "reading-"


class PassingFile:
    """A new file, which is there until it is removed, or until another process finds it left over.

    It lies in the folder of the cache, or in that for temporary files where this one can't be had.

    Args:
        suffix: of its name.

    Attributes:
        path: where it lies.
        stream: writes it; open until it is removed, because it is locked as long.

    Raises:
        OSError: it can't be made.
    """

    path: Path
    stream: BinaryIO

    def __init__(self, suffix: str) -> None:
        name = f"{uuid.uuid4().hex}{suffix}"
        try:
            place = folder()
            place.mkdir(parents=True, exist_ok=True)
            self._make(place, name)
        except OSError:
            self._make(Path(tempfile.gettempdir()), name)

    def _make(self, place: Path, name: str) -> None:
        _sweep(place)
        self.path = place / f"new-{name}"
        self.path.touch(mode=0o600, exist_ok=False)
        self.stream = self.path.open("wb")
        _lock(self.stream)
        # Under this name nobody finds it without its lock, where there are locks at all.
        self.path = self.path.rename(place / f"{_NAME}{name}")

    def remove(self) -> None:
        """Close the file and remove it, if it is still there."""
        with suppress(OSError):  # what its buffer still has may find no room
            self.stream.close()
        with suppress(OSError):
            self.path.unlink()


def in_a_passing_file(array: NDArray[Any] | None) -> bool:
    """Say whether an array is mapped from such a file."""
    place = None if array is None else place_of(array)
    return place is not None and Path(place.path).name.startswith(_NAME)


def _sweep(place: Path) -> None:
    """Remove what processes left that were killed while they used it."""
    for path in place.glob(f"{_NAME}*"):
        # Whatever can't be had is of somebody else.
        with suppress(OSError):
            if path.is_file():  # a pipe would keep us waiting
                with path.open("rb") as file:
                    if _lock(file):
                        path.unlink()


def _lock(file: BinaryIO) -> bool:
    """Lock a file for as long as it is open; say whether it could be."""
    if sys.platform == "win32":
        return False
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # somebody else has, or the file system has no locks
        return False
    return True
