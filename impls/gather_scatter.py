"""Rows gathered into one buffer that stays, and summed and updated there by BLAS.

The waste removed: arrays that are made for every review, and steps of one row at a time. A row is
moved as one item by take and put; np.dot, ger and axpy write into what is there. In a batch each
word's step is one number times weights_1_2, so one sparse product with a vector and one ger update
all of its rows. The waste left: every row is moved twice and multiplied by one, and a Python loop
runs over the reviews, with seven calls for each.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.linalg import get_blas_funcs
from scipy.sparse import csc_array

from .network import Array, PlainNetwork, sigmoid
from .reviews import Reviews


class GatherScatter(PlainNetwork):
    """Gather, BLAS, scatter: what numpy and scipy can do without a compiler."""

    accepts_counts = True
    accepts_batches = True

    def prepare(self, reviews: Reviews) -> Any:
        dtype, size = self.weights_0_1.dtype, self.batch_size
        if size > 1:
            return [_batch(reviews[i : i + size], dtype) for i in range(0, len(reviews), size)]
        # take and put want intp, and would convert anything else at every call.
        indices, bounds = reviews.indices.astype(np.intp), reviews.indptr.tolist()
        counts = reviews.counts_as(dtype)
        lengths = np.unique(np.diff(reviews.indptr)).tolist()
        # One array, so that it stays in the cache, and one view of it for each length.
        all_ones = np.ones(max(lengths, default=0), dtype)
        ones = {n: all_ones[:n] for n in lengths}
        return [
            (indices[i:j], ones[j - i] if counts is None else counts[i:j], label)
            for i, j, label in zip(bounds, bounds[1:], reviews.labels.tolist(), strict=False)
        ]

    def train(self, prepared: Any) -> Array:
        return self._pass(prepared, training=True)

    def predict(self, prepared: Any) -> Array:
        return self._pass(prepared, training=False)

    def _pass(self, prepared: Any, training: bool) -> Array:
        if self.batch_size > 1:
            return self._pass_in_batches(prepared, training)
        weights_1_2, rate = self.weights_1_2, self.learning_rate
        # Local names are found sooner than attributes.
        exp, sum_rows, items = math.exp, np.dot, _items(self.weights_0_1)
        gather, scatter = items.take, items.put
        dot, ger, axpy = get_blas_funcs(("dot", "ger", "axpy"), dtype=weights_1_2.dtype)
        places = self._places({len(words) for words, _, _ in prepared})
        layer_1 = np.empty_like(weights_1_2)
        outputs = []
        for words, values, label in prepared:
            rows, rows_as_items, columns = places[len(words)]
            # "clip" writes straight into the rows; the default checks first, in a copy.
            gather(words, None, rows_as_items, "clip")
            sum_rows(values, rows, layer_1)
            layer_2_sum = dot(layer_1, weights_1_2)
            layer_2 = 0.0 if layer_2_sum < -700 else 1 / (1 + exp(-layer_2_sum))
            outputs.append(layer_2)
            if training:
                step = -rate * ((layer_2 - label) * layer_2 * (1 - layer_2))
                # BLAS refuses the arrays of an empty review.
                if values.size:
                    ger(step, weights_1_2, values, a=columns, overwrite_a=1)
                axpy(layer_1, weights_1_2, a=step)
                scatter(words, rows_as_items)
        return np.array(outputs, weights_1_2.dtype)

    @np.errstate(over="ignore")
    def _pass_in_batches(self, prepared: Any, training: bool) -> Array:
        weights_1_2, items = self.weights_1_2, _items(self.weights_0_1)
        ger = get_blas_funcs("ger", dtype=weights_1_2.dtype)
        places = self._places({len(words) for _, words, _, _ in prepared})
        outputs = [np.empty(0, weights_1_2.dtype)]
        for layer_0, words, words_present, labels in prepared:
            rows, rows_as_items, columns = places[len(words)]
            items.take(words, None, rows_as_items, "clip")
            layer_1 = layer_0 @ rows
            layer_2 = sigmoid(layer_1 @ weights_1_2)
            outputs.append(layer_2)
            if training:
                delta_2 = (layer_2 - labels) * layer_2 * (1 - layer_2)
                step_1_2 = self.learning_rate / len(labels) * delta_2
                steps = words_present @ step_1_2
                if steps.size:
                    ger(-1, weights_1_2, steps, a=columns, overwrite_a=1)
                weights_1_2 -= step_1_2 @ layer_1
                items.put(words, rows_as_items)
        return np.concatenate(outputs)

    def _places(self, lengths: set[int]) -> dict[int, tuple[Array, Array, Array]]:
        """Return the place for so many rows: as (n, hidden), as (n,) items, as (hidden, n)."""
        shape = max(lengths, default=0), len(self.weights_1_2)
        most = np.empty_like(self.weights_0_1, shape=shape)
        items = _items(most)
        return {n: (most[:n], items[:n], most[:n].T) for n in lengths}


def _items(rows: Array) -> Array:
    """Return a view (n,) of rows (n, hidden) that takes each row for one number of many bytes."""
    items: Array = rows.view(f"V{rows.shape[1] * rows.itemsize}").reshape(-1)
    return items


def _batch(reviews: Reviews, dtype: Any) -> tuple[csc_array, Array, Any, Array]:
    """Return layer_0 (n, words) of a batch, its distinct words, layer_0.T, and the labels."""
    words, rows = np.unique(reviews.indices, return_inverse=True)
    counts = reviews.counts_as(dtype)
    values = np.ones(len(rows), dtype) if counts is None else counts
    # Without the narrow type, every number of a row would be 64 bits wide.
    places = rows.astype(np.int32), reviews.indptr.astype(np.int32)
    shape = len(words), len(reviews)
    words_present = csc_array((values, *places), shape=shape).tocsr()
    # By its columns, so that the product reads each row once and finds it in the cache.
    return words_present.T, words.astype(np.intp), words_present, reviews.labels.astype(dtype)
