"""Calling a network safely: errors become Failed, outputs are checked, weights are made fresh."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from ...impls.network import Array, Network
from ..outcomes import Failed, Incorrect
from .scenario import Scenario


def renew(network: Network, scenario: Scenario, weights_0_1: Array, weights_1_2: Array) -> Network:
    """Return the network with fresh weights: the same one where it has a reset, else a new one."""
    reset = getattr(network, "reset", None)
    if reset is None:
        return scenario.build(type(network), weights_0_1, weights_1_2)
    reset(weights_0_1, weights_1_2)
    return network


Weights = tuple[Array, Array]  # weights_0_1 and weights_1_2


@contextmanager
def blame(what: str) -> Iterator[None]:
    """Turn whatever a network raises into Failed, so that one bad network ends only itself."""
    try:
        yield
    except (Incorrect, Failed):
        raise
    except Exception as error:
        raise Failed(f"{what} raised {type(error).__name__}: {error}") from error


def checked_outputs(outputs: object, reviews: int, where: str) -> Array:
    """Copy the outputs of a network, if they are one floating number for each review.

    Raises:
        Incorrect: they are something else; a wrong shape would broadcast in later comparisons.
    """
    if not isinstance(outputs, np.ndarray) or not np.issubdtype(outputs.dtype, np.floating):
        kind = outputs.dtype if isinstance(outputs, np.ndarray) else type(outputs).__name__
        raise Incorrect(f"{where}: output is {kind}, expected an array of floating numbers")
    if outputs.shape != (reviews,):
        raise Incorrect(f"{where}: output has shape {outputs.shape}, expected ({reviews},)")
    return outputs.copy()
