"""Shares of a difference: they sum to all of it, and each thing gets what was taken out."""

from __future__ import annotations

import math
from dataclasses import astuple, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skipzeros.bench.cost.explained import (
    THINGS,
    Counts,
    Parts,
    share_by_one,
    shares,
    there_is_a_difference,
)
from skipzeros.bench.cost.formulas import Work
from skipzeros.bench.timing.ratios import Ratio
from skipzeros.bench.timing.what_if import WhatIf, other_width

seconds = st.floats(1e-6, 10)
passes = st.builds(WhatIf, whole=seconds, near=seconds, few=seconds, other=seconds)
parts = st.builds(Parts.of, passes, st.integers(1, 300), st.floats(0, 1), st.floats(0, 10))


@given(passes, st.integers(1, 300), st.floats(0, 1), st.floats(0, 10))
def test_the_parts_of_a_pass_sum_to_it(
    one: WhatIf, hidden: int, by_one: float, calls: float
) -> None:
    found = Parts.of(one, hidden, by_one, calls)
    assert sum(astuple(found)) == pytest.approx(one.whole, rel=1e-6, abs=1e-9)
    assert 0 <= found.python_calls <= calls


@given(
    st.integers(1, 300),
    *[st.floats(1e-3, 1) for _ in range(5)],
)
def test_a_pass_whose_cost_is_known_is_taken_apart(
    hidden: int, fixed: float, number: float, absent: float, far: float, calls: float
) -> None:
    few = fixed + hidden * number
    one = WhatIf(few + absent + far, few + absent, few, fixed + other_width(hidden) * number)
    found = Parts.of(one, hidden, 0.25, calls)
    close = {"rel": 1e-6, "abs": 1e-9}
    assert found.bytes == pytest.approx(far, **close)
    assert found.by_zero == pytest.approx(absent, **close)
    assert found.by_one == pytest.approx(hidden * number / 4, **close)
    assert found.needed == pytest.approx(hidden * number * 3 / 4, **close)
    assert found.python_calls == pytest.approx(min(calls, fixed), **close)
    assert found.unexplained == pytest.approx(fixed - min(calls, fixed), **close)


@given(st.lists(st.tuples(parts, parts), min_size=1, max_size=12))
def test_shares_sum_to_one_whichever_network_is_named_first(
    rounds: list[tuple[Parts, Parts]],
) -> None:
    first, second = zip(*rounds, strict=True)
    there, back = shares(first, second), shares(second, first)
    for thing in THINGS:
        assert there[thing].share == pytest.approx(back[thing].share, nan_ok=True)
        if not math.isnan(there[thing].low):
            assert there[thing].low <= there[thing].share <= there[thing].high
    whole = sum(there[thing].share for thing in THINGS)
    assert math.isnan(whole) or whole == pytest.approx(1, abs=1e-3)


NOTHING = Parts(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


def test_a_thing_that_alone_differs_explains_all() -> None:
    for thing in THINGS:
        found = shares([replace(NOTHING, **{thing: 2.0})] * 6, [NOTHING] * 6)
        assert found[thing].share == found[thing].low == found[thing].high == 1
        assert all(found[other].share == 0 for other in THINGS if other != thing)


def test_without_rounds_or_a_difference_nothing_is_explained() -> None:
    for both in ([], [NOTHING] * 6):
        assert all(math.isnan(share.share) for share in shares(both, both).values())


def test_few_rounds_have_no_interval() -> None:
    found = shares([replace(NOTHING, bytes=2.0)] * 5, [NOTHING] * 5)["bytes"]
    assert found.share == 1
    assert math.isnan(found.low)


def test_the_same_instructions_that_take_longer_are_bytes_if_they_bring_more_lines() -> None:
    padded, packed = [replace(NOTHING, needed=3.0, bytes=1.0)] * 6, [NOTHING] * 6
    same_instructions = Counts(0.0, 1e6, 1e-9)
    assert shares(padded, packed)["needed"].share == 0.75
    assert shares(padded, packed, same_instructions)["bytes"].share == 1
    no_more_lines = replace(same_instructions, lines=0.0)
    assert shares(padded, packed, no_more_lines)["unexplained"].share == 0.75
    enough = replace(same_instructions, instructions=3e9)
    assert shares(padded, packed, enough)["needed"].share == 0.75
    fewer = replace(same_instructions, instructions=-1e9)
    assert shares(padded, packed, fewer)["needed"].share == pytest.approx(0.25)


def test_multiplying_by_one_is_half_of_what_multiply_loop_does_with_rows() -> None:
    assert share_by_one(Work(multiplications=10, by_one=10, additions=10)) == 0.5
    assert share_by_one(Work(multiplications=100, by_zero=90, by_one=10, additions=100)) == 0.5
    assert share_by_one(Work(multiplications=5, additions=100)) == 0
    assert share_by_one(Work()) == share_by_one(None) == 0


@pytest.mark.parametrize(
    ("ratio", "different"),
    [
        (Ratio(1.2, 1.1, 1.3), True),
        (Ratio(0.5, 0.4, 0.6), True),
        (Ratio(1.2, 0.9, 1.3), False),
        (Ratio(1.2), True),
        (Ratio(), False),
    ],
)
def test_there_is_a_difference_where_the_interval_leaves_out_1(
    ratio: Ratio, different: bool
) -> None:
    assert there_is_a_difference(ratio) is different
