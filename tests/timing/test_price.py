"""What of a bill is charged: what a process says, unless what was seen of it says otherwise."""

from __future__ import annotations

import math

import numpy as np
import pytest

from skipzeros.bench.networks.scenario import Scenario
from skipzeros.bench.timing.evidence import Evidence
from skipzeros.bench.timing.price import UNKNOWN, Around, blocked, charge, granted
from skipzeros.bench.timing.reading import Outer, Reading
from skipzeros.impls.reviews import Reviews


def reading(own: float, seen: float | None) -> Reading:
    outer = None if seen is None else Outer(seen, seen, 0.0, 0, 0.0)
    return Reading(own, own, own, 0, np.empty(0), outer)


@pytest.mark.parametrize(
    ("own", "seen", "price", "charged"),
    [
        (0.1, None, 0.0, 0.0),  # nobody saw it
        (0.1, 0.1005, 0.0005, 0.0),
        (0.1, 0.1025, 0.0005, 0.0),  # within 2 %
        (0.1, 0.15, 0.0005, 0.0495),
        (0.0, 0.05, 0.001, 0.049),  # a clock that stands still
        (0.002, 0.0026, 0.0005, 0.0),
        (0.002, 0.01, 0.0005, 0.0075),
    ],
)
def test_a_pass_is_charged_what_its_process_does_not_explain(
    own: float, seen: float | None, price: float, charged: float
) -> None:
    assert charge(reading(own, seen), price) == pytest.approx(charged, rel=1e-9)


def test_no_price_is_granted_beyond_some_deliveries_and_the_work_of_some_updates() -> None:
    assert granted([0.002, 0.0005, 0.0006], 0.0004, 0.0, 1000) == 0.0006
    assert granted([0.5] * 5, 0.0004, 0.0, 1000) == pytest.approx(0.0012)
    # Two updates of dense take a while, as all of its updates do.
    assert granted([0.01] * 5, 0.0004, 4.0, 1000) == 0.01
    assert granted([0.5] * 5, 0.0004, 4.0, 1000) == pytest.approx(0.0172)


@pytest.mark.parametrize(
    ("own", "waited", "found"),
    [
        (0.01, 0.001, 0.0),  # what surrounds a pass
        (0.01, 0.002, 0.0),  # less than a tenth
        (0.01, 0.004, 0.003),
        (0.0005, 0.011, 0.01),  # another process works
        (0.0005, 0.0025, 0.0),  # a restless machine
        (0.01, math.nan, 0.0),  # the system doesn't tell
    ],
)
def test_a_pass_is_blocked_for_what_is_longer_than_the_way_there_and_back(
    own: float, waited: float, found: float
) -> None:
    seen = Reading(own, own, own, 0, np.empty(0), Outer(own, own, 0.0, 0, waited))
    assert blocked(seen, Around(0.0005, 0.001)) == pytest.approx(found, rel=1e-9)
    assert blocked(seen, UNKNOWN) == 0.0
    assert blocked(reading(own, None), Around(0.0005, 0.001)) == 0.0


def test_a_review_alone_may_cost_what_a_batch_does() -> None:
    reviews = Reviews.from_lists([[0, 1]] * 30, [0, 1] * 15, 3)
    seen = Evidence(name="a", prepared_from=reviews, scenario=Scenario(batch_size=64),
                    delivery=Around(0.0, 0.0), prices=[0.02])  # fmt: skip
    assert seen.price(0.01) == 0.02  # of a pass of one update, a key makes two more
    seen.scenario = Scenario(batch_size=1)
    assert seen.price(0.01) == pytest.approx(4 / 30 * 0.01)
