"""The dense product forward, but backward only the rows of the words present.

The waste removed: the outer product's zeros, and the subtraction of those zeros from 74,000 rows.
The waste left: the zeros of the forward product.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .batches import RowsBackward
from .dense import Dense
from .network import Array


class DenseRows(RowsBackward, Dense):
    """Dense, with the update of the rows that change."""

    def update_rows(self, words: NDArray[np.int32], counts: Array | None, step: Array) -> None:
        self.weights_0_1[words] -= step if counts is None else np.outer(counts, step)
