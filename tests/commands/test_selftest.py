"""Which verdicts of the gates of a self-test are wrong."""

from __future__ import annotations

from collections import Counter

import pytest

from skipzeros.bench.commands.selftest import Tally
from skipzeros.bench.gate.decide import Threshold
from skipzeros.bench.outcomes import Verdict

EACH_ONCE = Counter([Verdict.PASS, Verdict.FASTER, Verdict.SLOWER, Verdict.INCONCLUSIVE])


@pytest.mark.parametrize(
    ("slowdown", "wrong"),
    [(0.0, 1), (0.02, 1), (0.025, 0), (0.04, 0), (0.05, 2), (1.0, 2)],
    ids=lambda value: str(value),
)
def test_a_wrong_verdict_is_told_by_how_much_slower_the_network_is(
    slowdown: float, wrong: int
) -> None:
    tally = Tally("a", slowdown, EACH_ONCE, Counter())
    assert tally.wrong(Threshold.max_slowdown(0.05)) == wrong
