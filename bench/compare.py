"""`skipzeros check --compare A B`: where two correct networks part, and how fast."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..impls.network import Array
from .examine import Result

PARTING = "parting.csv"
PARTING_COLUMNS = ("network", "baseline", "review", "difference")
POINTS = 200  # of a network, evenly spread on a logarithmic axis

THRESHOLDS = (1e-12, 1e-6, 1e-2)

# Above the last bit of an output and below where the two have nothing in common any more.
GROWING = (1e-15, 1e-3)


def part(a: Array, b: Array) -> tuple[dict[float, int | None], float]:
    """Where the outputs of two passes part.

    Returns:
        for each of THRESHOLDS the first review whose outputs differ by more, or None; and over
        how many reviews the largest difference so far grows e-fold (infinite where it doesn't).
    """
    largest = np.maximum.accumulate(np.abs(a.astype(np.float64) - b.astype(np.float64)))
    first = {
        threshold: int((largest > threshold).argmax()) if largest[-1] > threshold else None
        for threshold in THRESHOLDS
    }
    growing = np.flatnonzero((largest > GROWING[0]) & (largest < GROWING[1]))
    if len(np.unique(largest[growing])) < 3:
        return first, math.inf
    slope = float(np.polyfit(growing, np.log(largest[growing]), 1)[0])
    return first, 1 / slope if slope > 0 else math.inf


def parting(results: Sequence[Result], baseline: str) -> Iterator[dict[str, Any]]:
    """The rows of parting.csv: how far the outputs of certified networks have come apart.

    Args:
        baseline: the network that the others are compared with; no rows unless it is certified.
    """
    outputs = {
        result.name: result.certificate.outputs
        for result in results
        if result.status == "certified"
        and result.certificate is not None
        and result.certificate.outputs is not None
    }
    if baseline not in outputs or not len(outputs[baseline]):
        return
    base = outputs.pop(baseline).astype(np.float64)
    reviews = np.unique(np.geomspace(1, len(base), POINTS).round().astype(int))
    for name, own in outputs.items():
        largest = np.maximum.accumulate(np.abs(own.astype(np.float64) - base))
        for review in reviews:
            yield {
                "network": name, "baseline": baseline, "review": int(review),
                "difference": float(largest[review - 1]),
            }  # fmt: skip


def tell(results: Sequence[Result], rate: float) -> str:
    """A few sentences on the first two results, for people who would compare the ends of a pass."""
    both = f"{results[0].name} and {results[1].name}"
    outputs = [
        result.certificate.outputs
        for result in results[:2]
        if result.certificate is not None and result.certificate.outputs is not None
    ]
    if len(outputs) < 2:
        return f"{both} are not compared: not both are certified."
    apart = float(np.abs(outputs[0] - outputs[1]).max())
    if apart == 0:
        return f"{both} give the same bits for every review."
    first, reviews = part(outputs[0], outputs[1])
    passed = [f"{threshold:g} at review {at}" for threshold, at in first.items() if at is not None]
    lines = f"{both} differ by more than " + ", ".join(passed) + ". " if passed else f"{both}: "
    if math.isfinite(reviews):
        lines += f"The difference grows e-fold every {reviews:.3g} reviews. "
    end = f"At rate {rate:g} comparing the ends of this pass "
    if first[1e-6] is None:
        return lines + end + f"would mean something: the outputs are never over {apart:.1g} apart."
    return lines + end + f"would mean nothing: both are right, and up to {apart:.2g} apart."
