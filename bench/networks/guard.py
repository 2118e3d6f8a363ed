"""Calling a network safely: errors become Failed, outputs are checked, weights are made fresh."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np

from ...impls.network import Array, Network
from ...impls.reviews import Reviews
from ..outcomes import Failed, Incorrect, Uncertified
from ..text.markdown import one_line
from .raised import on_purpose, place
from .scenario import Scenario

Weights = tuple[Array, Array]  # weights_0_1 and weights_1_2


class Observation(NamedTuple):
    """What there is to see of one call of train.

    Attributes:
        rows, new_rows: of the words of the call, before and after it.
        weights_1_2, new_weights_1_2: before and after it.
        outputs: whatever the network returned.
    """

    rows: Array
    weights_1_2: Array
    outputs: object
    new_rows: Array
    new_weights_1_2: Array


def renew(network: Network, scenario: Scenario, weights_0_1: Array, weights_1_2: Array) -> Network:
    """Return the network with fresh weights: the same one where it has a reset, else a new one."""
    reset = getattr(network, "reset", None)
    if reset is None:
        return scenario.build(type(network), weights_0_1, weights_1_2)
    reset(weights_0_1, weights_1_2)
    return network


class Raising(Exception):
    """A network raised an error in its own process; the message is its type and text.

    Args:
        during: what raised it; empty if that is all that was asked for.
        refusal: whether it is a ValueError that the network raised on purpose.
    """

    def __init__(self, error: str, during: str = "", refusal: bool = False) -> None:
        super().__init__(error)
        self.during, self.refusal = during, refusal


def is_refusal(fault: BaseException) -> bool:
    """Say whether a network refused on purpose what a fault tells, by a ValueError of its own."""
    error = fault.__cause__
    if isinstance(error, Raising):
        return error.refusal
    return error is not None and on_purpose(error)


class Strange:
    """Something that is no plain array, and stays in the process of its network.

    Attributes:
        kind: the name of its type.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind


@contextmanager
def blame(what: str, **during: str) -> Iterator[None]:
    """Turn whatever a network raises into Failed, so that one bad network ends only itself.

    Args:
        what: is said to have raised it.
        during: what is said instead, by what a Raising names.
    """
    try:
        yield
    except (Incorrect, Failed, Uncertified):
        raise
    except Raising as error:
        raised = during.get(error.during, error.during) or what
        raise Failed(one_line(f"{raised} raised {error}")) from error
    except Exception as error:
        told = f"{what} raised {type(error).__name__}: {error}{place(error)}"
        raise Failed(one_line(told)) from error


def prepared_by(network: Network, reviews: Reviews) -> object:
    """Let a network prepare reviews.

    Raises:
        Failed: it raised an error.
    """
    with blame("prepare"):
        return network.prepare(reviews)


def trained(network: Network, prepared: object, reviews: int, where: str = "train") -> Array:
    """Train a network on what it has prepared, and return a copy of its outputs (reviews,).

    Raises:
        Failed: it raised an error.
        Incorrect: what it returned is no output for each review.
    """
    with blame(where):
        outputs = network.train(prepared)
    return checked_outputs(outputs, reviews, where)


def checked_outputs(outputs: object, reviews: int, where: str) -> Array:
    """Copy the outputs of a network, if they are one floating number for each review.

    Raises:
        Incorrect: they are something else; a wrong shape would broadcast in later comparisons.
    """
    if type(outputs) is not np.ndarray or not np.issubdtype(outputs.dtype, np.floating):
        kind = outputs.dtype if type(outputs) is np.ndarray else type(outputs).__name__
        if isinstance(outputs, Strange):
            kind = outputs.kind
        raise Incorrect(f"{where}: output is {kind}, expected an array of floating numbers")
    if outputs.shape != (reviews,):
        raise Incorrect(f"{where}: output has shape {outputs.shape}, expected ({reviews},)")
    return outputs.copy()
