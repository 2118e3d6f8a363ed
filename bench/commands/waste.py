"""`skipzeros waste`: what each network does in a pass, and where the time of the pass goes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import pandas as pd

from ...impls.reviews import Reviews
from ..cost.formulas import Work, work
from ..equality.result import Result
from ..networks.scenario import Scenario
from ..records.files import make_folder, write_table
from ..records.recording import describe
from ..records.schema import SCENARIO_COLUMNS, WASTE, WASTE_COLUMNS
from ..text.progress import progress_bar
from ..timing.clock import Pass
from ..timing.cut_passes import PHASES, Cuts
from ..timing.memory import refuse_what_cannot_fit
from ..timing.ratios import Ratio, clock_of, paired_ratio
from ..timing.rounds import time_round
from ..workers.driver import Driver
from ..workers.entry import Entry
from ..workers.temporary_folder import temporary_folder
from ..workers.worker_sets import (
    SETS,
    Networks,
    certify,
    entries_for,
    learn,
    lined_up,
    pinned,
    workers,
)


@dataclass
class Account:
    """What is known of one network.

    Attributes:
        work: None where no formula is known.
        cuts: of its rounds.
        memory_bytes: by which a fresh process grew with it at most; None where nobody can tell.
    """

    result: Result
    work: Work | None
    cuts: list[Cuts] = field(default_factory=list)
    memory_bytes: int | None = None

    @property
    def pass_seconds(self) -> float:
        """The median of the whole passes; NaN without any."""
        return median(one.train for one in self.cuts) if self.cuts else math.nan

    def phases(self) -> dict[str, float]:
        """The median seconds of each phase; NaN without rounds."""
        found = [one.phases() for one in self.cuts]
        return {
            phase: median(one[phase] for one in found) if found else math.nan for phase in PHASES
        }


@dataclass(frozen=True)
class Waste:
    """What came of it.

    Attributes:
        accounts: by the name of the network.
        passes: the whole passes, as far as ratios need them.
    """

    accounts: dict[str, Account]
    passes: pd.DataFrame

    def ratio(self, network: str, baseline: str) -> Ratio:
        """Time of the network / time of the baseline, in pairs of one round."""
        clock = clock_of(self.passes, network, baseline)
        return paired_ratio(self.passes, network, baseline, clock)


def account(
    networks: Networks,
    reviews: Reviews,
    data: str,
    scenario: Scenario,
    sample: int | None,
    rounds: int,
    timeout: float,
    out: Path,
) -> Waste:
    """Certify networks, count what they do, time their parts, and write waste.csv.

    Args: see run.

    Raises:
        BadInput: a network can't be had as it was named, the weights can't fit into memory, or
            the folder can't be written.
    """
    make_folder(out)
    refuse_what_cannot_fit(reviews.vocabulary_size, scenario, SETS * len(networks))
    with temporary_folder() as folder:
        entries = entries_for(networks, reviews, folder)
        results = certify(entries, scenario, sample, 1, timeout)
        accounts = {
            name: Account(result, work(name, reviews, scenario)) for name, result in results.items()
        }
        passes = _time(entries, results, accounts, scenario, rounds, timeout)
        ready = [one for one in entries if results[one.name].status == "certified"]
        for entry in ready:
            # One after the other, each in a process of its own that has done nothing else.
            with workers([entry], scenario, timeout) as fresh:
                accounts[entry.name].memory_bytes = fresh.drivers[0].resident_memory()
    setting = describe(reviews, data, scenario)
    write_table(out / WASTE, WASTE_COLUMNS, [_row(one, setting) for one in accounts.values()])
    return Waste(accounts, passes)


def _time(
    entries: Sequence[Entry],
    results: dict[str, Result],
    accounts: Mapping[str, Account],
    scenario: Scenario,
    rounds: int,
    timeout: float,
) -> pd.DataFrame:
    ready = [entry for entry in entries if results[entry.name].status == "certified"]
    passes: list[Pass] = []
    with (
        lined_up(ready, results, scenario, timeout, range(1, SETS + 1)) as sets,
        progress_bar(f"timing {len(ready)} networks in parts", rounds) as advance,
    ):
        for number in range(rounds):
            worker_set = sets[number % SETS]
            names = set.intersection(*(one.sound for one in sets))
            with pinned(worker_set.core):
                drivers = {one.name: one for one in worker_set.draw(names)}
                runners = list(drivers.values())
                for timed in time_round(runners, worker_set.number, number + 1, advance):
                    _time_parts(timed, drivers[timed.network], accounts[timed.network])
                    passes.append(timed)
            advance(1)
        for worker_set in sets:
            learn(results, worker_set)
    return pd.DataFrame([vars(one) for one in passes], columns=list(Pass.__annotations__))


def _time_parts(timed: Pass, driver: Driver, one: Account) -> None:
    cuts = driver.time_cuts(timed.cpu_seconds)
    if cuts is not None:
        one.cuts.append(cuts)


def _row(one: Account, setting: Mapping[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {**setting, **dict.fromkeys(WASTE_COLUMNS[4 : -len(SCENARIO_COLUMNS)])}
    row |= {"network": one.result.name, "status": one.result.status, "reason": one.result.reason}
    # A wrong or unchecked network has no figures: it may do something else altogether.
    if one.result.status == "certified":
        row |= {} if one.work is None else vars(one.work)
        row |= {f"{phase}_seconds": seconds for phase, seconds in one.phases().items()}
        row |= {"memory_bytes": one.memory_bytes, "pass_seconds": one.pass_seconds}
    return row
