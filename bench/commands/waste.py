"""`skipzeros waste`: what each network does in a pass, and where the time of the pass goes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import median

import pandas as pd

from ..cost.formulas import Work, work
from ..equality.result import Result
from ..records.files import make_folder, write_table
from ..records.rows import Setting, WasteRow
from ..records.schema import WASTE
from ..text.amounts import whole
from ..text.progress import progress_bar
from ..timing.cut_passes import PHASES, Cuts
from ..timing.host_lock import alone_on_this_machine
from ..timing.memory import refuse_what_cannot_fit
from ..timing.passes import Pass
from ..timing.ratios import Ratio, paired_ratio
from ..timing.rounds import time_round
from ..timing.secret import Secret
from ..workers.driver import Driver
from ..workers.entry import Entry
from ..workers.learn import learn
from ..workers.temporary_folder import temporary_folder
from ..workers.worker_sets import (
    SETS,
    certify,
    entries_for,
    lined_up,
    pinned,
    sound_in_all,
    workers,
)
from .experiment import Experiment


@dataclass(frozen=True)
class Account:
    """What is known of one network.

    Attributes:
        work: what a pass of it does; None where no formula is known.
        cuts: the times of its cut passes, in each round.
        memory_bytes: by how much a fresh process grew with it, at most; None where nobody can
            tell.
    """

    result: Result
    work: Work | None
    cuts: tuple[Cuts, ...] = ()
    memory_bytes: int | None = None

    @property
    def pass_seconds(self) -> float:
        """The median of the whole passes; NaN without any."""
        return median(cuts.train for cuts in self.cuts) if self.cuts else math.nan

    def phases(self) -> dict[str, float]:
        """Return the median seconds of each phase; NaN without rounds."""
        rounds = [cuts.phases() for cuts in self.cuts]
        return {
            phase: median(seconds[phase] for seconds in rounds) if rounds else math.nan
            for phase in PHASES
        }


@dataclass(frozen=True)
class Waste:
    """What came of `skipzeros waste`.

    Attributes:
        accounts: by the name of the network.
        passes: the whole passes, with the columns that ratios need.
        rows: those of waste.csv.
    """

    accounts: dict[str, Account]
    passes: pd.DataFrame
    rows: list[WasteRow]

    def ratio(self, network: str, baseline: str) -> Ratio:
        """Return the ratio of a network's time to a baseline's, in pairs from the same round."""
        return paired_ratio(self.passes, network, baseline)


def account(experiment: Experiment, rounds: int) -> Waste:
    """Certify networks, count what they do, time their parts, and write waste.csv.

    Args:
        rounds: how often each network is timed, whole and in parts.

    Raises:
        BadInput: a network can't be had as it was named, the weights can't fit into memory, or
            the folder can't be written.
        Failed: something else times on this machine, and the experiment doesn't wait.
    """
    experiment.refuse_other_than_the_lesson("waste")
    whole("rounds", rounds, 1)
    reviews, scenario = experiment.reviews, experiment.scenario
    make_folder(experiment.out)
    refuse_what_cannot_fit(reviews.vocabulary_size, scenario, SETS * len(experiment.networks))
    with alone_on_this_machine(experiment.wait), temporary_folder() as folder:
        entries = entries_for(experiment.networks, reviews, folder)
        results = certify(
            entries,
            scenario,
            experiment.limits,
            judged=experiment.certify,
            whole_passes=1,
        )
        ready = [entry for entry in entries if results[entry.name].certified]
        cuts: dict[str, list[Cuts]] = {}

        def cut(driver: Driver, timed: Pass) -> None:
            if (found := driver.time_cuts(timed.cpu_seconds)) is not None:
                cuts.setdefault(timed.network, []).append(found)

        passes = time_in_parts(ready, results, experiment, rounds, cut)
        # One after the other, each in a process that has done nothing else.
        held = {
            entry.name: memory_held(entry, experiment)
            for entry in ready
            if results[entry.name].certified
        }
    accounts = {
        name: Account(
            result, work(name, reviews, scenario), tuple(cuts.get(name, ())), held.get(name)
        )
        for name, result in results.items()
    }
    rows = [_row(account, experiment.setting) for account in accounts.values()]
    write_table(experiment.out / WASTE, WasteRow, rows)
    return Waste(accounts, passes, rows)


def time_in_parts(
    ready: Sequence[Entry],
    results: dict[str, Result],
    experiment: Experiment,
    rounds: int,
    cut: Callable[[Driver, Pass], None],
) -> pd.DataFrame:
    """Time whole passes of each network, and after each of them its parts.

    Args:
        results: of each entry, by its name; replaced by what is found out meanwhile.
        cut: times the parts of the pass that a driver has just made.

    Returns:
        The whole passes, with the columns of Pass.
    """
    passes: list[Pass] = []
    secret: Secret | None = None
    with (
        lined_up(
            ready,
            results,
            experiment.scenario,
            experiment.limits,
            numbers=range(1, SETS + 1),
        ) as sets,
        progress_bar(f"timing {len(ready)} networks in parts", rounds) as advance,
    ):
        for number in range(rounds):
            worker_set = sets[number % SETS]
            names = sound_in_all(sets)
            with pinned(worker_set.core):
                drivers = {driver.name: driver for driver in worker_set.draw(names)}
                runners = list(drivers.values())
                secret = Secret(experiment.reviews, experiment.scenario, secret)
                for timed in time_round(runners, worker_set.number, number + 1, secret, advance):
                    cut(drivers[timed.network], timed)
                    passes.append(timed)
            advance(1)
        learn(results, sets, experiment.audit)
    rows = [vars(timed) for timed in passes]
    return pd.DataFrame(rows, columns=list(Pass.__annotations__))


def memory_held(entry: Entry, experiment: Experiment) -> int | None:
    """Return by how many bytes a fresh process grows with a network; None if nobody can tell."""
    with workers([entry], experiment.scenario, experiment.limits) as fresh:
        return fresh.drivers[0].resident_memory()


def _row(account: Account, setting: Setting) -> WasteRow:
    result = account.result
    row = WasteRow(network=result.name, status=result.status, reason=result.reason, **vars(setting))
    # A network that isn't certified has no figures: it may do something else altogether.
    if not result.certified:
        return row
    seconds = account.phases()
    return replace(
        row,
        memory_bytes=account.memory_bytes,
        pass_seconds=account.pass_seconds,
        **({} if account.work is None else vars(account.work)),
        prepare_seconds=seconds["prepare"],
        input_to_hidden_seconds=seconds["input_to_hidden"],
        hidden_to_output_seconds=seconds["hidden_to_output"],
        backward_seconds=seconds["backward"],
        update_seconds=seconds["update"],
    )
