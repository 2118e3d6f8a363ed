"""The rows times their counts as one product of numpy.einsum, forward and backward.

The waste removed: going forward, no row times its count is stored. The waste left: the rows are
copied to be summed, and copied again to be updated; and a Python loop runs over the reviews.
"""

import numpy as np
from skipzeros import OnlineNetwork


class Einsum(OnlineNetwork):
    """Rows summed as a product of counts (w,) and rows (w, h), updated by an outer product."""

    accepts_counts = True

    def sum_rows(self, words, counts):
        rows = self.weights_0_1[words]
        return np.einsum("wh->h", rows) if counts is None else np.einsum("w,wh->h", counts, rows)

    def update_rows(self, words, counts, step):
        steps = step if counts is None else np.einsum("w,h->wh", counts, step)
        self.weights_0_1[words] -= steps
