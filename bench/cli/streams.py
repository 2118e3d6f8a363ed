"""Standard output and error that may be lost without ending the command.

Whoever reads them may leave (`| head -1`), or the disk that they go to may be full. The command
goes on all the same: its records and its exit code are still wanted.
"""

from __future__ import annotations

import io
import os
import select
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class Enduring(io.FileIO):
    """A file that swallows what is written once an error has come.

    Attributes:
        lost: that error; None as long as all is well.
    """

    lost: OSError | None = None

    def write(self, data: ReadableBuffer, /) -> int:
        """Write some bytes, or swallow all of them."""
        while self.lost is None:
            try:
                # Typed as if it never were None, which it is where the file doesn't wait.
                count: int | None = super().write(data)
            except OSError as error:
                self.lost = error
            else:
                if count is not None:
                    return count
                select.select((), (self,), ())
        return memoryview(data).nbytes


def endure() -> Enduring:
    """Put enduring streams in the place of standard output and error.

    Returns:
        Standard output.
    """
    # Numbers that are free would go to files that are opened next, and with them whatever a
    # library prints.
    while (free := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(free)
    out, err = (Enduring(number, "wb", closefd=False) for number in (1, 2))
    sys.stdout, sys.stderr = _text(out, sys.stdout), _text(err, sys.stderr)
    return out


def _text(raw: Enduring, before: TextIO | None) -> TextIO:
    """Return a stream of text on a file, unless there is a console that takes no bytes."""
    if before is not None and sys.platform == "win32" and before.isatty():
        return before
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding="utf-8" if before is None else before.encoding,
        # Not every name of a file can be encoded, and no line is worth a traceback.
        errors="backslashreplace",
        line_buffering=True,
    )
