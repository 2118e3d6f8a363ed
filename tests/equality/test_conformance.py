"""check_network as a script calls it: what passes, what is refused, and in which line."""

from __future__ import annotations

import doctest
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from skipzeros import Network, OnlineNetwork, testing
from skipzeros.bench.equality.conformance import (
    CHECKS,
    KINDS,
    KINDS_AND_RATES,
    checks_of,
    short_name,
)
from skipzeros.bench.networks.registry import load
from skipzeros.bench.networks.scenario import Scenario
from skipzeros.bench.outcomes import BadInput, Failed, Incorrect, Uncertified
from skipzeros.impls.csr import CSR
from skipzeros.testing import NetworkConformance, check_network

MUTANTS = Path(__file__).parent / "mutants"


class Right(OnlineNetwork):
    """The lesson's rows; one dtype and no batches, because that takes less time."""

    dtypes = ("float64",)
    accepts_batches = False

    def sum_rows(self, words, counts):
        return self.weights_0_1[words].sum(axis=0)

    def update_rows(self, words, counts, step):
        self.weights_0_1[words] -= step


def mutant(argument: str) -> type[Network]:
    network = load(f"{MUTANTS}/{argument}").network
    assert network is not None
    return network


def test_a_right_network_passes() -> None:
    check_network(Right)


def test_each_scenario_that_is_accepted_is_computed() -> None:
    scenarios = set()

    class Recording(CSR):
        dtypes = ("float64",)

        def __init__(self, weights_0_1, weights_1_2, learning_rate, batch_size=1):
            super().__init__(weights_0_1, weights_1_2, learning_rate, batch_size)
            self.shape = (len(weights_1_2), learning_rate, batch_size, str(weights_0_1.dtype))

        def prepare(self, reviews):
            scenarios.add(Scenario(*self.shape, "presence" if reviews.counts is None else "counts"))
            return super().prepare(reviews)

    check_network(Recording)
    assert scenarios >= {one for one in KINDS + KINDS_AND_RATES if one.dtype == "float64"}


@pytest.mark.parametrize(
    ("accepts", "inputs", "sizes"),
    [
        ({}, {"presence"}, {1}),
        ({"accepts_counts": True}, {"presence", "counts"}, {1}),
        ({"accepts_batches": True}, {"presence"}, {1, 4}),
        ({"accepts_counts": True, "accepts_batches": True}, {"presence", "counts"}, {1, 4}),
    ],
)
def test_each_check_runs_in_the_scenarios_that_are_accepted(
    accepts: dict[str, bool], inputs: set[str], sizes: set[int]
) -> None:
    checks = checks_of(type("Accepting", (Right,), accepts))
    names = [promise.__name__ for promise in CHECKS]
    for name in names:
        scenarios = [check.scenario for check in checks if check.name == name]
        kinds = {(one.input, one.batch_size, one.dtype) for one in scenarios}
        assert kinds == {(values, size, "float64") for values in inputs for size in sizes}
    assert {check.name for check in checks} == set(names)


def test_the_class_and_the_function_check_the_same() -> None:
    tests = {name for name in vars(NetworkConformance) if name.startswith("test_")}
    assert tests == {f"test_{promise.__name__}" for promise in CHECKS}


FIGURES = r"is \S+, expected \S+, bound \S+ \(error ratio \S+\)(: a step must be .+)?"


@pytest.mark.parametrize(
    ("argument", "line"),
    [
        (
            "wrong_rows.py:LastWordDropped",
            r"crafted_reviews in presence-float64-batch1-rate0.01: crafted review 1 \(one word\): "
            f"output {FIGURES}",
        ),
        (
            "wrong_rows.py:CountsIgnored",
            r"crafted_reviews in counts-float64-batch1-rate0.01: crafted review \d+ \(.+\): "
            f"output {FIGURES}",
        ),
        (
            "wrong_rows.py:PaddedWithMinusOne",
            r"crafted_reviews in presence-float64-batch1-rate0.01: row \d+ changed, but crafted "
            r"review \d+ \(.+\) does not contain word \d+: .+, bound 0",
        ),
        (
            "wrong_batches.py:SumOfBatch",
            r"crafted_reviews in presence-float64-batch4-rate0.01: crafted review \d+ \(.+\): "
            rf"weights_\d_\d\[.+\] {FIGURES}",
        ),
        (
            "wrong_precision.py:Float32Step",
            r"crafted_reviews in presence-float64-batch1-rate0.01: crafted review \d+ \(.+\): "
            rf"weights_\d_\d\[.+\] {FIGURES}",
        ),
    ],
)
def test_a_wrong_network_is_refused_with_check_scenario_and_figure(
    argument: str, line: str
) -> None:
    with pytest.raises(Incorrect) as refused:
        check_network(mutant(argument))
    assert re.fullmatch(f"{argument.split(':')[1]}: {line}", str(refused.value)), refused.value


