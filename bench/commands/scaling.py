"""`skipzeros run --vary`: how the cost of each network grows, and where the dense product wins.

Each value is a run of its own, in a folder of its own; scaling.csv puts them together. Ratios are
paired within each run as ever. Exponents compare runs, one after the other, so that they are good
for what grows tenfold and not for a few per cent.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from ..cost.growth import DENSE, Scaling, Slope, crossing, exponent
from ..cost.sizes import Vary
from ..outcomes import BadInput, Status
from ..records.files import cell, make_folder, read_table, write_table
from ..records.schema import FITTED, PASSES, SCALING, SCALING_COLUMNS, SUMMARY, SUMMARY_COLUMNS
from ..text.progress import note
from ..timing.rounds import Plan
from .experiment import Experiment
from .run import run


def scale(experiment: Experiment, plan: Plan, vary: Vary) -> list[dict[str, Any]]:
    """Run an experiment at each value, and write scaling.csv; its rows are returned.

    Args:
        experiment: to resume it is to take finished values as they are, and to go on with the one
            that was interrupted.
        plan: of each value.

    Raises:
        BadInput: as run does, or as Vary.cases.
    """
    make_folder(experiment.out)
    summaries: dict[int, pd.DataFrame] = {}
    passes: dict[int, pd.DataFrame] = {}
    every = experiment.scenario.reviews(experiment.corpus.train)
    cases = list(vary.cases(experiment.reviews, experiment.scenario, every))
    for number, (value, reviews, scenario) in enumerate(cases, 1):
        folder = experiment.out / f"{vary.name}={value}"
        case = experiment.on(reviews, scenario, folder)
        if not (experiment.resume and _finished(case)):
            note(f"{vary.name} {value:,}: {number} of {len(cases)}")
            run(case, plan)
        summaries[value] = read_table(folder / SUMMARY, SUMMARY_COLUMNS)
        passes[value] = read_table(folder / PASSES, ["network"])
    rows = list(_rows(vary, summaries, passes))
    write_table(experiment.out / SCALING, SCALING_COLUMNS, rows)
    return rows


def _finished(case: Experiment) -> bool:
    if not (case.out / SUMMARY).is_file():
        return False
    found = read_table(case.out / SUMMARY, SUMMARY_COLUMNS, as_text=True)
    names = {cell(network.name) for network in case.networks}
    same = all(found[name].eq(cell(value)).all() for name, value in case.setting.items())
    if not same or set(found["network"]) != names:
        raise BadInput(
            f"--resume: the run in {case.out} has other options or networks; give the same ones, "
            "or run without --resume"
        )
    return True


def _rows(
    vary: Vary, summaries: Mapping[int, pd.DataFrame], passes: Mapping[int, pd.DataFrame]
) -> Iterable[dict[str, Any]]:
    table = pd.concat(
        [frame.assign(vary=vary.name, value=value) for value, frame in summaries.items()],
        ignore_index=True,
    )
    # pandas reads an empty text as a number that is none.
    table[["reason", "clock"]] = table[["reason", "clock"]].astype(object).fillna("")
    table["density"] = table["nonzeros"] / (table["reviews"] * table["vocabulary_size"])
    for name, own in table.groupby("network", sort=False):
        fitted = _scaling(vary, str(name), own, table, passes)
        columns = dict(zip(FITTED, (end for slope in fitted for end in slope), strict=True))
        for row in own.to_dict("records"):
            yield {key: row.get(key) for key in SCALING_COLUMNS} | columns


def _scaling(
    vary: Vary, network: str, own: pd.DataFrame, table: pd.DataFrame, passes: Mapping[int, Any]
) -> Scaling:
    certified = own[own["status"] == Status.CERTIFIED]
    if len(certified) < 2:
        return Scaling()
    sizes, logs = [], []
    for row in certified.to_dict("records"):
        timed = passes[row["value"]]
        took = timed.loc[timed["network"] == network, f"{row['clock']}_seconds"]
        # A review may have fewer words than it may keep.
        size = row["nonzeros"] if vary.name == "words" else row["value"]
        sizes += [math.log(max(size, 1))] * len(took)
        logs += list(np.log(took))
    crossover = Slope()
    if vary.name in ("vocabulary", "words") and network != DENSE:
        crossover = crossing(certified, table[table["network"] == DENSE])
    return Scaling(exponent(sizes, logs), crossover)
