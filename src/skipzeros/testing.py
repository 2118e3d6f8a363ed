"""Tests for a network of your own, in a repository of your own; they need pytest.

Three lines certify it in every scenario that it accepts::

    from skipzeros.testing import NetworkConformance

    class TestMine(NetworkConformance):
        network = Mine

What fails says so in one line: which review, which figure, found, expected, and how far rounding
may explain it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from typing import Any, ClassVar

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from .bench.corpus.synthetic import generate
from .bench.equality.certificate import Trial, certify, review_trial
from .bench.equality.crafted import VOCABULARY, crafted
from .bench.equality.watch import Watch
from .bench.equality.whole_pass import Calls, digest, refuse_spent
from .bench.networks.guard import blame, checked_outputs, renew
from .bench.networks.scenario import Scenario
from .bench.outcomes import Failed, Incorrect, Uncertified
from .impls.network import Array, Network
from .impls.reviews import Reviews

__all__ = ["NetworkConformance"]

# No multiple of the batch size, so that the last batch is short.
SYNTHETIC, FEW = 302, 42

# Each kind of network at a rate where it learns: on counts the lesson's 0.1 saturates at once,
# and of saturated steps the certificate could say little.
KINDS = [
    Scenario(input=input, dtype=dtype, batch_size=batch_size, learning_rate=rate)
    for input, rate in (("presence", 0.1), ("counts", 0.001))
    for dtype in ("float64", "float32")
    for batch_size in (1, 4)
]
RATES = (0.01, 0.1, 1.0)
KINDS_AND_RATES = [replace(kind, learning_rate=rate) for kind in KINDS for rate in RATES]
# A kernel may have the lesson's ten hidden units built in.
KINDS_AND_RATES.append(replace(KINDS[0], hidden=3))


@contextmanager
def _told_in_one_line() -> Iterator[None]:
    """Fail with the certificate's reason alone; a traceback through it would explain nothing."""
    try:
        yield
    except (Incorrect, Failed, Uncertified) as fault:
        # Not pytest.fail(), whose error would be printed after its cause.
        raise pytest.fail.Exception(str(fault), pytrace=False) from None


