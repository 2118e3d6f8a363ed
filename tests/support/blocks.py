"""Everything that is done in blocks is done in tiny ones, so that their borders are met."""

from __future__ import annotations

import errno
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from skipzeros.bench.corpus import (
    content,
    delimited,
    encodings,
    gathered,
    growing,
    svmlight,
    tables,
)
from skipzeros.bench.corpus.passing_file import PassingFile
from skipzeros.impls.reviews import Reviews


@contextmanager
def in_blocks_of(size: int) -> Iterator[None]:
    """Hold at most 8 times so many bytes of an array in memory, and read so many at a time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(growing, "MOST_HELD", 8 * size)
        patch.setattr(growing, "AT_ONCE", size)
        for module in (content, delimited, encodings, svmlight):
            patch.setattr(module, "BLOCK", size)
        patch.setattr(content, "MOST_HELD", size)
        patch.setattr(gathered, "BLOCK_WORDS", size)
        patch.setattr(Reviews.blocks, "__defaults__", (size,))
        patch.setattr(tables, "_AT_ONCE", size)
        yield


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Make the disk full for whatever file grows beyond so many bytes."""
    make = PassingFile.__init__

    def filled(file: PassingFile, suffix: str) -> None:
        make(file, suffix)
        file.stream = _Full(file.stream, size)  # type: ignore[assignment]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PassingFile, "__init__", filled)
        yield


class _Full:
    def __init__(self, stream: Any, room: int) -> None:
        self._stream, self._room = stream, room

    def write(self, content: Any) -> None:
        self._room -= memoryview(content).nbytes
        if self._room < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        self._stream.write(content)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def left_in(folder: Path) -> list[str]:
    """Return what lies in a folder, without what only waits to be collected."""
    gc.collect()
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def as_lists(reviews: Reviews) -> list[Any]:
    """Return the size of the vocabulary, and of each review its ids, counts and label."""
    of_each = [(ids.tolist(), np.asarray(counts).tolist(), label) for ids, counts, label in reviews]
    return [reviews.vocabulary_size, *of_each]
