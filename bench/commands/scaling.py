"""`skipzeros run --vary`: how the cost of each network grows, and where the dense product wins.

Each value is a run of its own, in a folder of its own; scaling.csv puts them together. Ratios are
paired within a run, as always. Exponents compare runs that were made one after the other: they
can tell a growth of ten times, but not one of a few per cent.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from ..cost.growth import DENSE, Scaling, Slope, crossing, exponent
from ..cost.sizes import Vary
from ..outcomes import BadInput, Status
from ..records.files import cell, make_folder, read_table, write_table
from ..records.rows import GrowthRow, SummaryRow, columns, rows_of, table_of
from ..records.schema import PASSES, SCALING, SUMMARY
from ..text.progress import foretell
from ..timing.host_lock import alone_on_this_machine
from ..timing.rounds import Plan
from ..workers.worker_sets import refuse_more_threads
from .experiment import Experiment
from .run import run


def scale(experiment: Experiment, plan: Plan, vary: Vary) -> list[GrowthRow]:
    """Run an experiment at each value, and write scaling.csv.

    Args:
        experiment: where it is resumed, finished values are taken as they are, and the run that
            was interrupted goes on.
        plan: for each value, but its budget is that of all values.

    Returns:
        The rows of scaling.csv.

    Raises:
        BadInput: as run and Vary.cases raise it.
        Failed: as run raises it.
    """
    if plan.budget is not None:
        plan = replace(plan, budget=plan.budget / len(vary.values))
    if vary.name == "threads":
        refuse_more_threads(vary.values[-1])
    make_folder(experiment.out)
    rows: list[GrowthRow] = []
    passes: dict[int, pd.DataFrame] = {}
    every = experiment.scenario.reviews(experiment.corpus.train)
    cases = vary.cases(experiment.reviews, experiment.scenario, every)
    with alone_on_this_machine(experiment.wait):
        for number, (value, reviews, scenario) in enumerate(cases, 1):
            folder = experiment.out / f"{vary.name}={value}"
            case = experiment.on(reviews, scenario, folder)
            if not (experiment.resume and _finished(case)):
                foretell(f"{vary.name} {value:,}: {number} of {len(vary.values)}")
                run(case, plan)
            summary = rows_of(SummaryRow, read_table(folder / SUMMARY, columns(SummaryRow)))
            rows += [GrowthRow.of(row, vary.name, value) for row in summary]
            passes[value] = read_table(folder / PASSES, ["network"])
    grown = list(_fitted(vary, rows, passes))
    write_table(experiment.out / SCALING, GrowthRow, grown)
    return grown


def _finished(case: Experiment) -> bool:
    if not (case.out / SUMMARY).is_file():
        return False
    found = read_table(case.out / SUMMARY, columns(SummaryRow), as_text=True)
    names = {cell(network.name) for network in case.networks}
    same = all(found[name].eq(cell(value)).all() for name, value in vars(case.setting).items())
    if not same or set(found["network"]) != names:
        raise BadInput(
            f"resume: the run in {case.out} has other options or networks; give the same ones, "
            "or run without resume"
        )
    return True


def _fitted(
    vary: Vary, rows: Sequence[GrowthRow], passes: Mapping[int, pd.DataFrame]
) -> Iterator[GrowthRow]:
    """Yield the rows with the growth that was fitted to them, one network after the other."""
    for name in dict.fromkeys(row.network for row in rows):
        own = [row for row in rows if row.network == name]
        power, meets = _scaling(vary, own, rows, passes)
        for row in own:
            yield replace(
                row,
                exponent=power.value,
                exponent_low=power.low,
                exponent_high=power.high,
                crossover=meets.value,
                crossover_low=meets.low,
                crossover_high=meets.high,
            )


def _scaling(
    vary: Vary,
    own: Sequence[GrowthRow],
    rows: Sequence[GrowthRow],
    passes: Mapping[int, pd.DataFrame],
) -> Scaling:
    certified = [row for row in own if row.status == Status.CERTIFIED]
    if len(certified) < 2:
        return Scaling()
    sizes, logs = [], []
    for row in certified:
        timed = passes[row.value]
        took = timed.loc[timed["network"] == row.network, f"{row.clock}_seconds"]
        # Varying the words sets how many a review may have at most; what counts is how many it has.
        size = row.nonzeros if vary.name == "words" else row.value
        sizes += [math.log(max(size, 1))] * len(took)
        logs += list(np.log(took))
    meets = Slope()
    if vary.name in ("vocabulary", "words") and own[0].network != DENSE:
        dense = (row for row in rows if row.network == DENSE)
        meets = crossing(table_of(GrowthRow, certified), table_of(GrowthRow, dense))
    return Scaling(exponent(sizes, logs), meets)
