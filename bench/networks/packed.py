"""A network of any definition as one of two arrays, the only form that the harness knows.

What is indexed by words stands side by side in weights_0_1 (vocabulary, columns), and all else in
weights_1_2 (columns,). Networks of the lesson are in this form already.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ...impls.network import Array, Network
from ...impls.reviews import Reviews
from ..definitions.layout import Layout

LESSON = "lesson"


def as_two_arrays(
    network: type[Network],
    definition: str,
    by_word: Sequence[str],
    others: Sequence[str],
) -> type[Network]:
    """Return the class of a network in the form of two arrays; itself where it is in that form.

    Args:
        definition, by_word, others: the name and the arrays of a definition, as it has them.
    """
    if definition == LESSON or hasattr(network, "packed"):
        return network
    return _packed(network, definition, tuple(by_word), tuple(others))


@cache
def _packed(
    network: type[Network],
    definition: str,
    by_word: tuple[str, ...],
    others: tuple[str, ...],
) -> type[Network]:
    """Make the class whose instances put the arrays of a network side by side."""
    own = {
        name: getattr(network, name)
        for name in ("accepts_counts", "accepts_batches", "dtypes", "threads", "device",
                     "definitions", "unavailable", "about_device")
        if hasattr(network, name)
    }  # fmt: skip
    own |= {
        "kind": network,
        "definition": definition,
        "by_word": by_word,
        "others": others,
    }
    return type(network.__name__, (_Resettable if hasattr(network, "reset") else Packed,), own)


class Packed(Network):
    """The arrays of a network, put side by side.

    Attributes:
        kind: the class of the network.
        definition: the name of its definition.
        by_word, others: its arrays.
    """

    packed = True
    kind: ClassVar[Any]
    definition: ClassVar[str]
    by_word: ClassVar[tuple[str, ...]]
    others: ClassVar[tuple[str, ...]]

    def __init__(
        self, weights_0_1: Array, weights_1_2: Array, learning_rate: float, batch_size: int = 1
    ) -> None:
        super().__init__(weights_0_1, weights_1_2, learning_rate, batch_size)
        columns = weights_0_1.shape[1], len(weights_1_2)
        self._layout = Layout.found(self.by_word, self.others, columns)
        first, state = self._apart(weights_0_1, weights_1_2)
        self._network: Any = self.kind(
            *first, learning_rate, batch_size=batch_size, definition=self.definition, state=state
        )

    def _apart(self, rows: Array, others: Array) -> tuple[tuple[Array, Array], dict[str, Array]]:
        state = self._layout.apart(rows, others)
        nothing = np.empty(0, others.dtype)
        return (state.pop("weights_0_1"), state.pop("weights_1_2", nothing)), state

    @property
    def weights_0_1(self) -> Array:
        return self._layout.rows_of(self._network.state())

    @property
    def weights_1_2(self) -> Array:
        return self._layout.others_of(self._network.state())

    def rows(self, words: NDArray[np.int32]) -> Array:
        found = {"weights_0_1": self._network.rows(words)}
        if len(self.by_word) > 1:
            state = self._network.state()
            names = [one.name for one in self._layout.by_word if one.name not in found]
            found |= {name: state[name][words] for name in names}
        return self._layout.rows_of(found)

    def prepare(self, reviews: Reviews) -> Any:
        return self._network.prepare(reviews)

    def train(self, prepared: Any) -> Array:
        outputs: Array = self._network.train(prepared)
        return outputs

    def predict(self, prepared: Any) -> Array:
        outputs: Array = self._network.predict(prepared)
        return outputs

    def synchronize(self) -> None:
        self._network.synchronize()


class _Resettable(Packed):
    """One whose network has a reset of its own."""

    def reset(self, weights_0_1: Array, weights_1_2: Array) -> None:
        """Give the network fresh arrays."""
        first, state = self._apart(weights_0_1, weights_1_2)
        self._network.reset(*first, state=state)
