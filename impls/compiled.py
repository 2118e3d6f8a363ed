"""The whole pass in machine code: no interpreter, no temporary, no wait for memory.

The waste removed: the Python loop over the reviews and the copies of the rows. Two loops
(vectors.py) sum and update the rows of a review in registers, and fetch rows that come later at
the same time. Where reviews of a batch share a word, its row is updated once. The waste left: the
cache lines that hold more than a row.
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
from .row_layout import WORDS_AHEAD, ahead, aligned_zeros, row_layout

if find_spec("numba") is not None:
    from .exchange import summed
    from .vectors import subtract_from_rows, sum_rows


class Shared(NamedTuple):
    """The words of each batch, each once; None where a row is updated review by review.

    Attributes:
        batches: (n + 1,) where the words of each batch start.
        distinct: (m,) the words, ascending in each batch.
        slots: (nnz,) which of its batch each word of a review is.
    """

    batches: NDArray[np.int64] | None = None
    distinct: NDArray[np.int32] | None = None
    slots: NDArray[np.uint32] | None = None


class Partner(NamedTuple):
    """One of the threads that share the hidden units of a network, a pass of each at a time.

    Attributes:
        number: from 0.
        shares, turns: see exchange.summed; None where there is one thread.
    """

    number: int = 0
    shares: Any = None
    turns: Any = None


ALONE = Partner()


class Prepared(NamedTuple):
    """Reviews as the compiled loop reads them."""

    indptr: NDArray[np.int64]
    words: NDArray[np.int32]
    counts: Array | None
    labels: Array
    shared: Shared


class Compiled(Network):
    """The whole loop over the reviews, compiled by numba.

    Args:
        weights_0_1, weights_1_2, learning_rate, batch_size: as every network's.
        words_ahead: rows are fetched so many words before they are needed; 0 fetches none.
        apart: whether what is left of a row besides whole vectors may lie in an array of its own.

    Raises:
        ValueError: words_ahead is below 0.
    """

    accepts_counts = True
    accepts_batches = True
    dtypes = ("float64", "float32")

    @classmethod
    def unavailable(cls) -> str | None:
        if find_spec("numba") is None:
            return "needs numba: pip install 'skipzeros[compiled]'"
        return None

    def __init__(
        self,
        weights_0_1: Array,
        weights_1_2: Array,
        learning_rate: float,
        batch_size: int = 1,
        words_ahead: int = WORDS_AHEAD,
        apart: bool = True,
    ) -> None:
        super().__init__(weights_0_1, weights_1_2, learning_rate, batch_size)
        if words_ahead < 0:
            raise ValueError(f"words_ahead is {words_ahead}; 0 fetches none")
        vocabulary_size, self._hidden = weights_0_1.shape
        dtype = weights_0_1.dtype
        self._layout = row_layout(self._hidden, dtype.itemsize, vocabulary_size, apart)
        self._ahead = ahead(self._layout, batch_size, words_ahead)
        self._heads = aligned_zeros((vocabulary_size, self._layout.whole), dtype)
        self._tails = aligned_zeros((vocabulary_size, self._layout.rest), dtype)
        self._weights_1_2 = aligned_zeros((self._layout.padded,), dtype)
        self.reset(weights_0_1, weights_1_2)

    def reset(self, weights_0_1: Array, weights_1_2: Array) -> None:
        """Write fresh weights into the same arrays."""
        whole = min(self._layout.whole, self._hidden)
        self._heads[:, :whole] = weights_0_1[:, :whole]
        self._tails[:, : self._hidden - whole] = weights_0_1[:, whole:]
        self.weights_1_2[...] = weights_1_2

    @property
    def weights_0_1(self) -> Array:
        return np.concatenate([self._heads, self._tails], axis=1)[:, : self._hidden]

    @property
    def weights_1_2(self) -> Array:
        return self._weights_1_2[: self._hidden]

    def rows(self, words: NDArray[np.int32]) -> Array:
        return np.concatenate([self._heads[words], self._tails[words]], axis=1)[:, : self._hidden]

    @property
    def shares_words(self) -> bool:
        """Whether a row is updated once a batch, for all of its reviews that have the word."""
        return self._layout.shared(self.batch_size)

    def prepare(self, reviews: Reviews) -> Any:
        dtype = self._heads.dtype
        counts = reviews.counts_as(dtype)
        indptr, words = side_by_side(reviews.indptr), side_by_side(reviews.indices)
        shared = Shared()
        if self.shares_words:
            shared = Shared(*shared_words(reviews, self.batch_size))
        return Prepared(indptr, words, counts, reviews.labels.astype(dtype), shared)

    def train(self, prepared: Any) -> Array:
        return run(self.arguments(prepared, True))

    def predict(self, prepared: Any) -> Array:
        return run(self.arguments(prepared, False))

    def arguments(
        self, prepared: Prepared, training: bool, partner: Partner = ALONE
    ) -> tuple[Any, ...]:
        """Return the arguments of one_pass, with all that it needs room for."""
        dtype, width = self._heads.dtype, len(self._weights_1_2)
        *reviews, shared = prepared
        outputs: Array = np.empty(len(prepared.labels), dtype)
        most = 0 if shared.batches is None else int(np.diff(shared.batches).max(initial=0))
        return (
            outputs,
            self._layout.cut,
            self._heads,
            self._tails,
            self._weights_1_2,
            *reviews,
            *shared,
            training,
            dtype.type(self.learning_rate),
            *self._ahead,
            *partner,
            np.empty(max(1, min(self.batch_size, len(outputs))), dtype),
            *(aligned_zeros((numbers,), dtype) for numbers in (most, width, width, width)),
        )


def run(arguments: tuple[Any, ...]) -> Array:
    """Make the pass that Compiled.arguments describes, and return its outputs (n,)."""
    try:
        _compiled()(*arguments)
    except OSError:  # what was compiled can't be kept: the disk is full
        _compiled()(*arguments)
    outputs: Array = arguments[0]
    return outputs


def shared_words(reviews: Reviews, batch_size: int) -> tuple[Array, Array, Array]:
    """Find the words of each batch, and which of them each word of its reviews is.

    Returns:
        What Shared holds.
    """
    batches = [0]
    distinct, slots = [np.empty(0, np.int32)], [np.empty(0, np.uint32)]
    for start in range(0, len(reviews), batch_size):
        words, own = np.unique(reviews[start : start + batch_size].indices, return_inverse=True)
        batches.append(batches[-1] + len(words))
        distinct.append(words)
        slots.append(own.astype(np.uint32))
    return np.array(batches), np.concatenate(distinct), np.concatenate(slots)


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
    how = {"fastmath": {"reassoc", "contract"}, "error_model": "numpy", "nogil": True}
    try:
        return njit(cache=True, **how)(one_pass)
    except RuntimeError:  # it can be kept neither beside this file nor in the user's folder
        return njit(**how)(one_pass)


def one_pass(
    outputs: Array,
    cut: tuple[tuple[int, ...], ...],
    heads: Array,
    tails: Array,
    weights_1_2: Array,
    indptr: Array,
    words: Array,
    counts: Array | None,
    labels: Array,
    batches: Array | None,
    distinct: Array,
    slots: Array,
    training: bool,
    rate: Any,
    sum_ahead: int | None,
    update_ahead: int | None,
    number: int,
    shares: Array | None,
    turns: Array,
    steps: Array,
    shared_steps: Array,
    layer_1: Array,
    step_0_1: Array,
    step_1_2: Array,
) -> None:
    """Train on the reviews, or only predict; compiled on its first call.

    Args:
        outputs: (n,), where the outputs are written.
        cut, heads, tails: the rows of weights; see vectors.sum_rows.
        weights_1_2: (padded,), with zeros for units that there aren't.
        sum_ahead, update_ahead: see ahead.
        number, shares, turns: see Partner.
        steps: one for each review of a batch, room to work in; so is shared_steps, for the words
            of any batch, and so are layer_1, step_0_1 and step_1_2 (padded,).
    """
    one, zero = heads.dtype.type(1), heads.dtype.type(0)
    tiles = len(cut[0])
    lanes = heads.shape[1] // tiles
    for first in range(0, len(labels), len(steps)):
        last = min(first + len(steps), len(labels))
        step_1_2[:] = 0
        for review in range(first, last):
            start, stop = indptr[review], indptr[review + 1]
            for tile in range(tiles):
                sum_rows(
                    cut, heads, tails, words, counts, start, stop, tile * lanes, layer_1, sum_ahead
                )
            layer_2_sum = zero
            for unit in range(len(layer_1)):
                layer_2_sum += layer_1[unit] * weights_1_2[unit]
            if shares is not None:
                layer_2_sum = summed(layer_2_sum, review, number, shares, turns)
            layer_2 = one / (one + math.exp(-layer_2_sum))
            outputs[review] = layer_2
            if training:
                delta_2 = (layer_2 - labels[review]) * layer_2 * (one - layer_2)
                step = rate * delta_2 / heads.dtype.type(last - first)
                steps[review - first] = step
                for unit in range(len(layer_1)):
                    step_1_2[unit] += step * layer_1[unit]
        if not training:
            continue
        if batches is None:
            for review in range(first, last):
                start, stop = indptr[review], indptr[review + 1]
                for unit in range(len(layer_1)):
                    step_0_1[unit] = steps[review - first] * weights_1_2[unit]
                for tile in range(tiles):
                    subtract_from_rows(
                        cut, heads, tails, words, counts, start, stop, tile * lanes, step_0_1,
                        update_ahead,
                    )  # fmt: skip
        else:
            begin, end = batches[first // len(steps)], batches[first // len(steps) + 1]
            shared_steps[: end - begin] = 0
            for review in range(first, last):
                step = steps[review - first]
                for place in range(indptr[review], indptr[review + 1]):
                    own = step if counts is None else step * counts[place]
                    shared_steps[slots[place]] += own
            for tile in range(tiles):
                subtract_from_rows(
                    cut, heads, tails, distinct[begin:end], shared_steps, 0, end - begin,
                    tile * lanes, weights_1_2, update_ahead,
                )  # fmt: skip
        for unit in range(len(layer_1)):
            weights_1_2[unit] -= step_1_2[unit]
