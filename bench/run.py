"""`skipzeros run` and `check`: every network in a worker of its own, the results in one place."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from ..impls.reviews import Reviews
from .driver import Driver, workers
from .examine import Result
from .machine import machine
from .progress import progress_bar
from .records import PASS_COLUMNS, SUMMARY, SUMMARY_COLUMNS, PassesFile, make_folder, write_table
from .scenario import Scenario
from .summary import summarize
from .timing import time_rounds

Networks = Sequence[tuple[str, str]]  # the name in tables, and the network as it was named


def check(
    networks: Networks, reviews: Reviews, scenario: Scenario, sample: int | None, timeout: float
) -> list[Result]:
    """Certify networks; see certify for the sample and workers for the timeout.

    Raises:
        BadInput: a network can't be had as it was named.
    """
    with workers(networks, reviews, scenario, timeout) as drivers:
        return _certify(drivers, len(reviews), sample, whole_passes=3)


def run(
    networks: Networks,
    baseline: str,
    reviews: Reviews,
    data: str,
    scenario: Scenario,
    sample: int | None,
    rounds: int | None,
    budget: float,
    timeout: float,
    out: Path,
) -> tuple[list[Result], list[dict[str, Any]], int]:
    """Certify, time and record networks on the reviews of one scenario.

    Writes passes.csv, row by row, and summary.csv into the folder out.

    Args:
        baseline: the name of the network that ratios relate to.
        data: what the records call the data.
        sample, rounds, budget, timeout: see certify, time_rounds and workers.

    Returns:
        what was found out about each network, the rows of summary.csv, and the rounds timed.

    Raises:
        BadInput: a network can't be had as it was named, or the folder can't be written.
    """
    make_folder(out)
    setting = describe(reviews, data, scenario)
    about = {**run_id(), **setting, **machine()}
    rows = []
    with workers(networks, reviews, scenario, timeout) as drivers, PassesFile(out) as file:
        # The timed passes repeat the whole pass often enough, so that one is made beforehand.
        _certify(drivers, len(reviews), sample, whole_passes=1)
        ready = [driver for driver in drivers if driver.line_up()]
        with progress_bar(f"timing {len(ready)} networks", budget) as advance:
            last = time.perf_counter()
            for timed in time_rounds(ready, rounds, budget):
                rows.append({**vars(timed), **about})
                file.write(rows[-1])
                advance(time.perf_counter() - last)
                last = time.perf_counter()
        for driver in ready:
            driver.judge_timing()
    results = [driver.result for driver in drivers]
    summary = summarize(results, frame(rows), baseline, reviews.labels, setting)
    write_table(out / SUMMARY, SUMMARY_COLUMNS, summary)
    return results, summary, max((row["round"] for row in rows), default=0)


def _certify(
    drivers: Sequence[Driver], reviews: int, sample: int | None, whole_passes: int
) -> list[Result]:
    for driver in drivers:
        work = reviews * (1 + whole_passes)
        with progress_bar(f"certifying {driver.result.name}", work) as advance:
            driver.certify(sample, whole_passes, advance)
    return [driver.result for driver in drivers]


def run_id() -> dict[str, str]:
    """The column run_id: when the run began (UTC), and a part that no other run has."""
    return {"run_id": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}-{uuid.uuid4().hex[:6]}"}


def frame(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Timed passes as passes.csv holds them."""
    return pd.DataFrame(rows, columns=PASS_COLUMNS)


def describe(reviews: Reviews, data: str, scenario: Scenario) -> dict[str, Any]:
    """The columns of every record that say what was computed, on which reviews."""
    return {
        "data": data,
        "vocabulary_size": reviews.vocabulary_size,
        "nonzeros": len(reviews.indices),
        **vars(scenario),
        "reviews": len(reviews),
    }
