"""What a network computes in a step, said once: its reference and all bounds come from that."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from .bounded import Array, Number

if TYPE_CHECKING:
    from .given import Given, Row

# Either of numpy's generators: the lesson's accuracy belongs to the old one.
Draw = np.random.Generator | np.random.RandomState


class New(NamedTuple):
    """What a step gives.

    Attributes:
        output: of each review, before the step.
        delta: what of each review is carried back: its error.
        others: what each array that isn't indexed by words becomes.
        rows: what each array that is becomes, in a row that the step touches.
    """

    output: Number
    delta: Number
    others: Mapping[str, Number]
    rows: Callable[[Row], Mapping[str, Number]]


class State(NamedTuple):
    """An array of a definition, and where it lies if those of its kind stand side by side.

    Attributes:
        units: whether it has a number for each hidden unit, and not one alone.
    """

    name: str
    place: slice
    units: bool


class Definition(ABC):
    """A network in a few plain formulas.

    Attributes:
        name: by which networks say that they know it; that of the class where it has none.
        by_word: the arrays with a row for each word, each by its name: "name[hidden]" has a number
            for each hidden unit (vocabulary, hidden), "name" has one (vocabulary, 1).
        others: the other arrays alike: (hidden,), or (1,).
        never_negative: those of all of them, by name without "[hidden]", that are never below 0.
    """

    name: ClassVar[str] = ""
    by_word: ClassVar[tuple[str, ...]] = ("weights_0_1[hidden]",)
    others: ClassVar[tuple[str, ...]] = ()
    never_negative: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "name" not in vars(cls):
            cls.name = cls.__name__

    @abstractmethod
    def step(self, given: Given) -> New:
        """Compute a training step, of one review or of a batch."""

    @abstractmethod
    def first(self, draw: Draw, vocabulary_size: int, hidden: int) -> dict[str, Array]:
        """Draw what a pass starts from: each array by its name.

        Args:
            draw: a generator of random numbers.
        """

    def beside(self, state: Mapping[str, Array], dtype: str, hidden: int) -> tuple[Array, Array]:
        """Put the arrays of each kind side by side.

        Returns:
            What is indexed by words (vocabulary, columns), and all else (columns,).
        """
        rows = [
            state[one.name].reshape(len(state[one.name]), -1) for one in self.states_by_word(hidden)
        ]
        others = [np.reshape(state[one.name], -1) for one in self.other_states(hidden)]
        return (
            _joined(rows, 1).astype(dtype, copy=False),
            _joined(others, 0).astype(dtype, copy=False),
        )

    def apart(self, rows: Array, others: Array, hidden: int) -> dict[str, Array]:
        """Return the arrays that were put side by side, by their names."""
        return {
            **{one.name: rows[:, one.place] for one in self.states_by_word(hidden)},
            **{one.name: others[one.place] for one in self.other_states(hidden)},
        }

    def states_by_word(self, hidden: int) -> list[State]:
        """Say what is indexed by words."""
        return _states(self.by_word, hidden)

    def other_states(self, hidden: int) -> list[State]:
        """Say what else there is."""
        return _states(self.others, hidden)

    def names_in_row(self, word: int, hidden: int) -> list[str]:
        """Name each number that is indexed by a word, as in messages."""
        return [
            f"{name}[{word}, {unit}]" if units else f"{name}[{word}]"
            for name, place, units in self.states_by_word(hidden)
            for unit in range(place.stop - place.start)
        ]

    def names_of_others(self, hidden: int) -> list[str]:
        """Name each of the other numbers, as in messages."""
        return [
            f"{name}[{unit}]" if units else name
            for name, place, units in self.other_states(hidden)
            for unit in range(place.stop - place.start)
        ]


def _joined(arrays: list[Array], axis: int) -> Array:
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays, axis=axis)


def _states(arrays: tuple[str, ...], hidden: int) -> list[State]:
    start, found = 0, []
    for array in arrays:
        name, bracket, _ = array.partition("[hidden]")
        stop = start + (hidden if bracket else 1)
        found.append(State(name, slice(start, stop), bool(bracket)))
        start = stop
    return found
