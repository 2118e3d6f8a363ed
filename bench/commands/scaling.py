"""`skipzeros run --vary`: how the cost of each network grows, and where the dense product wins.

Each value is a run of its own, in a folder of its own; scaling.csv puts them together. Ratios are
paired within each run as ever. Exponents compare runs, one after the other, so that they are good
for what grows tenfold and not for a few per cent.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ...impls.reviews import Reviews
from ..cost.growth import DENSE, Scaling, Slope, crossing, exponent
from ..cost.sizes import Vary
from ..networks.scenario import Scenario
from ..outcomes import BadInput
from ..records.files import cell, make_folder, read_table, write_table
from ..records.recording import describe
from ..records.schema import FITTED, PASSES, SCALING, SCALING_COLUMNS, SUMMARY, SUMMARY_COLUMNS
from ..text.progress import note
from ..timing.rounds import Plan
from ..workers.worker_sets import Networks
from .run import run


def scale(
    networks: Networks,
    baseline: str,
    vary: Vary,
    reviews: Reviews,
    all_reviews: Reviews,
    data: str,
    scenario: Scenario,
    sample: int | None,
    plan: Plan,
    timeout: float,
    out: Path,
    resume: bool = False,
) -> list[dict[str, Any]]:
    """A run for each value, and scaling.csv; its rows are returned.

    Args:
        all_reviews: as Vary.cases takes them; for the others see run.
        plan: of each value.
        resume: take finished values as they are, and go on with the one that was interrupted.

    Raises:
        BadInput: as run does, or as Vary.cases.
    """
    make_folder(out)
    summaries: dict[int, pd.DataFrame] = {}
    passes: dict[int, pd.DataFrame] = {}
    cases = list(vary.cases(reviews, scenario, all_reviews))
    for number, (value, own, setting) in enumerate(cases, 1):
        folder = out / f"{vary.name}={value}"
        if not (resume and _finished(folder, networks, describe(own, data, setting))):
            note(f"{vary.name} {value:,}: {number} of {len(cases)}")
            run(networks, baseline, own, data, setting, sample, plan, timeout, folder, resume)
        summaries[value] = read_table(folder / SUMMARY, SUMMARY_COLUMNS)
        passes[value] = read_table(folder / PASSES, ["network"])
    rows = list(_rows(vary, summaries, passes))
    write_table(out / SCALING, SCALING_COLUMNS, rows)
    return rows


def _finished(folder: Path, networks: Networks, setting: Mapping[str, Any]) -> bool:
    if not (folder / SUMMARY).is_file():
        return False
    found = read_table(folder / SUMMARY, SUMMARY_COLUMNS, as_text=True)
    names = {cell(name) for name, _ in networks}
    same = all(found[name].eq(cell(value)).all() for name, value in setting.items())
    if not same or set(found["network"]) != names:
        raise BadInput(
            f"--resume: the run in {folder} has other options or networks; give the same ones, or "
            "run without --resume"
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
    certified = own[own["status"] == "certified"]
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
