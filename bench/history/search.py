"""Where did it change? A search by halves among commits, of which some can't be judged.

It knows nothing of git, networks and clocks: commits are numbers, and somebody else judges them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Change:
    """Between which commits it changed.

    Attributes:
        before: the last commit that was judged good.
        after: the first commit after it that was judged bad; those in between can't be judged.
    """

    before: int
    after: int


def search(
    last: int,
    judge: Callable[[int], bool | None],
    told: Callable[[int, int], None] = lambda before, after: None,
) -> Change:
    """Find a good commit, and after it a bad one with none in between that can be judged.

    Commit 0 is good, the last one is bad. Where a history goes back and forth it is one of several
    such places.

    Args:
        last: the number of the last commit, from 1 on.
        judge: says whether a commit is bad; None where that can't be said. No commit is asked for
            twice.
        told: is told after each judgement between which commits it is sought from now on.
    """
    change, unknown = Change(0, last), set[int]()
    while (asked := _next(change, unknown)) is not None:
        bad = judge(asked)
        if bad is None:
            unknown.add(asked)
        else:
            change = Change(change.before, asked) if bad else Change(asked, change.after)
        told(change.before, change.after)
    return change


def steps_left(before: int, after: int) -> int:
    """Return how many commits will be judged at most, if all of them can be."""
    return (after - before - 1).bit_length()


def _next(change: Change, unknown: set[int]) -> int | None:
    """Choose the middle; where it can't be judged a neighbour, near first and then further off.

    What breaks one commit mostly breaks those beside it too.
    """
    between = range(change.before + 1, change.after)
    open_ = [one for one in between if one not in unknown]
    if not open_:
        return None
    middle = (change.before + change.after) // 2
    if middle in unknown:
        tried = len(between) - len(open_)
        middle += (1 if tried % 2 else -1) * 2 ** (tried - 1)
    return min(open_, key=lambda one: abs(one - middle))
