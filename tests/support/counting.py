"""Arrays that count: what is multiplied, added, read and written where they take part."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import numpy as np
from scipy.sparse import coo_array

from skipzeros.bench.cost.formulas import Work


class Counted(np.ndarray):
    """An array whose operations are tallied; where `register` is set, its bytes aren't."""

    tally: ClassVar[dict[str, int]] = {}
    register = False

    def __array_finalize__(self, source: Any) -> None:
        self.register = getattr(source, "register", False)

    def __array_ufunc__(
        self, ufunc: Any, method: str, *inputs: Any, out: Any = None, **how: Any
    ) -> Any:
        # Not of a Python number, whose type gives way to that of an array.
        plain = [np.asarray(one) if isinstance(one, np.ndarray) else one for one in inputs]
        if out is not None:
            how["out"] = tuple(np.asarray(one) for one in out)
        result = getattr(ufunc, method)(*plain, **how)
        if ufunc is np.multiply:
            multiplied(*np.broadcast_arrays(*plain))
        elif ufunc is np.matmul:
            left, right = plain
            if right.ndim == 1:
                right = right[:, None]
            if left.ndim == 1:
                left = left[None]
            multiplied(*np.broadcast_arrays(left[:, :, None], right[None]))
            added(left.shape[0] * (left.shape[1] - 1) * right.shape[1])
        elif ufunc is np.add and method == "reduce":
            added(plain[0].size - np.size(result) if plain[0].size else 0)
        elif ufunc in (np.add, np.subtract):
            added(np.size(result))
        else:
            assert ufunc in (np.negative, np.exp, np.divide, np.less), ufunc
        for one in inputs:
            read(one)
        if out is not None:
            written(out[0])
            return as_counted(out[0])
        target = as_counted(result)
        target.register = any(getattr(one, "register", False) for one in inputs)
        if not target.register:
            written(target)
        return target

    def __array_function__(self, function: Any, types: Any, args: Any, how: Any) -> Any:
        if function is np.outer:
            left, right = (as_counted(one) for one in args)
            return left[:, None] * right[None, :]
        if function is np.dot:
            return gemv(*args)
        return super().__array_function__(function, types, args, how)

    def __getitem__(self, index: Any) -> Any:
        result = super().__getitem__(_plain(index))
        if isinstance(index, np.ndarray) and index.ndim:
            read(index)
            read(result)
            written(result)
        elif not np.ndim(result):
            add("bytes_read", 0 if self.register else self.itemsize)
        return as_counted(result)

    def __setitem__(self, index: Any, value: Any) -> None:
        super().__setitem__(_plain(index), np.asarray(value))
        if isinstance(index, np.ndarray) and index.ndim:
            read(index)
        read(value)
        add("bytes_written", np.asarray(self).__getitem__(_plain(index)).size * self.itemsize)

    def take(self, words: Any, axis: Any = None, out: Any = None, mode: Any = "raise") -> Any:
        result = np.asarray(self).take(words, axis, np.asarray(out), mode)
        read(words)
        add("bytes_read", len(words) * self.itemsize)
        written(result)
        return out

    def put(self, words: Any, values: Any, mode: Any = "raise") -> None:
        np.asarray(self).put(words, np.asarray(values), mode)
        read(words)
        read(values)
        add("bytes_written", len(words) * self.itemsize)


class CountedMatrix:
    """A sparse matrix that counts what its product with a dense array takes."""

    def __init__(self, matrix: Any) -> None:
        self.matrix = matrix

    def __matmul__(self, dense: Any) -> Any:
        matrix, dense = self.matrix, np.asarray(dense)
        entries, columns = coo_array(matrix), dense.shape[1] if dense.ndim > 1 else 1
        for word, value in zip(entries.col, entries.data, strict=True):
            multiplied(np.full(columns, value), dense[word])
        added(matrix.nnz * columns)
        for part in (matrix.data, matrix.indices, matrix.indptr):
            read(part)
        add("bytes_read", matrix.nnz * columns * dense.itemsize)
        result = as_counted(matrix @ dense)
        written(result)
        return result


def gemv(values: Any, rows: Any, out: Any) -> Any:
    """out = values @ rows, as BLAS does it: added up in the zeros of out."""
    np.dot(np.asarray(values), np.asarray(rows), np.asarray(out))
    multiplied(*np.broadcast_arrays(np.asarray(values)[:, None], np.asarray(rows)))
    added(rows.size)
    read(values)
    read(rows)
    written(out)
    return out


def blas(names: Any, dtype: Any) -> Any:
    """scipy.linalg.get_blas_funcs, of functions that count."""
    functions = {"dot": _dot, "ger": _ger, "axpy": _axpy}
    return functions[names] if isinstance(names, str) else [functions[name] for name in names]


def _dot(left: Any, right: Any) -> Counted:
    multiplied(np.asarray(left), np.asarray(right))
    added(left.size - 1)
    read(left)
    read(right)
    return as_counted(np.dot(np.asarray(left), np.asarray(right)))


def _ger(alpha: Any, left: Any, right: Any, a: Any, overwrite_a: int) -> None:
    alpha, left, right, a = map(np.asarray, (alpha, left, right, a))
    multiplied(*np.broadcast_arrays(alpha, right))
    scaled = alpha * right
    multiplied(*np.broadcast_arrays(left[:, None], scaled[None]))
    a += left[:, None] * scaled
    added(a.size)
    for one in (left, right, a):
        read(one)
    written(a)


def _axpy(x: Any, y: Any, a: Any) -> None:
    x, y, a = map(np.asarray, (x, y, a))
    multiplied(*np.broadcast_arrays(x, a))
    y += a * x
    added(y.size)
    for one in (x, y):
        read(one)
    written(y)


def as_counted(array: Any) -> Counted:
    return array if isinstance(array, Counted) else np.asarray(array).view(Counted)


def registers(array: Any) -> Counted:
    result = as_counted(np.array(array))
    result.register = True
    return result


def add(figure: str, number: int) -> None:
    if Counted.tally:
        Counted.tally[figure] += int(number)


def added(number: int) -> None:
    add("additions", number)


def multiplied(left: Any, right: Any) -> None:
    zero = (left == 0) | (right == 0)
    one = (left == 1) | (right == 1)
    add("multiplications", left.size)
    add("by_zero", zero.sum())
    add("by_one", (one & ~zero).sum())


def read(array: Any) -> None:
    if np.ndim(array) and not getattr(array, "register", False):
        # Without those that broadcasting only seems to repeat.
        size = [n for n, step in zip(array.shape, array.strides, strict=True) if step or n == 0]
        add("bytes_read", int(np.prod(size, dtype=int)) * array.itemsize)


def written(array: Any) -> None:
    if np.ndim(array) and not getattr(array, "register", False):
        add("bytes_written", array.nbytes)


@contextmanager
def counting() -> Iterator[dict[str, int]]:
    """The tally of what is computed inside, by the names of a Work's attributes."""
    Counted.tally = dict.fromkeys(Work.__annotations__, 0)
    try:
        yield Counted.tally
    finally:
        Counted.tally = {}


def _plain(index: Any) -> Any:
    if isinstance(index, tuple):
        return tuple(_plain(one) for one in index)
    if isinstance(index, np.ndarray):
        return np.asarray(index) if index.ndim else int(index)
    return index
