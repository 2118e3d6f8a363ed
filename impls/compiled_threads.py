"""compiled, with the hidden units divided among threads.

The waste removed: all cores but one. Each thread has the columns of its own hidden units, in all
rows, so that no two write to one cache line. For a review they exchange one number, each thread's
share of the sum that goes into the output (exchange.py). From 64 units on that takes far less
time than the rows. The waste left: with few units a thread waits for the others' numbers, and
brings whole cache lines for a few of its own.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .compiled import Compiled, Partner, run
from .network import Array, Network
from .reviews import Reviews
from .row_layout import LINE, VECTOR_BYTES, aligned_zeros

END = 1 << 62  # a turn after all others


class CompiledThreads(Network):
    """compiled in threads, each with hidden units of its own, and each on a core of its own.

    It has as many threads as numba would have: NUMBA_NUM_THREADS, or the cores of the machine; but
    none for less than 64 bytes of a row.

    Attributes:
        parts: the network of each thread, with its hidden units.
    """

    accepts_counts = True
    accepts_batches = True
    dtypes = ("float64", "float32")
    threads = 256

    @classmethod
    def unavailable(cls) -> str | None:
        return Compiled.unavailable()

    def __init__(
        self, weights_0_1: Array, weights_1_2: Array, learning_rate: float, batch_size: int = 1
    ) -> None:
        super().__init__(weights_0_1, weights_1_2, learning_rate, batch_size)
        from numba import config

        vectors = -(-weights_1_2.nbytes // VECTOR_BYTES)
        lanes = VECTOR_BYTES // weights_1_2.itemsize
        threads = max(1, min(config.NUMBA_NUM_THREADS, vectors))
        cuts = [lanes * (vectors * number // threads) for number in range(threads)]
        self._cut = cuts[1:]
        self.parts = [
            Compiled(rows, units, learning_rate, batch_size)
            for rows, units in self._divided(weights_0_1, weights_1_2)
        ]

    def reset(self, weights_0_1: Array, weights_1_2: Array) -> None:
        """Write fresh weights into the same arrays."""
        divided = self._divided(weights_0_1, weights_1_2)
        for part, (rows, units) in zip(self.parts, divided, strict=True):
            part.reset(rows, units)

    def _divided(self, weights_0_1: Array, weights_1_2: Array) -> Iterator[tuple[Array, Array]]:
        rows = np.split(weights_0_1, self._cut, axis=1)
        return zip(rows, np.split(weights_1_2, self._cut), strict=True)

    @property
    def weights_0_1(self) -> Array:
        return np.concatenate([part.weights_0_1 for part in self.parts], axis=1)

    @property
    def weights_1_2(self) -> Array:
        return np.concatenate([part.weights_1_2 for part in self.parts])

    def rows(self, words: NDArray[np.int32]) -> Array:
        return np.concatenate([part.rows(words) for part in self.parts], axis=1)

    def prepare(self, reviews: Reviews) -> Any:
        # Parts may be as wide as to share the words of a batch, or not.
        forms: dict[bool, Any] = {}
        for part in self.parts:
            if part.shares_words not in forms:
                forms[part.shares_words] = part.prepare(reviews)
        return [forms[part.shares_words] for part in self.parts]

    def train(self, prepared: Any) -> Array:
        return self._pass(prepared, True)

    def predict(self, prepared: Any) -> Array:
        return self._pass(prepared, False)

    def _pass(self, prepared: Any, training: bool) -> Array:
        if len(self.parts) == 1:
            return run(self.parts[0].arguments(prepared[0], training))
        for part, form in zip(self.parts, prepared, strict=True):
            # What compiling raises is raised here, where no other thread waits for this one.
            none = form._replace(indptr=form.indptr[:1], labels=form.labels[:0])
            run(part.arguments(none, training, self._partners(1)[0]))
        partners = self._partners(len(self.parts))
        passes = [
            part.arguments(form, training, partner)
            for part, form, partner in zip(self.parts, prepared, partners, strict=True)
        ]
        with on_own_cores(len(passes)) as cores:
            try:
                others = [
                    pool(len(passes)).submit(_on_core, core, one)
                    for core, one in zip(cores[1:], passes[1:], strict=True)
                ]
                outputs = run(passes[0])
            except BaseException:
                # Those that have begun wait for no share of one that hasn't.
                partners[0].turns[:, 0] = END
                raise
            for other in others:
                other.result()
        return outputs

    def _partners(self, threads: int) -> list[Partner]:
        turns = aligned_zeros((2 * threads, LINE), np.int64)
        shares = turns.view(self.parts[0].weights_1_2.dtype)
        return [Partner(number, shares, turns) for number in range(threads)]


@contextmanager
def on_own_cores(threads: int) -> Iterator[Sequence[int | None]]:
    """Keep this thread on one core, and name one for each further thread.

    A thread that waits looks without end, and the system would leave both on one core for long.

    Returns:
        A context with a core for each thread; None where there are too few, or the system pins
        no thread.
    """
    there = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    if len(there) < threads:
        yield [None] * threads
        return
    os.sched_setaffinity(0, {there[0]})
    try:
        yield there[:threads]
    finally:
        os.sched_setaffinity(0, there)


def _on_core(core: int | None, arguments: tuple[Any, ...]) -> None:
    if core is not None:
        os.sched_setaffinity(0, {core})
    run(arguments)


@cache
def pool(threads: int) -> ThreadPoolExecutor:
    """Return the threads beside the calling one, the same for all networks."""
    return ThreadPoolExecutor(threads - 1)
