"""`pytest --benchmark-only`: one training pass of every network in each scenario.

It writes passes.csv and summary.csv too; plain `pytest` leaves these benchmarks out.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from skipzeros.bench.networks.scenario import Scenario

SCENARIOS = {
    "presence": Scenario(),
    "counts": Scenario(input="counts", learning_rate=0.001),
    "float32": Scenario(dtype="float32"),
}


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=list(SCENARIOS))
def test_training_pass(training_pass: Callable[[Scenario], None], scenario: Scenario) -> None:
    training_pass(scenario)
