"""The search by halves: what it finds holds in every history, and it asks few commits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skipzeros.bench.history.search import Change, search, steps_left

# True for bad, None for what can't be judged; both ends are known.
HISTORIES = st.lists(st.sampled_from([False, True, None]), max_size=70).map(
    lambda between: [False, *between, True]
)


def searched(history: list[bool | None]) -> tuple[Change, list[int]]:
    asked: list[int] = []

    def judge(place: int) -> bool | None:
        asked.append(place)
        return history[place]

    return search(len(history) - 1, judge), asked


@given(HISTORIES)
def test_it_ends_between_a_good_and_a_bad_one_with_none_between_that_can_be_judged(
    history: list[bool | None],
) -> None:
    change, asked = searched(history)
    assert history[change.before] is False
    assert history[change.after] is True
    assert set(history[change.before + 1 : change.after]) <= {None}
    assert len(asked) == len(set(asked))
    assert not {0, len(history) - 1} & set(asked)


@given(st.integers(1, 300), st.data())
def test_where_all_can_be_judged_it_asks_as_few_as_halves_allow(
    last: int, data: st.DataObject
) -> None:
    first = data.draw(st.integers(1, last))
    change, asked = searched([place >= first for place in range(last + 1)])
    assert change == Change(first - 1, first)
    assert len(asked) <= steps_left(0, last) <= last.bit_length()


@given(st.integers(2, 200), st.data())
def test_a_few_that_cannot_be_judged_cost_a_few_more(last: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(1, last))
    broken = data.draw(st.sets(st.integers(1, last - 1), max_size=3))
    history = [None if place in broken else place >= first for place in range(last + 1)]
    change, asked = searched(history)
    assert change.before < first <= change.after
    # A neighbour halves less well than the middle.
    assert len(asked) <= steps_left(0, last) + 2 * len(broken)


@pytest.mark.parametrize("length", [10, 30])
def test_it_gets_past_a_long_stretch_that_cannot_be_judged(length: int) -> None:
    history = [None if 50 - length / 2 < place < 50 + length / 2 else place >= 90
               for place in range(101)]  # fmt: skip
    change, asked = searched(history)
    assert change == Change(89, 90)
    assert sum(history[place] is None for place in asked) < length / 2


def test_nothing_between_is_asked_where_there_is_nothing() -> None:
    assert searched([False, True]) == (Change(0, 1), [])


@given(HISTORIES)
def test_each_judgement_is_followed_by_the_place_that_is_left(history: list[bool | None]) -> None:
    places = []
    found = search(len(history) - 1, history.__getitem__, lambda *place: places.append(place))
    widths = [after - before for before, after in places]
    assert widths == sorted(widths, reverse=True)
    assert not places or places[-1] == (found.before, found.after)
    assert steps_left(found.before, found.before + 1) == 0
