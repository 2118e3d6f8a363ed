"""The comparison of a block of steps with the reference, and the words for its first fault."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ...impls.network import Array
from ...impls.reviews import Reviews
from ..networks.scenario import Scenario
from ..outcomes import Incorrect
from .reference import Figures, Steps, expect

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
    rows: Array  # (words, hidden) before the step, one for each word of each review
    weights_1_2: Array  # (hidden,) before the step
    outputs: Array  # (reviews,)
    new_rows: Array | None = None
    new_weights_1_2: Array | None = None


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
    updates = any(step.new_rows is not None for step in block)
    expected = expect(steps, updates=updates)
    faults = []
    for compared in _comparisons(block, steps, expected):
        difference = np.abs((compared.found - compared.expected).astype(np.float64))
        bound = compared.bound.astype(np.float64)
        # Accept by <=, and only finite numbers: a NaN compares false with everything.
        within = (difference <= bound) & np.isfinite(compared.found)
        if within.all():
            tally.add(compared.expected.astype(np.float64), bound, difference)
            continue
        place = tuple(int(i) for i in np.unravel_index(int((~within).argmax()), within.shape))
        step, review, figure = compared.locate(place)
        number = block[step].start + review - int(np.searchsorted(steps.step, step))
        arrays = (compared.found, compared.expected, bound)
        found, right, allowed = (float(array[place]) for array in arrays)
        ratio = float(difference[place]) / allowed
        where = name(number) + _batch(block[step], scenario)
        faults.append(
            (
                step,
                f"{where}: {figure} is {found:.17g}, expected {right:.17g}, "
                f"bound {allowed:.2g} (error ratio {ratio:.2g})" + (RULE if ratio < NEAR else ""),
            )
        )
    if faults:
        raise Incorrect(min(faults, key=lambda fault: fault[0])[1])
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
    counts = [part.counts for part in parts if part.counts is not None]
    lengths = np.concatenate([np.diff(part.indptr) for part in parts])
    return Steps(
        learning_rate=scenario.learning_rate,
        dtype=scenario.dtype,
        step=np.repeat(np.arange(len(parts)), [len(part) for part in parts]),
        indptr=np.concatenate([[0], np.cumsum(lengths)]),
        words=np.concatenate([part.indices for part in parts]),
        counts=np.concatenate(counts) if counts else None,
        labels=np.concatenate([part.labels for part in parts]),
        rows=np.concatenate([step.rows for step in block]),
        weights_1_2=np.stack([step.weights_1_2 for step in block]),
    )


class _Compared(NamedTuple):
    found: Array
    expected: Array
    bound: Array
    # From a place in the arrays to the step, a review of it (both within the block) and a name.
    locate: Callable[[tuple[int, ...]], tuple[int, int, str]]


def _comparisons(block: Sequence[Step], steps: Steps, expected: Figures) -> Iterator[_Compared]:
    def output(place: tuple[int, ...]) -> tuple[int, int, str]:
        return int(steps.step[place[0]]), place[0], "output"

    def weight_1_2(place: tuple[int, ...]) -> tuple[int, int, str]:
        first = int(np.searchsorted(steps.step, place[0]))
        return place[0], first, f"weights_1_2[{place[1]}]"

    def weight_0_1(place: tuple[int, ...]) -> tuple[int, int, str]:
        entry = int(expected.entry[place[0]])
        review = int(np.searchsorted(steps.indptr, entry, side="right")) - 1
        return int(steps.step[review]), review, f"weights_0_1[{steps.words[entry]}, {place[1]}]"

    outputs = np.concatenate([step.outputs for step in block])
    yield _Compared(outputs, expected.outputs, expected.outputs_bound, output)
    new_weights_1_2 = [step.new_weights_1_2 for step in block if step.new_weights_1_2 is not None]
    if new_weights_1_2:
        found = np.stack(new_weights_1_2)
        yield _Compared(found, expected.weights_1_2, expected.weights_1_2_bound, weight_1_2)
    new_rows = [step.new_rows for step in block if step.new_rows is not None]
    if new_rows:
        found = np.concatenate(new_rows)[expected.entry]
        yield _Compared(found, expected.rows, expected.rows_bound, weight_0_1)
