"""The checks of equality/conformance.py as tests of pytest: a class to derive from, a decorator.

Authors import both from skipzeros.testing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, ClassVar

import pytest
from threadpoolctl import threadpool_limits

from ...impls.network import Network
from ..equality import conformance
from ..equality.conformance import KINDS, KINDS_AND_RATES, Check, accepted, checks_of, short_name
from ..networks.scenario import Scenario
from ..outcomes import BadInput, Failed, Incorrect, Uncertified


def parametrize_with_networks(networks: Iterable[type[Network]]) -> pytest.MarkDecorator:
    """Run a test function once for each network, check and scenario that the network accepts.

    The function has the arguments ``network``, a class, and ``check``, which is called with it::

        from skipzeros.testing import parametrize_with_networks

        @parametrize_with_networks([Mine, Another])
        def test_network(network, check):
            check(network)

    A test is called ``test_network[Mine-crafted_reviews-presence-float64-batch1-rate0.1]``, and
    fails with the reason in one line. Where a network's ``unavailable()`` gives a reason, its
    tests are skipped with that.

    Args:
        networks: the classes under test, each derived from skipzeros.Network.

    Raises:
        skipzeros.BadInput: one of them is no class of a network, or accepts no
            scenario.
    """
    return pytest.mark.parametrize(
        ("network", "check"),
        [
            pytest.param(
                network,
                partial(_run, check),
                id=f"{network.__name__}-{check.name}-{short_name(check.scenario)}",
            )
            for network in networks
            for check in checks_of(network)
        ],
    )


class NetworkConformance:
    """What every network promises; a subclass names the network and is collected by pytest.

    ::

        from skipzeros.testing import NetworkConformance

        class TestMine(NetworkConformance):
            network = Mine

    A network whose ``unavailable()`` gives a reason is skipped with it. Tests that a subclass adds
    may take the argument ``scenario`` too, and then run in each scenario that the network accepts.
    bench/equality/conformance.py says what each test here asks.

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
                metafunc.parametrize(argument, accepted(network, scenarios), ids=short_name)

    @pytest.fixture(autouse=True)
    def _available_on_one_thread(self) -> Iterator[None]:
        _skip_unavailable(self.network)
        # For the tests that a subclass adds: checks do this themselves.
        with threadpool_limits(1):
            yield

    def test_crafted_reviews(self, scenario_at_any_rate: Scenario) -> None:
        self._check(conformance.crafted_reviews, scenario_at_any_rate)

    def test_empty_reviews(self, scenario: Scenario) -> None:
        self._check(conformance.empty_reviews, scenario)

    def test_synthetic_reviews_are_certified(self, scenario: Scenario) -> None:
        self._check(conformance.synthetic_reviews_are_certified, scenario)

    def test_a_pass_may_be_cut_into_calls(self, scenario: Scenario) -> None:
        self._check(conformance.a_pass_may_be_cut_into_calls, scenario)

    def test_prepared_reviews_stay_valid_after_reset(self, scenario: Scenario) -> None:
        self._check(conformance.prepared_reviews_stay_valid_after_reset, scenario)

    def test_prepared_reviews_serve_new_instances(self, scenario: Scenario) -> None:
        self._check(conformance.prepared_reviews_serve_new_instances, scenario)

    def test_what_is_passed_in_is_left_alone(self, scenario: Scenario) -> None:
        self._check(conformance.what_is_passed_in_is_left_alone, scenario)

    def test_predict_changes_nothing(self, scenario: Scenario) -> None:
        self._check(conformance.predict_changes_nothing, scenario)

    def test_outputs_and_weights_keep_shape_and_dtype(self, scenario: Scenario) -> None:
        self._check(conformance.outputs_and_weights_keep_shape_and_dtype, scenario)

    def test_small_scenarios(self, scenario: Scenario) -> None:
        self._check(conformance.small_scenarios, scenario)

    def _check(
        self, promise: Callable[[type[Network], Scenario], None], scenario: Scenario
    ) -> None:
        with _told_in_one_line():
            Check(promise, scenario)(self.network)


def _run(check: Check, network: type[Network]) -> None:
    _skip_unavailable(network)
    with _told_in_one_line():
        check(network)


def _skip_unavailable(network: type[Network]) -> None:
    with _told_in_one_line():
        reason = conformance.why_unavailable(network)
    if reason is not None:
        pytest.skip(reason)


@contextmanager
def _told_in_one_line() -> Iterator[None]:
    """Fail with the certificate's reason alone; a traceback through it would explain nothing."""
    try:
        yield
    except (Incorrect, Failed, Uncertified) as fault:
        # Raised from None, because pytest.fail() would print the cause as well.
        raise pytest.fail.Exception(str(fault), pytrace=False) from None


def _under_test(conformance: type[NetworkConformance]) -> type[Network]:
    """Return the network of a subclass; fail without one, where pytest would report success."""
    name, network = conformance.__name__, getattr(conformance, "network", None)
    if not (isinstance(network, type) and issubclass(network, Network)):
        pytest.fail(
            f"{name} needs a network: write `network = YourClass`, a subclass of "
            "skipzeros.Network, or `__test__ = False` if others derive from it",
            pytrace=False,
        )
    try:
        checks_of(network)
    except BadInput as error:
        pytest.fail(f"{name}: {error}", pytrace=False)
    return network
