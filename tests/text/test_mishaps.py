"""What the machine refuses is told in one line, with its cure; what is no mishap isn't."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from skipzeros.bench.text.mishaps import is_scarce, mishap, mishap_in, naming


def refused(number: int, *file: str) -> OSError:
    return OSError(number, os.strerror(number), *file)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (refused(errno.ENOSPC, "a/b"), "a/b: No space left on device; make room there"),
        (refused(errno.EDQUOT), "Disk quota exceeded; make room there"),
        (refused(errno.EFBIG), "File too large; raise the limit on the size of a file (ulimit -f)"),
        (refused(errno.EMFILE), "Too many open files; raise the limit on open files (ulimit -n)"),
        (refused(errno.EAGAIN), "Resource temporarily unavailable; end other processes"),
        (refused(errno.EROFS, "/x"), "/x: Read-only file system; allow it, or name another folder"),
        (MemoryError("Unable to allocate 8 GiB"), "Cannot allocate memory; end other programs"),
        (RuntimeError("can't start new thread"), "Resource temporarily unavailable; end other"),
        (ImportError("x.so: failed to map segment from shared object"), "Cannot allocate memory;"),
        (ImportError("IMPORTANT\nread this: x: Too many open files"), "Too many open files; raise"),
    ],
)
def test_a_mishap_is_told_in_one_line_with_its_cure(error: Exception, told: str) -> None:
    assert mishap(error).startswith(told)
    assert mishap(error).isprintable()


def test_a_file_whose_name_is_no_text_is_told_too() -> None:
    error = OSError(errno.ENOSPC, "", b"caf\xe9")
    assert mishap(error).startswith("caf\ufffd: No space left")


@pytest.mark.parametrize(
    "error", [ValueError("x"), FileNotFoundError(errno.ENOENT, "no", "x"), ImportError("no x")]
)
def test_what_is_no_mishap_is_not_taken_for_one(error: Exception) -> None:
    assert mishap(error) == ""


def test_a_system_full_of_files_is_no_process_full_of_them() -> None:
    assert "ulimit" not in mishap_in(f"git: {os.strerror(errno.ENFILE)}")


def test_only_what_is_scarce_is_so() -> None:
    assert is_scarce(refused(errno.ENOSPC))
    assert not is_scarce(refused(errno.EACCES))


def test_an_error_without_a_file_gets_its_name_and_one_with_a_file_keeps_it() -> None:
    for error, name in ((refused(errno.ENOSPC), "here"), (refused(errno.ENOSPC, "there"), "there")):
        with pytest.raises(OSError, match="No space") as told, naming(Path("here")):
            raise error
        assert told.value.filename == name
