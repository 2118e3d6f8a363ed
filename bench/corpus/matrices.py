"""Reviews that are numbers already: scipy's sparse matrices, and arrays of numpy."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from pathlib import Path
from sys import intern
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from ...impls.reviews import Reviews
from ..outcomes import BadInput
from ..text.markdown import reason
from .content import Content
from .encodings import utf_8
from .gathered import taken
from .labels import marks, named
from .large_npz import load_large
from .packing import MOST_BYTES
from .reading import Reading

# The arrays of a .npz, and the kinds of numbers that each may hold.
_NPZ = {"data": "buif", "indices": "ui", "indptr": "ui", "shape": "ui"}
_CURE = "write it with scipy.sparse.save_npz(path, m.tocsr()), and its labels into a file of labels"


def load_matrix(
    path: Path, kind: str, content: Content, reading: Reading
) -> tuple[Reviews, list[str]]:
    """Read the reviews of a file of arrays; its values are their counts.

    Args:
        kind: "npz" or "npy".

    Returns:
        The reviews, and what was found out or left out, in sentences.

    Raises:
        BadInput: the labels aren't two classes, or the file is of another kind.
        OSError: a file can't be read.
    """
    large = load_large(path) if kind == "npz" and content.is_on_disk else None
    if large is not None:
        return _labelled(*large, path, reading)
    matrix, names = (_npz if kind == "npz" else _npy)(content.whole(), path, reading)
    found, told = _marks(names, matrix.shape[0], reading, path)
    kept = np.array([mark is not None for mark in found])
    labels = np.array([mark for mark in found if mark is not None])
    matrix = matrix if kept.all() else csr_array(matrix)[kept]
    return _reviews(matrix, labels, path), [told] if told else []


def _labelled(
    reviews: Reviews, labels: Any, path: Path, reading: Reading
) -> tuple[Reviews, list[str]]:
    """Give reviews their labels, from the file or from one beside it."""
    names = _labels_beside(path, reading) if labels is None or reading.labels else _names(labels)
    found, told = _marks(names, len(reviews), reading, path)
    kept = np.array([mark is not None for mark in found])
    if not kept.all():
        reviews = taken(reviews, np.flatnonzero(kept))
    marks = np.array([mark for mark in found if mark is not None])
    arrays = reviews.indptr, reviews.indices, reviews.stored_counts, marks
    return Reviews.trusted(*arrays, reviews.vocabulary_size), [told] if told else []


def _marks(
    names: Sequence[str], rows: int, reading: Reading, path: Path
) -> tuple[list[float | None], str]:
    """Say of the label of each row whether it is positive; see marks."""
    if not names:
        raise BadInput(f"{path}: holds no rows; write one for each review")
    if rows != len(names):
        raise BadInput(f"{path}: {rows:,} rows, but {len(names):,} labels; each row needs one")
    if "" in names:
        raise BadInput(f"{path}: row {names.index('') + 1} has no label")
    return marks(names, reading, path)


def _names(labels: Any) -> list[str]:
    """Return what each of many labels is called; equal names are one text in memory."""
    return [intern(named(label)) for label in labels.tolist()]


def _npy(content: bytes, path: Path, reading: Reading) -> tuple[Any, list[str]]:
    try:
        array = np.load(io.BytesIO(content), allow_pickle=False)
        if array.ndim != 2 or array.dtype.kind not in "buif":
            raise ValueError(f"it has the shape {array.shape} and dtype {array.dtype}")
        if not np.isfinite(array).all():
            raise ValueError("a value is not finite")
    except Exception as error:
        raise BadInput(
            f"{path}: no matrix of numbers ({reason(error)}); write it with numpy.save"
        ) from None
    return csr_array(array.astype(np.float64)), _labels_beside(path, reading)


def _labels_beside(path: Path, reading: Reading) -> list[str]:
    """Read the labels of a matrix from a file of their own."""
    if not reading.labels:
        raise BadInput(
            f"{path}: has no labels; give a file with one for each row, as in labels='labels.npy' "
            "(or .txt, or .csv)"
        )
    file = Path(reading.labels)
    if file.suffix.lower() == ".npy":
        try:
            array = np.load(file, allow_pickle=False)
            if array.ndim != 1 or not array.itemsize:
                raise ValueError(f"it has the shape {array.shape}")
        except OSError:
            raise
        except Exception as error:
            raise BadInput(f"{file}: no array of labels ({reason(error)})") from None
        return _names(array)
    if file.suffix.lower() not in (".txt", ".csv"):
        raise BadInput(f"{file}: labels are in a .npy, .txt or .csv file")
    lines = [line.strip().strip('"') for line in utf_8(file.read_bytes(), file).splitlines()]
    names = [named(line) for line in lines if line]
    # A CSV has a header, which is no label of any other row.
    if file.suffix.lower() == ".csv" and names and names[0] not in names[1:]:
        names = names[1:]
    if not names:
        raise BadInput(f"{file}: holds no labels; write one for each row")
    return names


def _npz(content: bytes, path: Path, reading: Reading) -> tuple[Any, list[str]]:
    try:
        (values, indices, indptr, (rows, words)), labels = _arrays(content, path)
        # scipy accepts some indptr that go back, and would read outside of the arrays.
        if [*indptr[:1], *indptr[-1:]] != [0, len(indices)] or (indptr[1:] < indptr[:-1]).any():
            raise ValueError(f"indptr must rise from 0 to {len(indices)}")
        matrix = csr_array((values, indices, indptr), shape=(rows, words))
        matrix.check_format(full_check=True)
    except BadInput:
        raise
    except Exception as error:
        # A damaged file makes zipfile, numpy and scipy raise many kinds.
        raise BadInput(f"{path}: no sparse matrix ({reason(error)}); {_CURE}") from None
    if labels is None or reading.labels:
        return matrix, _labels_beside(path, reading)
    return matrix, _names(labels)


def _arrays(content: bytes, path: Path) -> tuple[list[Any], Any]:
    """Return the arrays of _NPZ, and that of the labels, if it is there.

    Raises:
        ValueError: one has more than one dimension, or numbers of the wrong kind.
    """
    with warnings.catch_warnings():
        # numpy warns of odd headers; whatever matters in them is checked below.
        warnings.simplefilter("ignore")
        with np.load(io.BytesIO(content), allow_pickle=False) as found:
            # scipy.sparse.save_npz writes the form; other forms have arrays of the same names.
            form = found["format"] if "format" in found else np.array("csr")
            if form.ndim or form.astype(str) != "csr":
                raise BadInput(f"{path}: holds no csr matrix; save m.tocsr() instead")
            missing = [name for name in _NPZ if name not in found]
            if missing:
                raise BadInput(f"{path}: lacks {', '.join(missing)}; {_CURE}")
            names = [*_NPZ, *({"labels"} & set(found))]
            if sum(found.zip.getinfo(f"{name}.npy").file_size for name in names) > MOST_BYTES:
                raise BadInput(
                    f"{path}: unpacks to more than {MOST_BYTES:,} bytes; use a part of it"
                )
            arrays = {name: found[name] for name in names}
        for name, array in arrays.items():
            kinds = _NPZ.get(name, "buifU")
            # Numbers without bytes can be of any number.
            if array.ndim != 1 or array.dtype.kind not in kinds or not array.itemsize:
                raise ValueError(f"{name} has the shape {array.shape} and dtype {array.dtype}")
    labels = arrays.pop("labels", None)
    # scipy can't add up numbers of every width.
    return [arrays["data"].astype(np.float64), *list(arrays.values())[1:]], labels


def _reviews(matrix: Any, labels: Any, path: Path) -> Reviews:
    try:
        matrix = csr_array(matrix)
        matrix.sum_duplicates()
        matrix.eliminate_zeros()
        return Reviews(
            matrix.indptr.astype(np.int64),
            matrix.indices,
            matrix.data.astype(np.float64),
            labels,
            max(1, matrix.shape[1]),
        )
    except (ValueError, OverflowError) as error:
        raise BadInput(f"{path}: {reason(error)}; mend it and write the file anew") from None
