"""What the machine refuses: room, memory, files, processes. Its cause and its cure, in one line."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .markdown import one_line

_FOLDERS = (
    "name another folder: --out for records, $TMPDIR for temporary files, $SKIPZEROS_CACHE for "
    "what was read"
)
_ROOM = f"make room there, or {_FOLDERS}"
_ELSEWHERE = f"allow it, or {_FOLDERS}"
# What there is too little of, whichever file is named.
_SCARCE = {
    errno.ENOSPC: _ROOM,
    errno.EDQUOT: _ROOM,
    errno.EFBIG: "raise the limit on the size of a file (ulimit -f)",
    # Before EMFILE, whose words are the first of its own.
    errno.ENFILE: "end programs that hold many files open",
    errno.EMFILE: "raise the limit on open files (ulimit -n), or name fewer networks",
    errno.ENOMEM: "end other programs, raise the limit on memory (ulimit -v), or use fewer reviews",
    errno.EAGAIN: "end other processes, or raise the limit on processes and threads (ulimit -u)",
    errno.EIO: "look whether the disk is sound",
}
_CURES = {
    **_SCARCE,
    **dict.fromkeys((errno.EROFS, errno.EACCES, errno.EPERM), _ELSEWHERE),
    # Click takes it for a lost standard output, and exits with 1: slower.
    errno.EPIPE: "run it again",
}
# What libraries say in words of their own.
_WORDS = {
    **{os.strerror(number): number for number in _SCARCE},
    "can't start new thread": errno.EAGAIN,
    "failed to map segment": errno.ENOMEM,
}


def mishap(error: BaseException) -> str:
    """Name the cause and the cure of an error that is the machine's; empty for any other."""
    number = errno.ENOMEM if isinstance(error, MemoryError) else getattr(error, "errno", None)
    if number not in _CURES:
        return mishap_in(str(error))
    name = getattr(error, "filename", None)
    where = "" if name is None else f"{os.fsdecode(name) if isinstance(name, bytes) else name}: "
    return one_line(f"{where}{os.strerror(number)}; {_CURES[number]}")


def mishap_in(text: str) -> str:
    """Do the same for what a library or another program says."""
    found = next((number for words, number in _WORDS.items() if words in text), None)
    return "" if found is None else f"{os.strerror(found)}; {_SCARCE[found]}"


def is_scarce(error: OSError) -> bool:
    """Say whether there is too little of something, so that no other name of a file helps."""
    return error.errno in _SCARCE


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Let errors that come while a file is written say which one it is, as those of open do."""
    try:
        yield
    except OSError as error:
        if error.filename is None and error.errno is not None:
            error.filename = str(path)
        raise
