"""Words drawn by their frequencies, at a cost that doesn't grow with the vocabulary."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


class Alias:
    """Walker's alias method for several distributions over the same words.

    Every word owns an equal share of a line. A frequent one has more than fits on its share and
    fills up those of rare ones, so that each share belongs to two words at most: a draw is one
    random number and two look-ups.
    """

    def __init__(self, *frequencies: NDArray[np.float64]) -> None:
        """Take one array of frequencies (words,) for each distribution, positive, of any sum."""
        tables = [_fill(frequency) for frequency in frequencies]
        self._words = len(frequencies[0])
        self._own = np.concatenate([own for own, _ in tables])
        self._other = np.concatenate([other for _, other in tables])

    def draw(
        self, rng: np.random.Generator, which: NDArray[np.integer | np.bool_]
    ) -> NDArray[np.int32]:
        """Draw words.

        Args:
            which: (n,) the number of the distribution that each word is drawn from.

        Returns:
            (n,) the words.
        """
        rest, place = np.modf(rng.random(len(which)) * self._words)
        word = place.astype(np.int32)
        slot = word + self._words * which
        return np.where(rest < self._own[slot], word, self._other[slot])


def _fill(frequency: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    left = (frequency * (len(frequency) / frequency.sum())).tolist()
    poor = [word for word, amount in enumerate(left) if amount < 1]
    rich = [word for word, amount in enumerate(left) if amount >= 1]
    own = [1.0] * len(left)
    other = list(range(len(left)))
    # What stays in either list at the end is a whole share but for rounding.
    while poor and rich:
        small, large = poor.pop(), rich[-1]
        own[small], other[small] = left[small], large
        left[large] -= 1 - left[small]
        if left[large] < 1:
            poor.append(rich.pop())
    return np.array(own), np.array(other, np.int32)
