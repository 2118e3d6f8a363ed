"""Rows of one word that bring a definition to its edges, whatever it computes.

They are found by trial: the definition itself is asked what comes of a row along each of its other
arrays, their parts above and below zero among them, in all sizes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from ...impls.network import Array
from ..definitions.given import Steps
from ..networks.scenario import Scenario
from .reference import expect

SIZES = np.concatenate([[0.0], np.geomspace(1e-3, 4e3, 120)])
# A sigmoid is 1 to the last digit of extended precision from here on.
BEYOND = 44.0


def rows_for(scenario: Scenario, others: Array, wanted: Mapping[int, float]) -> dict[int, Array]:
    """Find for each word a row (columns,) that alone makes the output sigmoid(z), about.

    Args:
        others: all that isn't indexed by words.
        wanted: z by word.
    """
    directions = np.array([*_directions(scenario, others)])
    rows = (SIZES[:, None, None] * directions).reshape(-1, directions.shape[1])
    rows = rows.astype(scenario.dtype)
    z = _logits(scenario, rows, others)
    return {word: rows[_nearest(z, rows, target)] for word, target in wanted.items()}


def rows_at_kinks(scenario: Scenario, others: Array) -> list[Array]:
    """Return rows that alone are the opposite of another array, and a last digit off it both ways.

    That is where the input of a relu is 0, just below and just above.
    """
    found = []
    for array in _wide_arrays(scenario, others):
        exact = -array.astype(scenario.dtype)
        for row in (exact, np.nextafter(exact, exact - 1), np.nextafter(exact, exact + 1)):
            found.append(_row(scenario, row).astype(scenario.dtype))
    return found


def _wide_arrays(scenario: Scenario, others: Array) -> Iterator[Array]:
    for _, place, units in scenario.layout.others:
        if units:
            yield others[place].astype(np.float64)


def _row(scenario: Scenario, weights: Array) -> Array:
    """Return a row of all columns whose first array is this, and all else zero."""
    row = np.zeros(scenario.columns)
    first = scenario.layout.by_word[0].place
    row[first] = weights
    return row


def _directions(scenario: Scenario, others: Array) -> Iterator[Array]:
    first = scenario.layout.by_word[0].place
    ones = np.ones(first.stop - first.start)
    arrays = [ones, *(one for one in _wide_arrays(scenario, others) if len(one) == len(ones))]
    for array in arrays:
        for part in (array, np.maximum(array, 0), np.maximum(-array, 0)):
            if (size := float(part @ part)) > 0:
                yield _row(scenario, part / size)
                yield _row(scenario, -part / size)


def _logits(scenario: Scenario, rows: Array, others: Array) -> Array:
    """Return what the sigmoid takes for its output, of a review of one word with each row."""
    number = len(rows)
    steps = Steps(
        definition=scenario.defined,
        hidden=scenario.hidden,
        learning_rate=scenario.learning_rate,
        dtype=scenario.dtype,
        step=np.arange(number),
        indptr=np.arange(number + 1),
        words=np.zeros(number, np.int32),
        counts=None,
        labels=np.zeros(number),
        rows=rows,
        others=np.repeat(others[None], number, axis=0),
    )
    with np.errstate(divide="ignore"):
        outputs = expect(steps).outputs
        logits: Array = np.log(outputs) - np.log1p(-outputs)
    return logits.astype(np.float64)


def _nearest(z: Array, rows: Array, target: float) -> int:
    if abs(target) <= BEYOND:
        return int(np.abs(z - target).argmin())
    # What is beyond can't be told apart by the output: of these the one of that size.
    there = np.flatnonzero(np.sign(target) * z > BEYOND)
    if not len(there):
        return int((np.sign(target) * z).argmax())
    sizes = np.abs(rows[there]).sum(axis=1)
    return int(there[sizes.argmax()])
