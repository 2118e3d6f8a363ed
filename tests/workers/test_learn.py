"""More passes after the rounds: of which processes, and in which order."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from skipzeros.bench.workers.learn import _take_series


def processes(made: list[str], *names: str, series: int = 0, short: bool = True) -> list[Any]:
    """The processes of one network, which only note that they make a pass."""

    def one(name: str) -> Any:
        contestant = SimpleNamespace(in_series=short, series=[None] * series)
        return SimpleNamespace(
            contestant=contestant, core=None, time_more=lambda: made.append(name)
        )

    return [one(name) for name in names]


def test_each_network_makes_a_pass_while_the_others_rest() -> None:
    made: list[str] = []
    networks = [
        processes(made, "a1", "a2", series=1),
        processes(made, "long", short=False),
        processes(made, "b", series=6),
    ]
    _take_series(networks, 8)
    assert made == ["a1", "b", "a2", "b", "a1", "a2", "a1", "a2"]