class NetworkConformance:
    """What every network promises; a subclass names the network and is collected by pytest.

    A network whose ``unavailable()`` gives a reason is skipped with it. Tests that a subclass adds
    may take the argument ``scenario`` too, and then run in each scenario that the network accepts.

    Attributes:
        network: the class under test.
    """

    network: ClassVar[type[Network]]

    # This class is imported into test files, where pytest would take it for a test of theirs.
    __test__: ClassVar[bool] = False

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "__test__" not in vars(cls):
            cls.__test__ = True

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Run each test in the scenarios that the network accepts."""
        network = _under_test(type(self))
        choices = {"scenario": KINDS, "scenario_at_any_rate": KINDS_AND_RATES}
        for argument, scenarios in choices.items():
            if argument in metafunc.fixturenames:
                accepted = [one for one in scenarios if not one.not_applicable(network)]
                metafunc.parametrize(argument, accepted, ids=_name)

    @pytest.fixture(autouse=True)
    def _available_on_one_thread(self) -> Iterator[None]:
        with _told_in_one_line(), blame("unavailable()"):
            reason = self.network.unavailable()
        if reason is not None:
            pytest.skip(f"{self.network.__name__} is unavailable: {reason}")
        # As under the clock: threads of BLAS may sum in another order each time.
        with threadpool_limits(1):
            yield

    @_told_in_one_line()
    def test_crafted_reviews(self, scenario_at_any_rate: Scenario) -> None:
        """Reviews at the edges, each step within its rounding bound: where kernels go wrong."""
        scenario = scenario_at_any_rate
        for group in crafted(scenario):
            Trial(self.network, group.reviews, scenario, group.weights, group.name).run(None, 1)

    @_told_in_one_line()
    def test_empty_reviews(self, scenario: Scenario) -> None:
        """Reviews without a word come out at a half, even in whole batches, and teach nothing."""
        reviews = Reviews.from_lists([[]] * 6, [0, 1] * 3, VOCABULARY, [[]] * 6)
        weights = next(crafted(scenario)).weights
        Trial(
            self.network,
            scenario.reviews(reviews),
            scenario,
            weights,
            lambda i: f"empty review {i}",
        ).run(None, 1)

    @_told_in_one_line()
    def test_synthetic_reviews_are_certified(self, scenario: Scenario) -> None:
        """What `skipzeros check` certifies: every step, and whole passes that repeat them."""
        certificate = certify(self.network, scenario.reviews(_synthetic()), scenario)
        if certificate.status != "certified":
            pytest.fail(certificate.reason, pytrace=False)

    @_told_in_one_line()
    def test_a_pass_may_be_cut_into_calls(self, scenario: Scenario) -> None:
        """Outputs and final weights are the same, bit for bit."""
        trial = self._few(scenario)
        reviews, size = trial.reviews, scenario.batch_size
        ends = []
        for length in (len(reviews), size):
            network = _build(trial)
            parts = [reviews[start : start + length] for start in range(0, len(reviews), length)]
            outputs = [_train(network, _prepare(network, part), len(part)) for part in parts]
            ends.append(digest(network, np.concatenate(outputs)))
        if ends[0] != ends[1]:
            Calls(_build(trial), reviews, scenario, trial.weights, trial.name).explain()

    @_told_in_one_line()
    def test_prepared_reviews_stay_valid_after_reset(self, scenario: Scenario) -> None:
        """The harness prepares once and makes every pass from that."""
        trial = self._few(scenario)
        network = _build(trial)
        prepared = _prepare(network, trial.reviews)
        _train(network, prepared, len(trial.reviews))
        with blame("a pass after reset"):
            refuse_spent(network, prepared, trial.reviews, scenario, trial.weights)

    @_told_in_one_line()
    def test_prepared_reviews_serve_new_instances(self, scenario: Scenario) -> None:
        """What one instance prepared, another one of the same shape may train on."""
        trial = self._few(scenario)
        prepared = _prepare(_build(trial), trial.reviews)
        with blame("a pass over what another instance prepared"):
            refuse_spent(_build(trial), prepared, trial.reviews, scenario, trial.weights)

    @_told_in_one_line()
    def test_what_is_passed_in_is_left_alone(self, scenario: Scenario) -> None:
        """Weights are copied, not shared, by the constructor and by reset; reviews too."""
        trial = self._few(scenario)
        network = _build(trial)
        for _ in range(2):
            _train(network, _prepare(network, trial.reviews), len(trial.reviews))
            trial.refuse_changed()
            with blame("reset"):
                network = renew(network, scenario, *trial.weights)

    @_told_in_one_line()
    def test_predict_changes_nothing(self, scenario: Scenario) -> None:
        """And its outputs are those of the present weights."""
        trial = self._few(scenario)
        watch = Watch(_build(trial), trial.reviews, scenario, trial.weights, trial.name)
        watch.call(0, len(trial.reviews), judged=False)
        watch.settle()
        watch.judge_predictions()

    @_told_in_one_line()
    def test_outputs_and_weights_keep_shape_and_dtype(self, scenario: Scenario) -> None:
        """One number a review, in the dtype of the weights: float32 stays float32."""
        trial = self._few(scenario)
        network = _build(trial)
        prepared = _prepare(network, trial.reviews)
        with blame("predict"):
            predicted = network.predict(prepared)
        found = {
            "output of predict": checked_outputs(predicted, len(trial.reviews), "predict"),
            "output of train": _train(network, prepared, len(trial.reviews)),
        }
        with blame("reading the weights"):
            found["weights_0_1"] = np.asarray(network.weights_0_1)
            found["weights_1_2"] = np.asarray(network.weights_1_2)
        for figure, array in found.items():
            if array.dtype != scenario.dtype:
                raise Incorrect(f"{figure} is {array.dtype}, expected {scenario.dtype}")

    def _few(self, scenario: Scenario) -> Trial:
        return review_trial(self.network, scenario.reviews(_synthetic()[:FEW]), scenario)


def _under_test(conformance: type[NetworkConformance]) -> type[Network]:
    """The network of a subclass; without one, pytest must not report that all is well."""
    name, network = conformance.__name__, getattr(conformance, "network", None)
    if not (isinstance(network, type) and issubclass(network, Network)):
        pytest.fail(
            f"{name} needs a network: write `network = YourClass`, a subclass of "
            "skipzeros.Network, or `__test__ = False` if others derive from it",
            pytrace=False,
        )
    if not any(kind.not_applicable(network) is None for kind in KINDS):
        pytest.fail(
            f"{name}: {network.__name__}.dtypes is {network.dtypes!r}; "
            "a network computes in float64, float32 or both",
            pytrace=False,
        )
    return network


def _name(scenario: Scenario) -> str:
    hidden = "" if scenario.hidden == Scenario.hidden else f"-hidden{scenario.hidden}"
    return (
        f"{scenario.input}-{scenario.dtype}-batch{scenario.batch_size}"
        f"-rate{scenario.learning_rate:g}{hidden}"
    )


@cache
def _synthetic() -> Reviews:
    return generate(SYNTHETIC)


def _build(trial: Trial) -> Network:
    with blame("building the network"):
        return trial.scenario.build(trial.network, *trial.weights)


def _prepare(network: Network, reviews: Reviews) -> Any:
    with blame("prepare"):
        return network.prepare(reviews)


def _train(network: Network, prepared: Any, reviews: int) -> Array:
    with blame("train"):
        outputs = network.train(prepared)
    return checked_outputs(outputs, reviews, "train")
