"""Who is refused as faster than memory: nobody by the noise of short passes."""

from __future__ import annotations

import pandas as pd
import pytest

from skipzeros.bench.equality.result import Result
from skipzeros.bench.outcomes import Status
from skipzeros.bench.timing.floor import refuse_faster_than_memory


def passes(own: list[float], floors: list[float]) -> pd.DataFrame:
    """Passes of one network, in milliseconds."""
    return pd.DataFrame(
        {
            "network": "mine",
            "device": "cpu",
            "cpu_seconds": [one / 1e3 for one in own],
            "floor_seconds": [one / 1e3 for one in floors],
        }
    )


@pytest.mark.parametrize(
    ("own", "refused"),
    [
        # Measured once of an honest network: its median is below that of the floors.
        ([0.517, 0.758, 0.853, 0.591, 0.572, 0.574], False),
        ([0.2, 0.3, 0.25, 0.21, 0.9, 0.22], True),
    ],
)
def test_only_a_pass_below_the_least_floor_is_refused(own: list[float], refused: bool) -> None:
    results = {"mine": Result("mine", Status.CERTIFIED)}
    refuse_faster_than_memory(results, passes(own, [0.631, 0.649, 0.572, 0.385, 0.543, 0.622]))
    assert (results["mine"].status == Status.REFUSED) == refused
    if refused:
        assert results["mine"].reason == (
            "faster than memory: a pass takes 0.235 ms, and moving its rows once there and back, "
            "without arithmetic and padding, at least 0.385 ms"
        )


def test_where_nothing_was_measured_nobody_is_refused() -> None:
    results = {"mine": Result("mine", Status.CERTIFIED)}
    refuse_faster_than_memory(results, passes([0.1], [0.2]).drop(columns="floor_seconds"))
    assert results["mine"].certified
