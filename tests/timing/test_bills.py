"""Bills and what a network's process says of its passes: where they disagree it is refused."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from skipzeros import Reviews
from skipzeros.bench.equality.result import Result
from skipzeros.bench.networks.guard import Weights
from skipzeros.bench.networks.scenario import Scenario
from skipzeros.bench.outcomes import Incorrect, Status
from skipzeros.bench.timing import clock
from skipzeros.bench.timing.bills import by_wall_time, hidden_work, judge_bills, seems_to_put_off
from skipzeros.bench.timing.clock import Contestant
from skipzeros.bench.timing.evidence import ENOUGH, Beside
from skipzeros.bench.timing.passes import LateWork, Pass, Series
from skipzeros.bench.timing.price import UNKNOWN, Around, resolution
from skipzeros.bench.timing.reading import Outer, Reading
from skipzeros.bench.timing.secret import Secret
from skipzeros.impls.add_reduce import AddReduce
from skipzeros.impls.network import Array


def contestant(own: float, overs: list[float], reviews: Reviews) -> Contestant:
    scenario = Scenario(hidden=3)
    network = scenario.build(AddReduce, *scenario.first_weights(30))
    ready = Contestant(
        name="a", network=network, prepared=None, prepared_from=reviews, scenario=scenario,
        weights=scenario.first_weights(30), pass_seconds=own, delivery=Around(0.0004, 0.001),
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


def test_networks_that_wait_are_named() -> None:
    assert by_wall_time([]) == []
    (line,) = by_wall_time(["one", "another"])
    assert "has threads or waits for something: one, another. All other" in line


def test_without_bills_nothing_is_said_of_an_audit(few_reviews: Reviews) -> None:
    unseen = contestant(0.1, [], few_reviews)
    known = Result("a", Status.CERTIFIED)
    assert judge_bills(known, [unseen]) == judge_bills(known, []) == known


def in_a_row(alone: list[float], pace: float, reviews: Reviews, over: float = 5e-4) -> Contestant:
    """A contestant whose passes alone took so long, and in a row of 20 this long each."""
    ready = contestant(0.002, [0.0005] * 6, reviews)
    ready.series = [Series(one, 20, 20 * pace, over) for one in alone]
    return ready


@pytest.mark.parametrize(
    ("alone", "pace", "status"),
    [
        ([0.002] * 24, 0.002, "certified"),
        ([0.003] * 24, 0.002, "certified"),  # the first one misses the caches
        ([0.00185] * 24, 0.002, "certified"),  # within what may be
        ([0.0015] * 24, 0.002, "refused"),
        ([0.001] * 24, 0.002, "refused"),
        ([0.001] * 6, 0.002, "certified"),  # so few say nothing: more are wanted
        ([0.001] * 14 + [0.003] * 10, 0.002, "certified"),  # a restless machine
    ],
)
def test_a_pass_alone_must_not_take_less_than_each_of_many_in_a_row(
    alone: list[float], pace: float, status: str, few_reviews: Reviews
) -> None:
    ready = in_a_row(alone, pace, few_reviews)
    result = judge_bills(Result("a", Status.CERTIFIED), [ready])
    assert result.status == status
    if status == "refused":
        assert "each of many passes in a row was seen to take 2 ms" in result.reason
    assert ready.doubtful == (np.median(alone) < 0.9 * pace)


def test_a_clock_that_stands_still_is_refused(few_reviews: Reviews) -> None:
    ready = contestant(0.0, [0.05] * 6, few_reviews)
    ready.series = [Series(0.0, 20, 0.0, 0.05)] * 6
    assert ready.doubtful
    assert judge_bills(Result("a", Status.CERTIFIED), [ready]).status == "refused"


def test_what_many_passes_in_a_row_hide_is_refused(few_reviews: Reviews) -> None:
    ready = in_a_row([0.002] * 24, 0.001, few_reviews, over=0.0205)
    result = judge_bills(Result("a", Status.CERTIFIED), [ready])
    assert result.status == "refused"
    assert "some passes in a row take 20 ms, and was seen to work for 20 ms more" in result.reason


def test_passes_in_a_row_make_the_audit_of_a_short_pass_exact(few_reviews: Reviews) -> None:
    known = Result("a", Status.CERTIFIED)
    alone = judge_bills(known, [contestant(0.002, [0.0005] * 6, few_reviews)])
    many = judge_bills(known, [in_a_row([0.0021] * 24, 0.002, few_reviews)])
    assert alone.audited > 0.3
    assert many.audited < 0.05
    # What a pass alone seems to take less may be hidden.
    less = judge_bills(known, [in_a_row([0.0019] * 24, 0.002, few_reviews)])
    assert less.audited == pytest.approx(many.audited + 0.05)


def read_after(
    first: list[float], again: float, reviews: Reviews, usual: float = 0.004
) -> Contestant:
    """A contestant whose passes take 50 ms, and whose weights were read in so long after some."""
    ready = contestant(0.05, [0.0005] * 20, reviews)
    ready.delivery = Around(0.0004, 0.001, usual)
    ready.late = [LateWork(0.05, one, again) for one in first]
    return ready


@pytest.mark.parametrize(
    ("first", "again", "status"),
    [
        ([0.004] * 6, 0.004, "certified"),
        ([0.004] * 6 + [0.04] * 3, 0.004, "certified"),  # a noise of single readings
        ([0.007] * 9, 0.004, "certified"),  # within what may be
        ([0.014] * 8, 0.004, "refused"),
        ([0.014] * 6, 0.004, "certified"),  # too few to be sure: more are made
        ([0.4] * 6, 0.39, "certified"),  # less than can be told of so many weights
        ([math.nan] * 6, math.nan, "certified"),  # this system doesn't tell
    ],
)
def test_what_is_done_when_the_weights_are_read_is_refused(
    first: list[float], again: float, status: str, few_reviews: Reviews
) -> None:
    ready = read_after(first, again, few_reviews)
    result = judge_bills(Result("a", Status.CERTIFIED), [ready])
    assert result.status == status
    assert seems_to_put_off([ready]) == (first == [0.014] * 6)
    if status == "refused":
        assert "takes 14 ms to read the weights after it, and 4 ms to read them" in result.reason


def test_the_audit_tells_what_a_reading_of_the_weights_may_hide(few_reviews: Reviews) -> None:
    known = Result("a", Status.CERTIFIED)
    audited = {
        (first, again): judge_bills(known, [read_after([first] * 6, again, few_reviews)]).audited
        for first, again in [(0.004, 0.004), (0.003, 0.004), (0.0065, 0.004), (0.014, 0.014)]
    }
    least = (resolution(0.05, 0.0005) + 0.0001) / 0.05
    assert audited[0.004, 0.004] == audited[0.003, 0.004] == pytest.approx(least)
    assert audited[0.0065, 0.004] == pytest.approx(least + 1 - 1 / 1.05)
    # Each reading takes 10 ms more than one of plain weights.
    assert audited[0.014, 0.014] == pytest.approx(least + 0.2)


class Elsewhere(AddReduce):
    """As if it lived in a worker: each pass takes 2 ms, and its bill half a millisecond more."""

    odd = False

    def timed_pass(
        self, weights: Weights, key: Sequence[Reviews], prepared: Any, passes: int
    ) -> Reading:
        made = Scenario().build(AddReduce, *weights)
        outputs: Array = np.array([made.train(prepared) for _ in range(passes)])
        if self.odd and passes > 1:
            outputs = outputs[:, 1:]
        outer = Outer(0.002 * passes + 5e-4, 0.002 * passes, 0.0, 0, 0.0)
        seconds = 0.002 * passes
        return Reading(seconds, seconds, seconds, 0, outputs if passes > 1 else outputs[0], outer)

    def billed_weights(self) -> tuple[Weights, float]:
        self.readings = getattr(self, "readings", 0) + 1
        return (self.weights_0_1, self.weights_1_2), 0.001 * self.readings


@pytest.fixture
def elsewhere(few_reviews: Reviews) -> Contestant:
    reviews, scenario = few_reviews.presence(), Scenario()
    weights = scenario.first_weights(reviews.vocabulary_size)
    network = scenario.build(Elsewhere, *weights)
    return Contestant(
        name="a", network=network, prepared=network.prepare(reviews), prepared_from=reviews,
        scenario=scenario, weights=weights, pass_seconds=0.002, prices=[5e-4],
        delivery=Around(5e-4, 0.001),
    )  # fmt: skip


ALONE = Pass("a", 1, 1, 1, 0.0019, 0.002, 0.002, 0, True)


def test_all_passes_in_a_row_are_kept_to_be_made_once_more(elsewhere: Contestant) -> None:
    elsewhere.take_series(ALONE)
    (series,) = elsewhere.series
    assert (series.alone, series.passes) == (0.0019, clock.SERIES_SECONDS / 0.002)
    assert series.over == pytest.approx(5e-4)
    seen = elsewhere.audited_in_series
    assert seen is not None
    again = elsewhere.scenario.build(AddReduce, *seen.secret.weights)
    passes = [again.train(elsewhere.prepared) for _ in range(series.passes)]
    assert np.array_equal(seen.outputs, passes)


def test_a_pass_that_is_long_enough_alone_is_not_repeated(elsewhere: Contestant) -> None:
    elsewhere.pass_seconds = clock.SERIES_SECONDS
    elsewhere.take_series(ALONE)
    assert elsewhere.series == []


class Drawing:
    """Draws 0 for some bounds, and the largest number for the others."""

    def __init__(self, *zero: int) -> None:
        self.zero, self.bounds = zero, list[int]()

    def randrange(self, bound: int) -> int:
        self.bounds.append(bound)
        return 0 if bound in self.zero else bound - 1


@pytest.mark.parametrize("drawn", [True, False])
@pytest.mark.parametrize("long", [True, False])
def test_weights_are_read_twice_after_a_long_pass_that_is_drawn(
    long: bool, drawn: bool, elsewhere: Contestant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "PASSES_FOR_A_READING", 7)
    monkeypatch.setattr(clock, "SYSTEM", Drawing(*([7] if drawn else [])))
    start = Secret(elsewhere.prepared_from, elsewhere.scenario)
    elsewhere.pass_seconds = clock.SERIES_SECONDS * (1.0 if long else 0.1)
    elsewhere.passes = [ALONE]  # of two this one isn't the one to be audited
    elsewhere.record(elsewhere.clock(start.weights), 1, 1, 1, start)
    assert elsewhere.late == ([LateWork(0.002, 0.001, 0.002)] if long and drawn else [])
    assert elsewhere.audited is None


def test_the_first_pass_may_be_audited(elsewhere: Contestant) -> None:
    start = Secret(elsewhere.prepared_from, elsewhere.scenario)
    elsewhere.record(elsewhere.clock(start.weights), 1, 1, 1, start)
    assert elsewhere.audited is not None


def test_passes_in_a_row_that_return_no_outputs_are_incorrect(
    elsewhere: Contestant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Elsewhere, "odd", True)
    with pytest.raises(Incorrect, match="no output for each review"):
        elsewhere.take_series(ALONE)


@pytest.mark.parametrize("drawn", [True, False])
def test_passes_in_a_row_come_at_random_after_timed_ones(
    drawn: bool, elsewhere: Contestant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "PASSES_FOR_A_SERIES", 7)
    drawing = Drawing(*([7] if drawn else []))
    monkeypatch.setattr(clock, "SYSTEM", drawing)
    timed = elsewhere.time_pass(1, 1, 1, Secret(elsewhere.prepared_from, elsewhere.scenario))
    assert timed is not None
    assert 7 in drawing.bounds
    assert [one.alone for one in elsewhere.series] == ([timed.cpu_seconds] if drawn else [])


def test_in_doubt_they_come_after_each(
    elsewhere: Contestant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "SYSTEM", Drawing())
    elsewhere.series = [Series(0.001, 15, 0.03, 0.0)]
    for number in (2, 3):
        elsewhere.time_pass(1, 1, 1, Secret(elsewhere.prepared_from, elsewhere.scenario))
        assert len(elsewhere.series) == number
        elsewhere.series[-1] = elsewhere.series[0]


def test_a_pass_more_is_made_as_in_a_round(
    elsewhere: Contestant, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere.time_more()  # nothing to go on from
    assert elsewhere.passes == []
    last = Secret(elsewhere.prepared_from, elsewhere.scenario)
    elsewhere.time_pass(1, 1, 1, last)
    made: list[Secret] = []
    real = Secret.__init__

    def seen(secret: Secret, *arguments: Any) -> None:
        made.append(secret)
        real(secret, *arguments)

    monkeypatch.setattr(Secret, "__init__", seen)
    monkeypatch.setattr(clock, "SYSTEM", Drawing())
    rows = len(elsewhere.series)
    elsewhere.time_more()
    assert made[0].last is last
    assert len(elsewhere.passes) == 2
    assert len(elsewhere.series) == rows + 1  # in any case
    # A row of passes would be a pass too long: its weights are read twice.
    elsewhere.pass_seconds = clock.SERIES_SECONDS
    assert not elsewhere.late
    elsewhere.time_more()
    assert len(elsewhere.passes) == 3
    assert len(elsewhere.late) == 1


@pytest.mark.parametrize(("drawn", "tells"), [(True, True), (True, False), (False, True)])
def test_prices_are_taken_just_after_the_first_pass_and_after_those_that_are_drawn(
    drawn: bool, tells: bool, elsewhere: Contestant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "PASSES_FOR_A_PRICE", 7)
    monkeypatch.setattr(clock, "SYSTEM", Drawing(*([7] if drawn else [])))
    elsewhere.few = elsewhere.network.prepare(elsewhere.prepared_from[:2])
    elsewhere.nothing = lambda: Around(1e-4, 0.0) if tells else UNKNOWN
    elsewhere.time_pass(1, 1, 1, Secret(elsewhere.prepared_from, elsewhere.scenario))
    wanted = ENOUGH + drawn if tells else 0
    assert [one.delivery for one in elsewhere.beside] == [1e-4] * wanted
    assert elsewhere.prices == [5e-4]  # those from before the rounds stay what they were


@pytest.mark.parametrize(
    ("delivery", "status"),
    [(0.0015, "certified"), (0.0001, "refused")],  # nobody else took longer
)
def test_a_neighbour_that_makes_all_bills_longer_has_nobody_refused(
    delivery: float, status: str, few_reviews: Reviews
) -> None:
    ready = contestant(0.012, [0.004] * 6, few_reviews)
    calm = judge_bills(Result("a", Status.CERTIFIED), [ready])
    assert calm.status == "refused"
    ready.beside = [Beside(0.0035, delivery)] * 3
    result = judge_bills(Result("a", Status.CERTIFIED), [ready])
    assert result.status == status


def test_a_bill_has_the_way_of_all_outputs(few_reviews: Reviews) -> None:
    ready = contestant(0.009, [0.0015] * 6, few_reviews)
    ready.beside = [Beside(3e-4, 6e-4)] * 3
    assert judge_bills(Result("a", Status.CERTIFIED), [ready]).status == "refused"
    # Its short bills had two outputs only.
    ready.beside = [Beside(3e-4, 6e-4, 4e-4)] * 3
    assert judge_bills(Result("a", Status.CERTIFIED), [ready]).status == "certified"
    # Nor does that go beyond what the way takes a network that does nothing.
    ready = contestant(0.009, [0.0025] * 6, few_reviews)
    ready.beside = [Beside(3e-4, 1e-4, 5e-2)] * 3
    assert judge_bills(Result("a", Status.CERTIFIED), [ready]).status == "refused"


def test_a_slow_reading_says_nothing_of_passes_that_were_made_in_a_row(
    few_reviews: Reviews,
) -> None:
    ready = contestant(0.012, [0.0005] * 6, few_reviews)
    ready.series = [Series(0.012, 3, 0.036, 0.0005)] * 6
    told = judge_bills(Result("a", Status.CERTIFIED), [ready]).audited
    assert 0 < told < 0.2
    ready.late = [LateWork(0.012, 0.02, 0.01)]  # such as after the one pass that took long
    assert judge_bills(Result("a", Status.CERTIFIED), [ready]).audited == told
    ready.series = []
    assert judge_bills(Result("a", Status.CERTIFIED), [ready]).audited > told


def test_it_rests_before_a_pass_more_as_long_as_before_the_last_one(elsewhere: Contestant) -> None:
    assert elsewhere.rest == 0  # it has not made a pass
    elsewhere.pause, elsewhere._ended = 20.0, time.perf_counter() - 15
    assert 0 < elsewhere.rest <= 5
    elsewhere._ended -= 5  # others have made passes meanwhile
    assert elsewhere.rest == 0


@pytest.mark.parametrize(
    ("audited", "told"),
    [
        ({"a": 0.05}, "at most 5.0% of a pass (a), or"),
        ({"a": 0.05, "b": 0.2}, "at most 5.0% of a pass (a) to 20.0% (b), or"),
        ({"a": 0.05, "b": 1.2}, "(b: its pass is too short to tell; take more reviews), or"),
        ({"a": 1.1, "b": 1.2}, "the passes are too short to tell; take more reviews."),
        ({}, ""),
    ],
)
def test_what_could_hide_is_told_where_it_can_be(audited: dict[str, float], told: str) -> None:
    results = [Result(name, Status.CERTIFIED, audited=share) for name, share in audited.items()]
    line = hidden_work([*results, Result("c", Status.FAILED)])
    assert told in line
    assert bool(line) == bool(audited)
