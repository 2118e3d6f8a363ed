"""Certificates of the other definitions: every wrong network is refused, every right one passes.

The networks are in mutants/; a class that is added to right.py or wrong.py is tried too.
"""

from __future__ import annotations

import importlib
import itertools
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from skipzeros import Network, Reviews
from skipzeros.bench.equality.certificate import Certificate, certify
from skipzeros.bench.networks.scenario import Scenario

sys.path.insert(0, str(Path(__file__).parent / "mutants"))

DEFINITIONS = ("logistic", "classifier", "classifier-mean", "classifier-adagrad")
# Batch sizes, rates, dtypes and inputs of which each is with each other somewhere.
KINDS = [
    (1, 0.1, "float64", "presence"),
    (4, 0.01, "float64", "counts"),
    (1, 0.01, "float32", "counts"),
    (4, 0.1, "float32", "presence"),
]


def networks(name: str) -> list[type[Network]]:
    module = importlib.import_module(name)
    return [
        value
        for value in vars(module).values()
        if isinstance(value, type) and value.__module__ == name
    ]


RIGHT, WRONG = networks("right"), networks("wrong")


def checks(classes: list[type[Network]]) -> list[Any]:
    return [
        pytest.param(network, definition, kind, id=f"{network.__name__}-{definition}-{kind[0]}-"
                     f"{kind[1]}-{kind[2]}", marks=() if kind == KINDS[0] or (kind[0] > 1 and
                     getattr(network, "batches", False)) else pytest.mark.slow)
        for network, definition, kind in itertools.product(classes, DEFINITIONS, KINDS)
        if definition in getattr(network, "differs", DEFINITIONS)
        and (kind[0] > 1 or not getattr(network, "batches", False))
    ]  # fmt: skip


@cache
def reviews() -> Reviews:
    """27 reviews, which no batch of 4 divides; one is empty."""
    rng = np.random.default_rng(2)
    words = [rng.permutation(900)[:length] for length in rng.integers(5, 60, 27)]
    words[9] = words[9][:0]
    counts = [rng.integers(1, 5, len(review)) for review in words]
    return Reviews.from_lists(words, np.arange(27) % 2, 900, counts)  # type: ignore[arg-type]


def judged(network: type[Network], definition: str, kind: tuple[Any, ...]) -> Certificate:
    batch, rate, dtype, values = kind
    scenario = Scenario(
        hidden=5, batch_size=batch, learning_rate=rate, dtype=dtype, input=values,
        definition=definition,
    )  # fmt: skip
    fresh = type(network.__name__, (network,), {})
    return certify(fresh, scenario.reviews(reviews()), scenario)


def test_there_are_enough_of_them() -> None:
    assert len(RIGHT) >= 5
    for definition in DEFINITIONS:
        own = [one for one in WRONG if definition in getattr(one, "differs", DEFINITIONS)]
        assert len(own) >= 10


@pytest.mark.parametrize(("network", "definition", "kind"), checks(RIGHT))
def test_right_is_certified(network: type[Network], definition: str, kind: tuple[Any, ...]) -> None:
    certificate = judged(network, definition, kind)
    assert (certificate.status, certificate.reason) == ("certified", "")
    assert 0 < certificate.tally.worst_error_ratio < 1


@pytest.mark.parametrize(("network", "definition", "kind"), checks(WRONG))
def test_wrong_is_refused(network: type[Network], definition: str, kind: tuple[Any, ...]) -> None:
    certificate = judged(network, definition, kind)
    assert certificate.status == "incorrect", certificate.reason
