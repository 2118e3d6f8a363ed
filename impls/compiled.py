"""The whole pass in machine code: no interpreter, no temporary, no wait for memory.

The waste removed: the Python loop over the reviews and the copies of the rows. A row is padded to
whole cache lines; two loops (vectors.py) sum and update the rows of a review in registers, and
fetch those of the next review at the same time. The waste left: the padding.
"""

from __future__ import annotations

import math
from functools import cache
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .network import Array, Network
from .reviews import Reviews

if find_spec("numba") is not None:
    from .vectors import VECTOR_BYTES, layout, subtract_from_rows, sum_rows


class Prepared(NamedTuple):
    """Reviews as the compiled loop reads them."""

    indptr: NDArray[np.int64]
    words: NDArray[np.int32]
    counts: Array | None
    labels: Array


class Compiled(Network):
    """The whole loop over the reviews, compiled by numba."""

    accepts_counts = True
    accepts_batches = True
    dtypes = ("float64", "float32")

    @classmethod
    def unavailable(cls) -> str | None:
        if find_spec("numba") is None:
            return "needs numba: pip install 'skipzeros[compiled]'"
        return None

    def __init__(
        self, weights_0_1: Array, weights_1_2: Array, learning_rate: float, batch_size: int = 1
    ) -> None:
        super().__init__(weights_0_1, weights_1_2, learning_rate, batch_size)
        vocabulary_size, self._hidden = weights_0_1.shape
        dtype = weights_0_1.dtype
        self._tiles, vectors = layout(self._hidden, dtype.itemsize)
        self._vectors = (0,) * vectors
        width = self._tiles * vectors * VECTOR_BYTES // dtype.itemsize
        self._rows = aligned_zeros((vocabulary_size, width), dtype)
        self._weights_1_2 = aligned_zeros((width,), dtype)
        self.reset(weights_0_1, weights_1_2)

    def reset(self, weights_0_1: Array, weights_1_2: Array) -> None:
        """Write fresh weights into the same arrays."""
        self.weights_0_1[...] = weights_0_1
        self.weights_1_2[...] = weights_1_2

    @property
    def weights_0_1(self) -> Array:
        return self._rows[:, : self._hidden]

    @property
    def weights_1_2(self) -> Array:
        return self._weights_1_2[: self._hidden]

    def prepare(self, reviews: Reviews) -> Any:
        dtype = self._rows.dtype
        counts = None if reviews.counts is None else reviews.counts.astype(dtype)
        indptr, words = side_by_side(reviews.indptr), side_by_side(reviews.indices)
        return Prepared(indptr, words, counts, reviews.labels.astype(dtype))

    def train(self, prepared: Any) -> Array:
        return self._pass(prepared, training=True)

    def predict(self, prepared: Any) -> Array:
        return self._pass(prepared, training=False)

    def _pass(self, prepared: Prepared, training: bool) -> Array:
        dtype, width = self._rows.dtype, self._rows.shape[1]
        outputs: Array = np.empty(len(prepared.labels), dtype)
        _compiled()(
            self._vectors,
            self._tiles,
            self._rows,
            self._weights_1_2,
            *prepared,
            training,
            dtype.type(self.learning_rate),
            outputs,
            np.empty(self.batch_size, dtype),
            *(aligned_zeros((width,), dtype) for _ in range(3)),
        )
        return outputs


def aligned_zeros(shape: tuple[int, ...], dtype: Any) -> Array:
    """Make an array of zeros that starts where a cache line does, so that vectors can be read."""
    dtype = np.dtype(dtype)
    size = math.prod(shape) * dtype.itemsize
    memory = np.zeros(size + VECTOR_BYTES, np.uint8)
    start = -memory.ctypes.data % VECTOR_BYTES
    array: Array = memory[start : start + size].view(dtype).reshape(shape)
    return array


def side_by_side(numbers: NDArray[Any]) -> NDArray[Any]:
    """Return numbers that lie side by side, as the loop counts on, and can't be written.

    Numba compiles anew for arrays that can be.
    """
    view = np.ascontiguousarray(numbers).view()
    view.flags.writeable = False
    return view


@cache
def _compiled() -> Any:
    from numba import njit

    # The compiler may add in any order; the certificate judges the results that it then gives.
    how = {"fastmath": {"reassoc", "contract"}, "error_model": "numpy"}
    try:
        return njit(cache=True, **how)(one_pass)
    except RuntimeError:  # it can be kept neither beside this file nor in the user's folder
        return njit(**how)(one_pass)


def one_pass(
    vectors: tuple[int, ...],
    tiles: int,
    rows: Array,
    weights_1_2: Array,
    indptr: Array,
    words: Array,
    counts: Array | None,
    labels: Array,
    training: bool,
    rate: Any,
    outputs: Array,
    steps: Array,
    layer_1: Array,
    step_0_1: Array,
    step_1_2: Array,
) -> None:
    """Train on the reviews, or only predict; compiled on its first call.

    Args:
        vectors, tiles: how a row is cut; see vectors.layout.
        rows: (vocabulary_size, width), padded with zeros as weights_1_2 (width,) is.
        outputs: (n,), where the outputs are written.
        steps: (batch_size,), room to work in; so are layer_1, step_0_1 and step_1_2 (width,).
    """
    one = rows.dtype.type(1)
    lanes = rows.shape[1] // tiles
    for first in range(0, len(labels), len(steps)):
        last = min(first + len(steps), len(labels))
        step_1_2[:] = 0
        for review in range(first, last):
            start, stop = indptr[review], indptr[review + 1]
            for tile in range(tiles):
                sum_rows(vectors, rows, words, counts, start, stop, tile * lanes, layer_1)
            layer_2_sum = rows.dtype.type(0)
            for unit in range(len(layer_1)):
                layer_2_sum += layer_1[unit] * weights_1_2[unit]
            layer_2 = one / (one + math.exp(-layer_2_sum))
            outputs[review] = layer_2
            if training:
                delta_2 = (layer_2 - labels[review]) * layer_2 * (one - layer_2)
                step = rate * delta_2 / rows.dtype.type(last - first)
                steps[review - first] = step
                for unit in range(len(layer_1)):
                    step_1_2[unit] += step * layer_1[unit]
        if training:
            for review in range(first, last):
                start, stop = indptr[review], indptr[review + 1]
                next_stop = indptr[min(review + 2, len(labels))]
                for unit in range(len(layer_1)):
                    step_0_1[unit] = steps[review - first] * weights_1_2[unit]
                for tile in range(tiles):
                    subtract_from_rows(
                        vectors, rows, words, counts, start, stop, tile * lanes, step_0_1, next_stop
                    )
            for unit in range(len(layer_1)):
                weights_1_2[unit] -= step_1_2[unit]
