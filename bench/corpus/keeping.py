"""What was read of a file that is too large for memory is kept for the next time."""

from __future__ import annotations

import hashlib
import os
import sys
import time
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from ...impls.reviews import Reviews
from .cache import SETTLED_SECONDS, Key, find_kept, keep
from .passing_file import in_a_passing_file
from .reading import Reading

RULE = "large-1"
# What of a reading only concerns what is done with the reviews afterwards.
_AFTERWARDS = ("test", "shuffle")

Read = Callable[[], tuple[dict[str, Reviews], list[str]]]


def kept_if_large(
    path: Path | None, parts: Sequence[str], reading: Reading, read: Read
) -> tuple[dict[str, Reviews], list[str]]:
    """Read a file, or find what was read of it when it was as it is now.

    Only what had to be written into files since it is large is kept, because these are there.
    As with folders of aclImdb, what the system says of the file tells whether it is the same.

    Args:
        path: what has the reviews, where they are on the disk; only of a plain file anything is
            kept.
        parts: the halves that read returns.
        reading: how it is read.
        read: returns the halves, and what was found out.
    """
    key = _key(path, parts, reading)
    found = None if key is None else find_kept(key, parts)
    if found is not None:
        return found[0], found[1].splitlines()
    halves, notes = read()
    # The counts are the largest array.
    large = any(in_a_passing_file(half.stored_counts) for half in halves.values())
    # Else something was written into it meanwhile.
    if large and key is not None and key == _key(path, parts, reading):
        keep(key, halves, "\n".join(notes))
    return halves, notes


def _key(path: Path | None, parts: Sequence[str], reading: Reading) -> Key | None:
    """Return what reviews depend on; None where it can't be told."""
    # Labels may be in another file.
    if path is None or reading.labels or not path.is_file():
        return None
    about = path.stat()
    if time.time() - about.st_ctime < SETTLED_SECONDS:
        return None
    asked = {name: one for name, one in asdict(reading).items() if name not in _AFTERWARDS}
    state = (
        os.path.abspath(path),
        (about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns),
        [*parts],
        sorted(asked.items()),
        # Other versions know other letters.
        (unicodedata.unidata_version, sys.version_info[:2]),
    )
    return Key(RULE, hashlib.sha256(repr(state).encode(errors="surrogateescape")).digest())
