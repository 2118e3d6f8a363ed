"""Reviews in files that all workers map into their memory, so that there is only one copy."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ...impls.network import Array
from ...impls.reviews import Reviews
from ..arrays.counts import for_each, once
from ..arrays.files import Place, map_array, map_place, place_of, stat_of, write_array
from ..text.mishaps import naming

PARTS = ("indptr", "indices", "counts", "labels")
# Where those arrays are that are mapped from other files, and the size of the vocabulary.
PLACES = "places.json"


@dataclass(frozen=True)
class SharedReviews:
    """Reviews that workers find in a folder.

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

    Of those that are mapped from a file only the place is written.

    Raises:
        OSError: for lack of room or the like.
    """
    places: dict[str, Place] = {}
    for part in PARTS:
        array = reviews.stored_counts if part == "counts" else getattr(reviews, part)
        (folder / f"{part}.npy").unlink(missing_ok=True)
        if array is None:
            continue
        place = place_of(array)
        if place is not None:
            places[part] = _held(place, folder / f"{part}.held")
            continue
        path = folder / f"{part}.npy"
        with naming(path), path.open("wb") as file:
            write_array(file, once(array) if part == "counts" else array)
    about = {"vocabulary_size": reviews.vocabulary_size, "places": places}
    (folder / PLACES).write_text(json.dumps(about))
    return SharedReviews(folder, len(reviews.indices), reviews.vocabulary_size, reviews)


def _held(place: Place, name: Path) -> Place:
    """Give a file a second name, which stays whatever takes the place of the first one."""
    name.unlink(missing_ok=True)
    with suppress(OSError):  # on another disk, say
        os.link(place.path, name)
        if stat_of(name) == place.file:
            return place._replace(path=str(name))
    return place


def read_reviews(folder: Path) -> Reviews:
    """Return the reviews that write_reviews wrote into a folder, mapped and read-only.

    Raises:
        OSError, ValueError: a file is not the one that it was.
    """
    about = json.loads((folder / PLACES).read_bytes())
    arrays: dict[str, Array] = {
        part: map_array(path) for part in PARTS if (path := folder / f"{part}.npy").exists()
    }
    for part, (path, file, offset, shape, dtype) in about["places"].items():
        arrays[part] = map_place(Place(path, tuple(file), offset, tuple(shape), dtype))
    counts = arrays.get("counts")
    if counts is not None:
        counts = for_each(counts, len(arrays["indices"]))
        if not hasattr(Reviews, "stored_counts"):  # of a revision that knows float64 alone
            counts = counts.astype(np.float64)
    return Reviews.trusted(
        arrays["indptr"], arrays["indices"], counts, arrays["labels"], about["vocabulary_size"]
    )
