"""What a user of JAX would write: one jitted function makes a whole pass (jax_pass.py).

The waste removed: the zeros, Python between the reviews, and copies of rows. In a batch the steps
of a word are summed first, so that its row changes once. The waste left: no row is fetched while
another is summed; and for each size of the weights, and of a call rounded up to a power of two,
XLA compiles anew, in prepare.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import numpy as np

from skipzeros import Network, Reviews

Array = Any

# So that all calls with a few reviews are of one size.
FEW_REVIEWS, FEW_WORDS = 256, 2048


class JaxNetwork(Network):
    """Weights go into the jitted function, and come back as other weights in the same memory."""

    accepts_counts = True
    accepts_batches = True
    dtypes = ("float64", "float32")

    @classmethod
    def unavailable(cls) -> str | None:
        if find_spec("jax") is None:
            return "needs jax: pip install jax"
        return None

    def __init__(
        self, weights_0_1: Array, weights_1_2: Array, learning_rate: float, batch_size: int = 1
    ) -> None:
        super().__init__(weights_0_1, weights_1_2, learning_rate, batch_size)
        # Imported here, because it takes long, and listing the networks must not.
        import jax
        import jax_pass

        self._jax, self._pass = jax, jax_pass
        self._compiled: set[tuple[int, ...]] = set()
        self.reset(weights_0_1, weights_1_2)

    def reset(self, weights_0_1: Array, weights_1_2: Array) -> None:
        """Copy fresh weights."""
        weights = weights_0_1, weights_1_2
        # Without enable_x64 JAX makes float32 of float64; everywhere would be for others too.
        with self._jax.enable_x64(True):
            copies = self._jax.device_put(weights, may_alias=False)
            self._weights = self._jax.block_until_ready(copies)

    @property
    def weights_0_1(self) -> Array:
        return np.asarray(self._weights[0])

    @property
    def weights_1_2(self) -> Array:
        return np.asarray(self._weights[1])

    def prepare(self, reviews: Reviews) -> Any:
        dtype = self._weights[0].dtype
        form = self._pass.Form(
            words=_padded(reviews.indices, np.int32),
            counts=None if reviews.counts is None else _padded(reviews.counts, dtype),
            bounds=_padded(reviews.indptr, np.int64, FEW_REVIEWS),
            labels=_padded(reviews.labels, dtype, FEW_REVIEWS),
        )
        if self.batch_size > 1:
            form = form._replace(**self._batches(reviews))
        sizes = tuple(0 if array is None else len(array) for array in form)
        with self._jax.enable_x64(True):
            # XLA makes a pass on another thread if it has to wait for an argument.
            form = self._jax.block_until_ready(self._pass.on_device(form))
        if sizes not in self._compiled:
            # By a pass over no reviews, so that no other pass waits for it.
            self._compiled.add(sizes)
            self.train((form, 0))
        return form, len(reviews)

    def _batches(self, reviews: Reviews) -> dict[str, Array]:
        """Find the words that each batch has, and the place of each word of a review there."""
        batches, most = -(-len(reviews) // self.batch_size), reviews.vocabulary_size
        batch = np.repeat(np.arange(len(reviews)) // self.batch_size, np.diff(reviews.indptr))
        distinct, places = np.unique(batch * most + reviews.indices, return_inverse=True)
        bounds = np.searchsorted(distinct, np.arange(batches + 1) * most)
        longest = np.diff(bounds).max(initial=0)
        return {
            "distinct": _padded(distinct % most, np.int32),
            "distinct_bounds": _padded(bounds, np.int64, FEW_REVIEWS),
            "slots": _padded(places - bounds[batch], np.int32),
            "steps": _padded(np.zeros(longest), self._weights[0].dtype),
        }

    def train(self, prepared: Any) -> Array:
        form, reviews = prepared
        with self._jax.enable_x64(True):
            self._weights, outputs = self._pass.train(
                self._weights, form, reviews, self.learning_rate, self.batch_size
            )
        return np.asarray(outputs)[:reviews]

    def predict(self, prepared: Any) -> Array:
        form, reviews = prepared
        with self._jax.enable_x64(True):
            outputs = self._pass.predict(self._weights, form, reviews)
        return np.asarray(outputs)[:reviews]


def _padded(values: Array, dtype: Any, least: int = FEW_WORDS) -> Array:
    """Return the values and zeros, together a power of two, and no fewer than the least."""
    padded = np.zeros(max(least, 1 << (len(values) - 1).bit_length()), dtype)
    padded[: len(values)] = values
    return padded
