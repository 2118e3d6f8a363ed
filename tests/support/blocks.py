"""Everything that is done in blocks is done in tiny ones, so that their borders are met."""

from __future__ import annotations

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
from skipzeros.impls.reviews import Reviews


@contextmanager
def in_blocks_of(size: int) -> Iterator[None]:
    """Hold at most 8 times so many bytes of an array in memory, and read so many at a time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(growing, "MOST_HELD", 8 * size)
        patch.setattr(growing, "AT_ONCE", size)
        for module in (content, delimited, encodings, svmlight):
            patch.setattr(module, "BLOCK", size)
        patch.setattr(gathered, "BLOCK_WORDS", size)
        patch.setattr(Reviews.blocks, "__defaults__", (size,))
        patch.setattr(tables, "_AT_ONCE", size)
        yield


def left_in(folder: Path) -> list[str]:
    """Return what lies in a folder, without what only waits to be collected."""
    gc.collect()
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def as_lists(reviews: Reviews) -> list[Any]:
    """Return the size of the vocabulary, and of each review its ids, counts and label."""
    of_each = [(ids.tolist(), np.asarray(counts).tolist(), label) for ids, counts, label in reviews]
    return [reviews.vocabulary_size, *of_each]
