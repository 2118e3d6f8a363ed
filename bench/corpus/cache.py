"""Prepared reviews kept between runs, as plain arrays under the checksum of what they came from.

A cache may be slow or absent, never wrong and never an error: whatever can't be read is made
again, whatever can't be written is not kept.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import tempfile
import warnings
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from platformdirs import user_cache_dir

from ...impls.reviews import Reviews
from .mapped import file_of

# Raise this number whenever the arrays change their meaning: older entries are then never read.
FORMAT = 7

ARRAYS = ("indptr", "indices", "counts", "labels")
# Written last: what else an entry holds, with a checksum of each array and its form.
CONTENTS = "contents.json"


class Key(NamedTuple):
    """What an entry depends on: the rule that splits text, and the digest of the content."""

    rule: str
    digest: bytes

    def __str__(self) -> str:
        whole = hashlib.sha256(self.digest + f"{self.rule} {FORMAT}".encode())
        return f"{self.rule}-{whole.hexdigest()}"


def cached(
    key: Key, parts: Sequence[str], make: Callable[[], dict[str, Reviews]]
) -> dict[str, Reviews]:
    """Read the named parts from the cache, or make them and keep them for the next time.

    Args:
        key: the same key promises the same reviews.
        parts: which parts to return; only those are read from the disk.
        make: returns the named parts, perhaps others too, with counts.
    """
    found = find_kept(key, parts)
    if found is not None:
        return found[0]
    made = make()
    keep(key, made)
    return {part: made[part] for part in parts}


def find_kept(key: Key, parts: Sequence[str]) -> tuple[dict[str, Reviews], str] | None:
    """Read the named parts from the cache, and the note kept with them; None for a miss."""
    try:
        path = folder() / str(key)
        contents = json.loads((path / CONTENTS).read_bytes())
        if contents["key"] != str(key):
            return None
        with warnings.catch_warnings():
            # numpy only warns of some damaged headers.
            warnings.simplefilter("error")
            return {part: _mapped(path, part, contents) for part in parts}, str(contents["note"])
    except Exception:
        # A damaged or foreign entry makes json and numpy raise many kinds; all are a miss.
        return None


def keep(key: Key, made: dict[str, Reviews], note: str = "") -> None:
    """Keep parts for the next time, if they can be written."""
    with suppress(OSError):
        _write(folder() / str(key), key, made, note)


def folder() -> Path:
    """Return the folder of the entries: $SKIPZEROS_CACHE, or the user's own cache folder.

    Raises:
        OSError: the user has no folder.
    """
    if given := os.environ.get("SKIPZEROS_CACHE"):
        return Path(given)
    with suppress(RuntimeError):  # as newer versions of platformdirs say that there is none
        path = Path(user_cache_dir("skipzeros"))
        if path.is_absolute():  # older ones would have us make a folder called ~ here
            return path
    raise FileNotFoundError(errno.ENOENT, "this user has no folder")


def _mapped(path: Path, part: str, contents: dict[str, Any]) -> Reviews:
    arrays = []
    for name in (f"{part}_{name}" for name in ARRAYS):
        array = np.load(path / f"{name}.npy", mmap_mode="r", allow_pickle=False)
        if _checksum(array, contents["vocabulary_size"]) != contents["checksums"][name]:
            raise ValueError(f"{name} is damaged")
        arrays.append(array)
    indptr, indices, counts, labels = arrays
    return Reviews.trusted(indptr, indices, counts, labels, contents["vocabulary_size"])


def _checksum(array: Any, vocabulary_size: int) -> int:
    """Return a checksum of all that the reviews depend on: the bytes, and how they are read."""
    meaning = f"{array.dtype.str} {array.shape} {vocabulary_size!r}"
    return zlib.crc32(array, zlib.crc32(meaning.encode()))


def _write(path: Path, key: Key, made: dict[str, Reviews], note: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Written beside its place and then renamed, so that nobody ever reads half an entry.
    temporary = Path(tempfile.mkdtemp(dir=path.parent, suffix=".tmp"))
    try:
        checksums, size = {}, 0
        for part, reviews in made.items():
            size = reviews.vocabulary_size
            for name in ARRAYS:
                array = getattr(reviews, name)
                place = temporary / f"{part}_{name}.npy"
                if (written := file_of(array)) is not None:
                    place.hardlink_to(written)  # large, and in this folder already
                else:
                    np.save(place, array, allow_pickle=False)
                checksums[f"{part}_{name}"] = _checksum(array, size)
        contents = {
            "key": str(key), "vocabulary_size": size, "checksums": checksums, "note": note
        }  # fmt: skip
        (temporary / CONTENTS).write_text(json.dumps(contents))
        # What is there could not be read, or lacks a part.
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
        temporary.rename(path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
