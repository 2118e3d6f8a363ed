"""The certificate itself on trial: it must refuse every wrong network and pass every right one.

The networks are in mutants/, wrong_*.py and right*.py; a class that is added there is tried too.
wrong_steps.py says what a class tells of itself.
"""

from __future__ import annotations

import importlib.util
import itertools
import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from skipzeros import Network, Reviews
from skipzeros.bench.equality.certificate import Certificate, certify
from skipzeros.bench.networks.registry import find
from skipzeros.bench.networks.scenario import Scenario

FOLDER = Path(__file__).parent / "mutants"

SCENARIOS = [
    Scenario(learning_rate=rate, batch_size=batch_size, dtype=dtype, input=values)
    for values, dtype, batch_size, rate in itertools.product(
        ("presence", "counts"), ("float64", "float32"), (1, 4), (0.01, 0.1, 1.0)
    )
]


# Six of them, in which every two values of two options meet, and all.
PAIRS = [
    ("presence", "float64", 1, 0.01),
    ("counts", "float32", 4, 0.01),
    ("presence", "float32", 1, 0.1),
    ("counts", "float64", 4, 0.1),
    ("presence", "float64", 4, 1.0),
    ("counts", "float32", 1, 1.0),
]


def options(scenario: Scenario) -> tuple[str, str, int, float]:
    return scenario.input, scenario.dtype, scenario.batch_size, scenario.learning_rate


def networks(pattern: str) -> list[type[Network]]:
    """The classes of some files, each file loaded alone, as the command line loads it."""
    # Their folder is where they find their pieces, on the command line too.
    sys.path.insert(0, str(FOLDER))
    found = []
    for path in sorted(FOLDER.glob(pattern)):
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        found += [
            value
            for name, value in vars(module).items()
            if isinstance(value, type)
            and issubclass(value, Network)
            and value.__module__ == path.stem
            and not name.startswith("_")
        ]
    return found


WRONG, RIGHT = networks("wrong_*.py"), networks("right*.py")


def checks(classes: list[type[Network]], scenarios: list[Scenario]) -> list[Any]:
    """Every class in every scenario that it accepts."""
    return [
        pytest.param(
            network,
            scenario,
            id=f"{network.__name__}-{scenario.input}-{scenario.dtype}"
            f"-{scenario.batch_size}-{scenario.learning_rate:g}",
            marks=() if options(scenario) in PAIRS else pytest.mark.slow,
        )
        for network, scenario in itertools.product(classes, scenarios)
        if scenario.not_applicable(network) is None
    ]


@cache
def made_up() -> Reviews:
    """67 reviews, which no batch of 4 divides, of ids that int16 doesn't hold; one is empty."""
    vocabulary, rng = 33_000, np.random.default_rng(1)
    words = []
    for length in rng.integers(20, 151, 67):
        # The logarithm of an id is uniform: the frequency falls with the rank, as Zipf has it.
        ids = np.unique((vocabulary ** rng.random(3 * length) - 1).astype(int))
        words.append(rng.permutation(ids)[:length])
    words[50] = words[50][:0]
    words[0][0] = vocabulary - 1
    counts = [rng.integers(1, 6, len(review)) for review in words]
    return Reviews.from_lists(words, np.arange(67) % 2, vocabulary, counts)  # type: ignore[arg-type]


def judge(network: type[Network], reviews: Reviews, scenario: Scenario) -> Certificate:
    # A class of its own for each check, because a mistake may keep its state in the class.
    fresh = type(network.__name__, (network,), {})
    return certify(fresh, scenario.reviews(reviews), scenario, judged=None, whole_passes=3)


def holds(facts: tuple[str, ...], reviews: Reviews, scenario: Scenario) -> bool:
    """Whether all of the facts, as the classes name them, are true of a scenario."""
    true = {scenario.input, scenario.dtype}
    true |= {"batches"} if scenario.batch_size > 1 else set()
    true |= {"short last batch"} if len(reviews) % scenario.batch_size else set()
    true |= {"rate below 1"} if scenario.learning_rate < 1 else set()
    true |= {"ids above 32,767"} if reviews.indices.max() > 32_767 else set()
    return true.issuperset(facts)


def refuse(network: type[Network], reviews: Reviews, scenario: Scenario) -> None:
    """Assert that a wrong network is told from a right one, where it is wrong."""
    certificate = judge(network, reviews, scenario)
    if not holds(getattr(network, "differs", ()), reviews, scenario):
        assert (certificate.status, certificate.reason) == ("certified", "")
    else:
        assert certificate.status == "incorrect", certificate.reason
        assert re.search(network.fault, certificate.reason)  # type: ignore[attr-defined]


def accept(network: type[Network], reviews: Reviews, scenario: Scenario) -> None:
    certificate = judge(network, reviews, scenario)
    assert certificate.status in getattr(network, "expected", ("certified",)), certificate.reason
    assert certificate.tally.worst_error_ratio < 1


def test_there_are_enough_of_them_to_mean_something() -> None:
    assert len(WRONG) >= 25
    assert len(RIGHT) >= 10


def test_every_two_options_meet_in_a_quick_scenario() -> None:
    def pairs(chosen: list[tuple[str, str, int, float]]) -> set[tuple[object, ...]]:
        return {
            (a, b, one[a], one[b]) for one in chosen for a, b in itertools.combinations(range(4), 2)
        }

    assert set(PAIRS) < set(map(options, SCENARIOS))
    assert pairs(PAIRS) == pairs(list(map(options, SCENARIOS)))


def test_the_command_line_loads_each_of_them() -> None:
    files = {network.__name__: network.__module__ for network in WRONG + RIGHT}
    assert len(files) == len(WRONG + RIGHT)
    candidates = find([f"{FOLDER / file}.py:{name}" for name, file in files.items()])
    assert [candidate.problem for candidate in candidates] == [""] * len(files)


@pytest.mark.parametrize(("network", "scenario"), checks(WRONG, SCENARIOS))
def test_wrong_is_refused(network: type[Network], scenario: Scenario) -> None:
    refuse(network, made_up(), scenario)


@pytest.mark.parametrize(("network", "scenario"), checks(RIGHT, SCENARIOS))
def test_right_is_certified(network: type[Network], scenario: Scenario) -> None:
    accept(network, made_up(), scenario)


LESSONS_RATE = [
    scenario
    for scenario in SCENARIOS
    if (scenario.learning_rate, scenario.dtype) == (0.1, "float64")
]


@pytest.mark.parametrize(("network", "scenario"), checks(WRONG, LESSONS_RATE))
def test_wrong_is_refused_on_real_reviews(
    network: type[Network], scenario: Scenario, real_reviews: Reviews
) -> None:
    refuse(network, real_reviews[:150], scenario)


@pytest.mark.parametrize(("network", "scenario"), checks(RIGHT, LESSONS_RATE))
def test_right_is_certified_on_real_reviews(
    network: type[Network], scenario: Scenario, real_reviews: Reviews
) -> None:
    accept(network, real_reviews[:150], scenario)