def test_a_fault_on_the_data_alone_is_told_too() -> None:
    class Int16Ids(Right):
        def sum_rows(self, words, counts):
            return super().sum_rows(words.astype(np.int16), counts)

    # The crafted vocabulary is so small that int16 holds its ids.
    with pytest.raises(Incorrect, match=r"^Int16Ids: synthetic_reviews_are_certified in .*bound"):
        check_network(Int16Ids)


def test_a_fault_that_only_a_late_check_tells_is_told_too() -> None:
    kept = []

    class OwnPrepared(Right):
        def prepare(self, reviews):
            return id(self), super().prepare(reviews)

        def train(self, prepared):
            # Kept, so that no later instance has the id of an earlier one.
            kept.append(self)
            return super().train(prepared[1] if prepared[0] == id(self) else [])

        def predict(self, prepared):
            return super().predict(prepared[1])

    with pytest.raises(Incorrect) as refused:
        check_network(OwnPrepared)
    assert str(refused.value) == (
        "OwnPrepared: prepared_reviews_serve_new_instances in presence-float64-batch1-rate0.1: "
        "a pass: output has shape (0,), expected (42,)"
    )


def test_longer_calls_with_other_bits_are_no_certificate() -> None:
    with pytest.raises(Uncertified, match=r"^OtherOrderInLongCalls: \w+ in presence-.*: each step"):
        check_network(mutant("right_storage.py:OtherOrderInLongCalls"))


def test_what_the_network_raised_is_the_cause() -> None:
    class Raises(Right):
        def prepare(self, reviews):
            raise KeyError("the")

    told = r"^Raises: crafted_reviews in .* raised KeyError: 'the' \(test_conformance\.py:\d+\)$"
    with pytest.raises(Failed, match=told) as failed:
        check_network(Raises)
    assert isinstance(failed.value.__cause__, KeyError)


def test_an_unavailable_one_fails_because_nothing_was_checked() -> None:
    class NeedsMore(Right):
        @classmethod
        def unavailable(cls):
            return "numba is missing: pip install 'mine[numba]'"

    with pytest.raises(Failed) as failed:
        check_network(NeedsMore)
    assert str(failed.value) == (
        "NeedsMore is unavailable: numba is missing: pip install 'mine[numba]'; nothing was checked"
    )


def test_one_that_cannot_say_whether_it_is_available_fails() -> None:
    class Unsure(Right):
        @classmethod
        def unavailable(cls):
            raise OSError("no such device")

    with pytest.raises(
        Failed, match=r"^Unsure.unavailable\(\) raised OSError: no such device \(.*$"
    ):
        check_network(Unsure)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Right(np.zeros((1, 1)), np.zeros(1), 0.1), "is no network: give a class"),
        (lambda: "csr", "'csr' is no network: give a class derived from skipzeros.Network"),
        (lambda: int, "<class 'int'> is no network"),
        (
            lambda: type("Half", (Right,), {"dtypes": ("float16",)}),
            r"Half.dtypes is \('float16',\); a network computes in float64, float32 or both",
        ),
    ],
)
def test_what_could_not_be_checked_is_bad_input(make: Callable[[], object], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        check_network(make())  # type: ignore[arg-type]


def test_checks_run_on_one_thread() -> None:
    threads = set()

    class Asks(Right):
        def train(self, prepared):
            threads.update(pool["num_threads"] for pool in threadpool_info())
            return super().train(prepared)

    with threadpool_limits(2):
        checks_of(Asks)[0](Asks)
    assert threads == {1}


def test_scenarios_have_different_names() -> None:
    assert len({short_name(scenario) for scenario in KINDS_AND_RATES}) == len(KINDS_AND_RATES)


def test_the_example_of_the_docstring_runs() -> None:
    (example,) = doctest.DocTestFinder().find(check_network, globs={"check_network": check_network})
    result = doctest.DocTestRunner().run(example)
    assert (result.failed, result.attempted) == (0, 4)


def test_pytest_is_not_needed() -> None:
    code = (
        "import sys; sys.modules['pytest'] = None\n"
        "from skipzeros.testing import check_network\n"
        f"sys.path.insert(0, {str(MUTANTS)!r})\n"
        "import wrong_rows; check_network(wrong_rows.LastWordDropped)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ended.stderr.splitlines()[-1].startswith(
        "skipzeros.bench.outcomes.Incorrect: LastWordDropped: crafted_reviews in presence-"
    )


def test_what_the_module_has_not_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'check_networks'"):
        _ = testing.check_networks
