"""Reviews in files that all workers map into their memory, so that there is only one copy."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np

from ...impls.network import Array
from ...impls.reviews import Reviews
from ..text.mishaps import naming

PARTS = ("indptr", "indices", "counts", "labels")


@dataclass(frozen=True)
class SharedReviews:
    """Reviews that have been written into a folder.

    Attributes:
        nonzeros: how many words they have.
        vocabulary_size: how many words there are.
        reviews: our own, which no worker can change as it might the files.
    """

    folder: Path
    nonzeros: int
    vocabulary_size: int
    reviews: Reviews = field(compare=False, repr=False)


def write_reviews(reviews: Reviews, folder: Path) -> SharedReviews:
    """Write the arrays of reviews into a folder, a .npy file each.

    Raises:
        OSError: for lack of room or the like.
    """
    for part in PARTS:
        array = getattr(reviews, part)
        if array is not None:
            _write(folder / f"{part}.npy", array)
    _write(folder / "vocabulary_size.npy", np.asarray(reviews.vocabulary_size))
    return SharedReviews(folder, len(reviews.indices), reviews.vocabulary_size, reviews)


class _Plain:
    """A file of which numpy sees only that it can be written.

    Into one that it knows it would write by itself, and not tell why it couldn't.
    """

    def __init__(self, file: BinaryIO) -> None:
        self.write = file.write


def _write(path: Path, array: Array) -> None:
    with naming(path), path.open("wb") as file:
        np.save(_Plain(file), array, allow_pickle=False)


def read_reviews(folder: Path) -> Reviews:
    """Return the reviews that write_reviews wrote into a folder, mapped and read-only."""
    arrays = {
        path.stem: np.load(path, mmap_mode="r", allow_pickle=False)
        for path in folder.glob("*.npy")
        if path.stem in PARTS
    }
    size = int(np.load(folder / "vocabulary_size.npy", allow_pickle=False))
    return Reviews.trusted(
        arrays["indptr"], arrays["indices"], arrays.get("counts"), arrays["labels"], size
    )
