"""What a network computes in a step, said once: its reference and all bounds come from that."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from .bounded import Array, Number
from .layout import Layout

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

    def layout(self, hidden: int) -> Layout:
        """Say where each array lies, where those of a kind stand side by side."""
        return Layout.of(self.by_word, self.others, hidden)

    def names_in_row(self, word: int, hidden: int) -> list[str]:
        """Name each number that is indexed by a word, as in messages."""
        return [
            f"{name}[{word}, {unit}]" if units else f"{name}[{word}]"
            for name, place, units in self.layout(hidden).by_word
            for unit in range(place.stop - place.start)
        ]

    def names_of_others(self, hidden: int) -> list[str]:
        """Name each of the other numbers, as in messages."""
        return [
            f"{name}[{unit}]" if units else name
            for name, place, units in self.layout(hidden).others
            for unit in range(place.stop - place.start)
        ]
