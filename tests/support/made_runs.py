"""Runs that nobody made: records of passes that take as long as a test says."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd

from skipzeros.bench.outcomes import Status
from skipzeros.bench.records.files import write_table
from skipzeros.bench.records.rows import PassRow, SummaryRow
from skipzeros.bench.records.schema import PASSES, SUMMARY
from skipzeros.bench.records.summary import with_speed

SCENARIO = {
    "data": "mine", "vocabulary_size": 9, "nonzeros": 99, "input": "presence", "hidden": 10,
    "batch_size": 1, "dtype": "float64", "learning_rate": 0.1, "seed": 1, "reviews": 40,
}  # fmt: skip
MACHINE = {
    "cpu": "some", "cores": 2, "os": "Linux", "python": "3.11", "numpy": "2.0", "scipy": "1.15",
    "blas": "openblas", "git_revision": "abcd1234", "numba": "",
}  # fmt: skip


def written(
    folder: Path,
    seconds: dict[str, float],
    *,
    noise: float = 0.005,
    placement: float = 0.0,
    rounds: int = 12,
    seed: int = 1,
    baseline: str = "base",
    statuses: dict[str, Status] | None = None,
    run_id: str = "2026-11-01T10:00:00Z-abcdef",
    **other: object,
) -> Path:
    """A run whose passes take so long, each in a machine that changes its speed all the time."""
    random = np.random.default_rng(seed)
    machine = {**MACHINE, **{name: value for name, value in other.items() if name in MACHINE}}
    scenario = {**SCENARIO, **{name: value for name, value in other.items() if name in SCENARIO}}
    luck = {(name, set_): random.normal(0, placement) for name in seconds for set_ in range(3)}
    passes = []
    for round_ in range(rounds):
        moment = random.lognormal(0, 0.3)
        for order, (name, mean) in enumerate(seconds.items()):
            took = mean * moment * math.exp(random.normal(0, noise) + luck[name, round_ % 3])
            passes.append(
                PassRow(
                    run_id=run_id, network=name, set=1 + round_ % 3, round=1 + round_, order=order,
                    cpu_seconds=took, wall_seconds=took, outputs_match=True, process_seconds=took,
                    waits=0, **scenario, **machine,  # type: ignore[arg-type]
                )
            )  # fmt: skip
    folder.mkdir(parents=True)
    write_table(folder / PASSES, PassRow, passes)
    table = pd.DataFrame(map(vars, passes))
    rows = []
    for name in {**seconds, **(statuses or {})}:
        status = (statuses or {}).get(name, Status.CERTIFIED)
        row = SummaryRow(network=name, status=status, reason="", **scenario)  # type: ignore[arg-type]
        if status == Status.CERTIFIED:
            row = SummaryRow(**{**vars(row), "clock": "cpu"})
            row = with_speed(row, table, baseline)
        rows.append(row)
    write_table(folder / SUMMARY, SummaryRow, rows)
    return folder
