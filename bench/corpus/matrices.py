"""Reviews that are numbers already: svmlight files, and scipy's sparse matrices in .npz."""

from __future__ import annotations

import gzip
import io
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from ...impls.reviews import Reviews
from ..errors import BadInput
from .archive import MOST_BYTES
from .labels import NAMES, label_of
from .rows import BadRows, Columns

SUFFIXES = (".svm", ".svm.gz", ".svmlight", ".libsvm", ".npz")


def load_matrix(path: Path, columns: Columns) -> tuple[Reviews, str]:
    """The reviews of a file, with its values as counts, and a sentence on what was left out.

    Raises:
        BadInput: rows are bad, or the file is no such.
        OSError: the file can't be read.
    """
    if path.suffix.lower() == ".npz":
        return _load_npz(path), ""
    if find_spec("sklearn") is None:
        raise BadInput(f"{path}: needs scikit-learn: pip install 'skipzeros[data]'")
    content = _content(path)
    lines = content.split(b"\n")
    bad = BadRows(path, columns.skip_bad)
    try:
        matrix, labels = _parse(content)
        kept = range(len(labels))
    except Exception:
        # The parser doesn't say where: so it is asked line by line.
        good = [
            line if _is_good(line, number, bad) else b"" for number, line in enumerate(lines, 1)
        ]
        told = bad.settle(sum(bool(line.strip()) for line in lines))
        matrix, labels = _parse(b"\n".join(good))
        return _reviews(matrix, labels, path), told
    wrong = [row for row in kept if label_of(f"{labels[row]:g}") is None]
    if wrong:
        places = [n for n, line in enumerate(lines, 1) if line.split(b"#")[0].strip()]
        for row in wrong:
            bad.add(places[row], f"the label must be {NAMES}, not {labels[row]:g}")
        told = bad.settle(len(labels))
        right = np.setdiff1d(np.arange(len(labels)), wrong)
        return _reviews(matrix[right], labels[right], path), told
    return _reviews(matrix, labels, path), ""


def _content(path: Path) -> bytes:
    content = path.read_bytes()
    if path.suffix.lower() != ".gz":
        return content
    try:
        with gzip.open(io.BytesIO(content)) as file:
            unpacked = file.read(MOST_BYTES + 1)
    except (OSError, EOFError, ValueError) as error:
        raise BadInput(f"{path}: not a whole .gz file ({error}); make it again") from None
    if len(unpacked) > MOST_BYTES:
        raise BadInput(f"{path}: unpacks to more than {MOST_BYTES:,} bytes; use a part of it")
    return unpacked


def _parse(content: bytes) -> tuple[Any, Any]:
    from sklearn.datasets import load_svmlight_file

    matrix, labels = load_svmlight_file(io.BytesIO(content), zero_based="auto")
    return matrix, labels


def _is_good(line: bytes, number: int, bad: BadRows) -> bool:
    if not line.split(b"#")[0].strip():
        return True
    try:
        _, labels = _parse(line)
        if label_of(f"{labels[0]:g}") is None:
            raise ValueError(f"the label must be {NAMES}, not {labels[0]:g}")
    except Exception as error:
        bad.add(number, " ".join(str(error).split())[:120] or type(error).__name__)
        return False
    return True


def _load_npz(path: Path) -> Reviews:
    names = ("data", "indices", "indptr", "shape", "labels")
    try:
        with np.load(path, allow_pickle=False) as arrays:
            missing = [name for name in names if name not in arrays]
            if missing:
                raise BadInput(
                    f"{path}: lacks {', '.join(missing)}; write it with np.savez(path, "
                    "data=m.data, indices=m.indices, indptr=m.indptr, shape=m.shape, labels=labels)"
                )
            if sum(arrays.zip.getinfo(f"{name}.npy").file_size for name in names) > MOST_BYTES:
                raise BadInput(
                    f"{path}: unpacks to more than {MOST_BYTES:,} bytes; use a part of it"
                )
            data, indices, indptr, shape, labels = (arrays[name] for name in names)
        matrix = csr_array((data, indices, indptr), shape=(int(shape[0]), int(shape[1])))
        matrix.check_format(full_check=True)
        values = [label_of(f"{label:g}") for label in np.asarray(labels, dtype=float)]
    except (BadInput, OSError):
        raise
    except Exception as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise BadInput(f"{path}: no sparse matrix with labels ({reason})") from None
    if len(values) != matrix.shape[0]:
        raise BadInput(f"{path}: {matrix.shape[0]:,} rows, but {len(values):,} labels")
    if None in values:
        raise BadInput(f"{path}: row {values.index(None)}: the label must be {NAMES}")
    return _reviews(matrix, np.array(values), path)


def _reviews(matrix: Any, labels: Any, path: Path) -> Reviews:
    if not len(labels):
        raise BadInput(f"{path}: holds no rows; write one for each review")
    matrix = csr_array(matrix)
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    try:
        return Reviews(
            matrix.indptr.astype(np.int64), matrix.indices, matrix.data.astype(np.float64),
            (np.asarray(labels) > 0).astype(np.float64), max(1, matrix.shape[1]),
        )  # fmt: skip
    except ValueError as error:
        raise BadInput(f"{path}: {error}") from None
