"""The comparison of a block of steps with the reference, and the words for its first fault."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np

from ...impls.network import Array
from ...impls.reviews import Reviews
from ..definitions.given import AT_A_TIME, Steps
from ..networks.joined import joined
from ..networks.scenario import Scenario
from ..outcomes import Incorrect
from .reference import Figures, expect

# Mistakes in the code are off by more; what is this near is a way to compute that rounds more.
NEAR = 100
RULE = (
    ": a step must be as exact as the lesson's formula, from the weights as they are shown (no "
    "approximation, nothing multiplied out that cancels, no digits kept that reading doesn't show)"
)


class Step(NamedTuple):
    """What was seen of one training step, or, without an end, of one prediction."""

    start: int  # the number of its first review
    reviews: Reviews
    rows: Array  # (words, columns) before the step, one for each word of each review
    others: Array  # (columns,) all that isn't indexed by words, before the step
    outputs: Array  # (reviews,)
    new_rows: Array | None = None
    new_others: Array | None = None


@dataclass
class Tally:
    """The count of the judged steps, and of how their figures compare with the bounds."""

    steps: int = 0
    reviews: int = 0
    live: int = 0  # steps whose outputs and deltas are pinned down by their bounds
    figures: int = 0
    vacuous: int = 0  # figures smaller than their own bound
    worst_error_ratio: float = 0.0

    def add(self, expected: Array, bound: Array, difference: Array) -> None:
        """Count a comparison in which every figure was within its bound."""
        self.figures += expected.size
        self.vacuous += int((bound > np.abs(expected)).sum())
        if expected.size:
            worst = float((difference / bound).max())
            self.worst_error_ratio = max(self.worst_error_ratio, worst)

    def plus(self, other: Tally) -> Tally:
        """Return the count of the steps of both."""
        return Tally(
            self.steps + other.steps,
            self.reviews + other.reviews,
            self.live + other.live,
            self.figures + other.figures,
            self.vacuous + other.vacuous,
            max(self.worst_error_ratio, other.worst_error_ratio),
        )


def judge(
    block: Sequence[Step],
    scenario: Scenario,
    name: Callable[[int], str],
    tally: Tally,
) -> None:
    """Compare every figure of some steps with its bound and add to the tally.

    Raises:
        Incorrect: a figure is out of its bound; the message names the earliest one.
    """
    steps = gather(block, scenario)
    expected = expect(steps)
    faults = []
    for compared in _comparisons(block, steps, expected, tally):
        difference = np.abs((compared.found - compared.expected).astype(np.float64))
        bound = compared.bound.astype(np.float64, copy=False)
        # Accept by <=, and only finite numbers: a NaN compares false with everything.
        within = (difference <= bound) & np.isfinite(compared.found)
        if within.all():
            tally.add(compared.expected.astype(np.float64), bound, difference)
            continue
        rows = np.flatnonzero(~within.reshape(len(within), -1).all(axis=1)).tolist()
        row, place = min(((row, compared.locate(row)) for row in rows), key=lambda one: one[1])
        column = int((~within[row]).argmax())
        number = block[place.step].start + place.review
        number -= int(np.searchsorted(steps.step, place.step))
        arrays = (compared.found, compared.expected, bound, difference)
        found, right, allowed, apart = (float(array[row].flat[column]) for array in arrays)
        ratio = apart / allowed
        where = name(number) + _batch(block[place.step], scenario)
        faults.append(
            (
                place,
                f"{where}: {place.columns[column]} is {found:.17g}, expected {right:.17g}, "
                f"bound {allowed:.2g} (error ratio {ratio:.2g})" + (RULE if ratio < NEAR else ""),
            )
        )
    if faults:
        raise Incorrect(min(faults)[1])
    tally.steps += len(block)
    tally.reviews += len(steps.labels)
    tally.live += int(expected.live.sum())


def _batch(step: Step, scenario: Scenario) -> str:
    """Say of how many reviews a batch is, where that may be what matters."""
    if scenario.batch_size == 1 or step.new_rows is None:
        return ""
    size = len(step.reviews)
    return f" (in a batch of {size}{', a short one' if size < scenario.batch_size else ''})"


def gather(block: Sequence[Step], scenario: Scenario) -> Steps:
    """Gather steps into the arrays that the reference takes."""
    parts = [step.reviews for step in block]
    reviews = joined(parts)
    return Steps(
        definition=scenario.defined,
        hidden=scenario.hidden,
        learning_rate=scenario.learning_rate,
        dtype=scenario.dtype,
        step=np.repeat(np.arange(len(parts)), [len(part) for part in parts]),
        indptr=reviews.indptr,
        words=reviews.indices,
        counts=reviews.counts,
        labels=reviews.labels,
        rows=_joined_rows([step.rows for step in block]),
        others=np.stack([step.others for step in block]),
    )


def _joined_rows(rows: list[Array]) -> Array:
    # Those of one large step are not copied.
    return rows[0] if len(rows) == 1 else np.concatenate(rows)


class _Place(NamedTuple):
    """Where a fault is; the one that comes first is told."""

    step: int
    kind: int
    word: int
    review: int  # of the block
    columns: tuple[str, ...]  # the name of the figure in each column


class _Compared(NamedTuple):
    found: Array
    expected: Array
    bound: Array
    locate: Callable[[int], _Place]  # from a row of these arrays


def _comparisons(
    block: Sequence[Step], steps: Steps, expected: Figures, tally: Tally
) -> Iterator[_Compared]:
    """Yield what is to be compared; rows within their bounds, nearly all, are counted at once."""

    def output(review: int) -> _Place:
        return _Place(int(steps.step[review]), 0, 0, review, ("output",))

    others = tuple(steps.definition.names_of_others(steps.hidden))

    def other(step: int) -> _Place:
        return _Place(step, 1, 0, int(np.searchsorted(steps.step, step)), others)

    def of_row(first: int, row: int) -> _Place:
        entry = int(expected.entry[first + row])
        review = int(np.searchsorted(steps.indptr, entry, side="right")) - 1
        word = int(steps.words[entry])
        columns = tuple(steps.definition.names_in_row(word, steps.hidden))
        return _Place(int(steps.step[review]), 2, word, review, columns)

    outputs = np.concatenate([step.outputs for step in block])
    yield _Compared(outputs, expected.outputs, expected.outputs_bound, output)
    new_others = [step.new_others for step in block if step.new_others is not None]
    if new_others:
        yield _Compared(np.stack(new_others), expected.others, expected.others_bound, other)
    new_rows = [step.new_rows for step in block if step.new_rows is not None]
    if new_rows:
        found = _joined_rows(new_rows)
        read = found, steps.rows, steps.others
        plain = all(np.can_cast(array.dtype, np.float64) for array in read)
        size = max(1, AT_A_TIME // found.shape[1])
        for first in range(0, len(expected.entry), size):
            some = slice(first, first + size)
            rows = found.take(expected.entry[some], axis=0)
            if plain:
                apart, bound = expected.apart(rows, some)
                difference = np.abs(apart)
                # A row that isn't finite gives no number here, which compares false.
                if (difference <= bound).all():
                    tally.add(rows - apart, bound, difference)
                    continue
            yield _Compared(rows, *expected.some_rows(some), partial(of_row, first))
