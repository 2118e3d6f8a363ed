"""Prepared reviews kept between runs, as plain arrays under the checksum of what they came from.

A cache may be slow or absent, never wrong and never an error: whatever can't be read is made
again, whatever can't be written is not kept.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np
from platformdirs import user_cache_dir

from ...impls.reviews import Reviews

# Raise it whenever the arrays of a file change their meaning: older files then are never read.
FORMAT = 2


class Key(NamedTuple):
    """What the prepared form depends on: the rule that splits text, and the content itself."""

    rule: str
    digest: bytes

    def __str__(self) -> str:
        whole = hashlib.sha256(self.digest + f"{self.rule} {FORMAT}".encode())
        return f"{self.rule}-{whole.hexdigest()}"


def cached(
    key: Key, parts: Sequence[str], make: Callable[[], dict[str, Reviews]]
) -> dict[str, Reviews]:
    """The named parts from the cache, or else made, and kept for the next time.

    Args:
        key: the same key promises the same reviews.
        parts: which parts to return; only those are read from the disk.
        make: returns all parts, with counts.
    """
    path = folder() / f"{key}.npz"
    found = _read(path, key, parts)
    if found is not None:
        return found
    made = make()
    with suppress(OSError):
        _write(path, key, made)
    return {part: made[part] for part in parts}


def folder() -> Path:
    """Where the files lie: $SKIPZEROS_CACHE, or the user's own cache folder."""
    return Path(os.environ.get("SKIPZEROS_CACHE") or user_cache_dir("skipzeros"))


def _read(path: Path, key: Key, parts: Sequence[str]) -> dict[str, Reviews] | None:
    try:
        # Opened here, because numpy leaves a damaged file open, and Windows can't replace that.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            if arrays["key"].item() != str(key):
                return None
            return {
                part: Reviews(
                    arrays[f"{part}_indptr"],
                    arrays[f"{part}_indices"],
                    arrays[f"{part}_counts"],
                    arrays[f"{part}_labels"],
                    arrays["vocabulary_size"].item(),
                )
                for part in parts
            }
    except Exception:
        # A damaged or foreign file makes zipfile and numpy raise a dozen kinds; all are a miss.
        return None


def _write(path: Path, key: Key, made: dict[str, Reviews]) -> None:
    arrays = {"key": np.array(str(key))}
    for part, reviews in made.items():
        assert reviews.counts is not None
        arrays["vocabulary_size"] = np.array(reviews.vocabulary_size)
        arrays[f"{part}_indptr"] = reviews.indptr
        arrays[f"{part}_indices"] = reviews.indices
        # Half the size on disk, and exact: these counts are whole.
        arrays[f"{part}_counts"] = reviews.counts.astype(np.int32)
        arrays[f"{part}_labels"] = reviews.labels.astype(np.int8)
    path.parent.mkdir(parents=True, exist_ok=True)
    # Written beside its place and then renamed, so that nobody ever reads half a file.
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".tmp", delete=False) as file:
        try:
            np.savez(file, **arrays)  # type: ignore[arg-type]
            file.close()
            os.replace(file.name, path)
        except BaseException:
            file.close()
            os.unlink(file.name)
            raise
