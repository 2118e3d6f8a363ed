"""Where two correct networks part, and how fast, for `skipzeros check --compare A B`."""

from __future__ import annotations

import math

import numpy as np

from ...impls.network import Array

THRESHOLDS = (1e-12, 1e-6, 1e-2)

# From above the last bit of an output to below where the two have nothing in common any more.
GROWING = (1e-15, 1e-3)


def part(a: Array, b: Array) -> tuple[dict[float, int | None], float]:
    """Find where the outputs of two passes part.

    Returns:
        For each of THRESHOLDS the first review whose outputs differ by more, or None; and over
        how many reviews the largest difference so far grows e-fold, infinite where it does not.
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
