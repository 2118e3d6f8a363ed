"""What of a bill is charged: what a process says, unless what was seen of it says otherwise."""

from __future__ import annotations

import math

import numpy as np
import pytest

from skipzeros import Reviews
from skipzeros.bench.equality.result import Result
from skipzeros.bench.networks.scenario import Scenario
from skipzeros.bench.outcomes import Status
from skipzeros.bench.timing.bills import judge_bills
from skipzeros.bench.timing.clock import Contestant, Pass
from skipzeros.bench.timing.price import charge, granted, resolution
from skipzeros.bench.timing.reading import Outer, Reading
from skipzeros.impls.add_reduce import AddReduce


def reading(own: float, seen: float | None) -> Reading:
    outer = None if seen is None else Outer(seen, seen, 0.0, 0, 0)
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


def test_no_price_is_granted_beyond_some_deliveries_and_the_work_of_some_reviews() -> None:
    assert granted([0.002, 0.0005, 0.0006], 0.0004, 0.0, 1000) == 0.0006
    assert granted([0.5] * 5, 0.0004, 0.0, 1000) == pytest.approx(0.0012)
    # Two reviews of dense take a while, as all of its reviews do.
    assert granted([0.01] * 5, 0.0004, 4.0, 1000) == 0.01
    assert granted([0.5] * 5, 0.0004, 4.0, 1000) == pytest.approx(0.0172)


def contestant(own: float, overs: list[float], reviews: Reviews) -> Contestant:
    scenario = Scenario(hidden=3)
    network = scenario.build(AddReduce, *scenario.first_weights(30))
    ready = Contestant(
        name="a", network=network, prepared=None, prepared_from=reviews, scenario=scenario,
        weights=scenario.first_weights(30), pass_seconds=own, delivery=0.0004,
        prices=[0.0005] * 3, overs=overs,
    )  # fmt: skip
    ready.passes = [Pass("a", 1, n, 1, own, own, own, 0, True) for n in range(len(overs))]
    return ready


@pytest.mark.parametrize(
    ("own", "overs", "status"),
    [
        (0.1, [0.0005] * 6, "certified"),
        (0.1, [0.0005] * 4 + [0.5] * 2, "certified"),  # a noise of single passes
        (0.1, [0.05] * 6, "refused"),
        (1e-6, [0.05] * 6, "refused"),
        (0.002, [0.0009] * 6, "certified"),  # less than can be told
        (0.002, [0.002] * 6, "refused"),
    ],
)
def test_work_outside_of_the_clock_is_refused(
    own: float, overs: list[float], status: str, few_reviews: Reviews
) -> None:
    result = judge_bills(Result("a", Status.CERTIFIED), [contestant(own, overs, few_reviews)])
    assert result.status == status
    if status == "refused":
        assert "it works outside of the clock: its process says that a pass takes" in result.reason
        assert math.isnan(result.audited)
    else:
        assert result.audited == pytest.approx((resolution(own, 0.0005) + 0.0001) / own)


def test_without_bills_nothing_is_said_of_an_audit(few_reviews: Reviews) -> None:
    unseen = contestant(0.1, [], few_reviews)
    known = Result("a", Status.CERTIFIED)
    assert judge_bills(known, [unseen]) == judge_bills(known, []) == known
