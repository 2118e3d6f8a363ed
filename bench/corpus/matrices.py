"""Reviews that are numbers already: svmlight files, and scipy's sparse matrices in .npz."""

from __future__ import annotations

import gzip
import io
import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

import numpy as np
from scipy.sparse import csr_array

from ...impls.reviews import Reviews
from ..outcomes import BadInput
from ..text.markdown import reason
from .archive import MOST_BYTES
from .rows import NAMES, BadRows, Columns, label_of

SUFFIXES = (".svm", ".svm.gz", ".svmlight", ".libsvm", ".npz")

# The arrays of a .npz, and the kinds of numbers that each may hold.
_NPZ = {"data": "buif", "indices": "ui", "indptr": "ui", "shape": "ui", "labels": "buif"}
_CURE = (
    "write it with np.savez(path, data=m.data, indices=m.indices, indptr=m.indptr, "
    "shape=m.shape, labels=labels)"
)


def load_matrix(path: Path, columns: Columns) -> tuple[Reviews, str]:
    """Read the reviews of a file; its values are their counts.

    Returns:
        The reviews, and a sentence on what was left out, empty if nothing was.

    Raises:
        BadInput: rows are bad, or the file is of another kind.
        OSError: the file can't be read.
    """
    if path.suffix.lower() == ".npz":
        return _load_npz(path), ""
    if find_spec("sklearn") is None:
        raise BadInput(f"{path}: needs scikit-learn: pip install 'skipzeros[data]'")
    content, told = _content(path), ""
    try:
        matrix, labels = _parse(content)
    except Exception:
        # The parser doesn't say which line is bad, so it is given each line alone.
        bad, lines = BadRows(path, columns.skip_bad), content.split(b"\n")
        good = [
            line if _is_good(line, number, bad) else b"" for number, line in enumerate(lines, 1)
        ]
        told = bad.settle(sum(bool(line.strip()) for line in lines))
        matrix, labels = _parse(b"\n".join(good))
    return _reviews(matrix, labels, path), told


def _content(path: Path) -> bytes:
    content = path.read_bytes()
    if path.suffix.lower() != ".gz":
        return content
    try:
        with gzip.open(io.BytesIO(content)) as file:
            unpacked = file.read(MOST_BYTES + 1)
    except Exception as error:
        # zlib and gzip each raise their own kinds.
        raise BadInput(f"{path}: not a whole .gz file ({reason(error)}); make it again") from None
    if len(unpacked) > MOST_BYTES:
        raise BadInput(f"{path}: unpacks to more than {MOST_BYTES:,} bytes; use a part of it")
    return unpacked


def _parse(content: bytes) -> tuple[Any, Any]:
    """Parse the content of an svmlight file.

    Returns:
        The matrix and the labels.

    Raises:
        ValueError: a label isn't one, or a value isn't finite; the parser raises other kinds too.
    """
    from sklearn.datasets import load_svmlight_file

    matrix, labels = load_svmlight_file(io.BytesIO(content), zero_based="auto")
    for label in np.unique(labels):
        if label_of(f"{label:g}") is None:
            raise ValueError(f"the label must be {NAMES}, not {label:g}")
    if not np.isfinite(matrix.data).all():
        raise ValueError("a value is not finite")
    return matrix, labels


def _is_good(line: bytes, number: int, bad: BadRows) -> bool:
    if not line.split(b"#")[0].strip():
        return True
    try:
        _parse(line)
    except Exception as error:
        bad.add(number, reason(error))
        return False
    return True


def _load_npz(path: Path) -> Reviews:
    with path.open("rb") as file:
        try:
            values, indices, indptr, (rows, words), labels = _arrays(file, path)
            # scipy accepts some indptr that go back, and would read outside of the arrays.
            if [*indptr[:1], *indptr[-1:]] != [0, len(indices)] or (indptr[1:] < indptr[:-1]).any():
                raise ValueError(f"indptr must rise from 0 to {len(indices)}")
            matrix = csr_array((values, indices, indptr), shape=(rows, words))
            matrix.check_format(full_check=True)
            marks = [label_of(f"{label:g}") for label in labels.tolist()]
        except BadInput:
            raise
        except Exception as error:
            # A damaged file makes zipfile, numpy and scipy raise many kinds.
            raise BadInput(
                f"{path}: no sparse matrix with labels ({reason(error)}); {_CURE}"
            ) from None
    if len(marks) != rows:
        raise BadInput(f"{path}: {rows:,} rows, but {len(marks):,} labels; each row needs one")
    if None in marks:
        raise BadInput(f"{path}: row {marks.index(None)}: the label must be {NAMES}")
    return _reviews(matrix, np.array(marks), path)


def _arrays(file: IO[bytes], path: Path) -> list[Any]:
    """Return the arrays of _NPZ; each must have one dimension and numbers of the right kind."""
    with warnings.catch_warnings():
        # numpy warns of odd headers; whatever matters in them is checked below.
        warnings.simplefilter("ignore")
        with np.load(file, allow_pickle=False) as found:
            missing = [name for name in _NPZ if name not in found]
            if missing:
                raise BadInput(f"{path}: lacks {', '.join(missing)}; {_CURE}")
            names = [*_NPZ, *({"format"} & set(found))]
            if sum(found.zip.getinfo(f"{name}.npy").file_size for name in names) > MOST_BYTES:
                raise BadInput(
                    f"{path}: unpacks to more than {MOST_BYTES:,} bytes; use a part of it"
                )
            # scipy.sparse.save_npz writes the form; other forms have arrays of the same names.
            form = found["format"] if "format" in found else np.array("csr")
            if form.ndim or form.astype(str) != "csr":
                raise BadInput(f"{path}: holds no csr matrix; save m.tocsr() instead")
            arrays = [found[name] for name in _NPZ]
        for (name, kinds), array in zip(_NPZ.items(), arrays, strict=True):
            if array.ndim != 1 or array.dtype.kind not in kinds:
                raise ValueError(f"{name} has the shape {array.shape} and dtype {array.dtype}")
        # scipy can't add up numbers of every width.
        return [arrays[0].astype(np.float64), *arrays[1:]]


def _reviews(matrix: Any, labels: Any, path: Path) -> Reviews:
    if not len(labels):
        raise BadInput(f"{path}: holds no rows; write one for each review")
    try:
        matrix = csr_array(matrix)
        matrix.sum_duplicates()
        matrix.eliminate_zeros()
        return Reviews(
            matrix.indptr.astype(np.int64),
            matrix.indices,
            matrix.data.astype(np.float64),
            (np.asarray(labels) > 0).astype(np.float64),
            max(1, matrix.shape[1]),
        )
    except (ValueError, OverflowError) as error:
        raise BadInput(f"{path}: {reason(error)}; mend it and write the file anew") from None
