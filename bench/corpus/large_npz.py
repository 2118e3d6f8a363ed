"""A sparse matrix that is larger than memory: unpacked onto the disk, mapped, looked at in blocks.

Unpacked, because numbers in a .npz lie at any place, and not where a processor reads them fast.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...impls.reviews import Reviews
from ..arrays.files import map_array, stat_of
from .cache import PIECE_BYTES, SETTLED_SECONDS, Key, beside, find_kept, keep
from .packing import MOST_BYTES

RULE = "npz-1"
# Bytes of all arrays; what has less is read as a whole, for which it takes some ten times as much.
LARGE = 1 << 24
_PARTS = ("indptr", "indices", "data")


def load_large(path: Path) -> tuple[Reviews, NDArray[Any] | None] | None:
    """Map the matrix of a .npz of scipy's, by the cache.

    Returns:
        Reviews with its values as counts, whose labels are all 0, and the labels of the file, if it
        has them. None where the file is no large matrix in canonical form (the words of each row
        ascending, no zeros), or the cache can't be written: then it is to be read as a whole.
    """
    try:
        if not (path.is_file() and _is_large(path)):
            return None
        state = _state(path)
        key = Key(RULE, hashlib.sha256(state.encode(errors="surrogateescape")).digest())
        found = find_kept(key, ["train"])
        if found is None:
            _keep(path, key)
            found = find_kept(key, ["train"])
        with np.load(path, allow_pickle=False) as arrays:
            labels = arrays.get("labels")
        usual = labels is None or (labels.ndim == 1 and labels.dtype.kind in "buifU")
        if found is None or not usual or _state(path) != state:
            return None
        return found[0]["train"], labels
    except Exception:
        # Of many kinds. Whoever reads it as a whole says what is wrong.
        return None


def _state(path: Path) -> str:
    """Return what is another text if the file is changed."""
    about = path.stat()
    # Of two changes within one tick of the file system's clock the second one doesn't show.
    fresh = SETTLED_SECONDS - (time.time() - about.st_ctime)
    time.sleep(min(max(0.0, fresh), SETTLED_SECONDS))
    return f"{os.path.abspath(path)} {about.st_ctime_ns} {stat_of(path)}"


def _is_large(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
    size = sum(member.file_size for member in members)
    # What is packed may become a thousand times as much, what isn't is there already.
    packed = any(member.compress_type != zipfile.ZIP_STORED for member in members)
    return size > LARGE and not (packed and size > MOST_BYTES)


def _keep(path: Path, key: Key) -> None:
    """Unpack the matrix beside the entries of the cache, and keep it as one if it is canonical.

    Raises:
        Exception: of many kinds: it is none.
    """
    with beside(key) as folder, warnings.catch_warnings():
        warnings.simplefilter("error")
        with zipfile.ZipFile(path) as archive:
            for part in (f"{part}.npy" for part in _PARTS):
                with archive.open(part) as packed, (folder / part).open("wb") as file:
                    shutil.copyfileobj(packed, file, PIECE_BYTES)
        with np.load(path, allow_pickle=False) as arrays:
            rows, words = arrays["shape"].tolist()
            if arrays["format"].astype(str) != "csr":
                return
        indptr, indices, values = (map_array(folder / f"{part}.npy") for part in _PARTS)
        if values.dtype.kind not in "buif":
            return
        reviews = Reviews(indptr, indices, values, np.zeros(rows), max(1, words))
        if all(map(_is_canonical, reviews.blocks())):
            keep(key, {"train": reviews})


def _is_canonical(part: Reviews) -> bool:
    assert part.stored_counts is not None
    rises = np.diff(part.indices) > 0
    starts = part.indptr[1:-1]
    # Between two rows it may fall.
    rises[starts[(starts > 0) & (starts < len(part.indices))] - 1] = True
    return bool(rises.all() and part.stored_counts.all())
