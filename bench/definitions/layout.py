"""How the arrays of a definition lie side by side: what is indexed by words, and all else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


class State(NamedTuple):
    """An array of a definition, and where it lies among those of its kind.

    Attributes:
        units: whether it has a number for each hidden unit, and not one alone.
    """

    name: str
    place: slice
    units: bool


class Layout(NamedTuple):
    """Where all arrays lie: those with a row for each word, and the other ones."""

    by_word: list[State]
    others: list[State]

    @classmethod
    def of(cls, by_word: Sequence[str], others: Sequence[str], hidden: int) -> Layout:
        """Lay arrays out that are written as in Definition, for so many hidden units."""
        return cls(_states(by_word, hidden), _states(others, hidden))

    @classmethod
    def found(
        cls, by_word: Sequence[str], others: Sequence[str], columns: tuple[int, int]
    ) -> Layout:
        """Lay arrays out where only the columns of both kinds are known, and not the units."""
        units = [_units(*one) for one in zip((by_word, others), columns, strict=True)]
        return cls.of(by_word, others, units[0] or units[1] or 1)

    def rows_of(self, state: Mapping[str, Array]) -> Array:
        """Put what is indexed by words side by side: (vocabulary, columns)."""
        rows = [state[one.name] for one in self.by_word]
        # One number a word may lie in one row of all words.
        return beside([row if row.ndim == 2 else row[:, None] for row in rows], 1)

    def others_of(self, state: Mapping[str, Array]) -> Array:
        """Put all else one after the other: (columns,)."""
        return beside([np.reshape(state[one.name], -1) for one in self.others], 0)

    def apart(self, rows: Array, others: Array) -> dict[str, Array]:
        """Return the arrays that were put side by side, by their names."""
        return {
            **{one.name: rows[:, one.place] for one in self.by_word},
            **{one.name: others[one.place] for one in self.others},
        }


def beside(arrays: Sequence[Array], axis: int) -> Array:
    """Put arrays side by side; one alone isn't copied."""
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays, axis=axis)


def _states(arrays: Sequence[str], hidden: int) -> list[State]:
    start, found = 0, []
    for array in arrays:
        name, bracket, _ = array.partition("[hidden]")
        stop = start + (hidden if bracket else 1)
        found.append(State(name, slice(start, stop), bool(bracket)))
        start = stop
    return found


def _units(arrays: Sequence[str], columns: int) -> int:
    """Return how many hidden units so many columns make; 0 if no array has any."""
    wide = sum(state.units for state in _states(arrays, 1))
    return (columns - (len(arrays) - wide)) // wide if wide else 0
