"""`skipzeros run`: every network certified and timed in workers of its own."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from ..equality.result import Result
from ..outcomes import BadInput, Status
from ..records.files import write_table
from ..records.recording import Recording
from ..records.rows import PartingRow, SummaryRow
from ..records.schema import PARTING, SUMMARY
from ..records.summary import parting, summarize
from ..text.progress import progress_bar
from ..timing.floor import Moved, bandwidth_probe, refuse_faster_than_memory
from ..timing.forecast import timing
from ..timing.host_lock import alone_on_this_machine
from ..timing.memory import refuse_what_cannot_fit
from ..timing.ratios import Ratio, between_sets
from ..timing.rounds import Plan, time_round
from ..timing.secret import Secret
from ..workers.learn import learn
from ..workers.temporary_folder import temporary_folder
from ..workers.worker_sets import (
    SETS,
    WorkerSet,
    certify,
    entries_for,
    lined_up,
    pinned,
    sound_in_all,
)
from .baselines import Baselines, say_of_baselines
from .experiment import Experiment

if TYPE_CHECKING:
    from ..timing.bandwidth import BandwidthProbe


BUDGET = 40.0  # seconds, where no number of rounds is asked for


@dataclass(frozen=True, kw_only=True)
class Run:
    """What came of a run.

    Attributes:
        results: what was found out about each network.
        rows: those of summary.csv.
        passes: the rows of passes.csv.
        rounds, sets: how many rounds were timed, over how many sets of workers.
        baseline: the network that the ratios of the rows relate to.
        beside: the ratio of each certified network to each further baseline.
        stopped: why no further round was timed; empty if no network was ready for the clock.
        apart: how much the median of a ratio differs between sets, at most, as a fraction; NaN
            where there is nothing to compare.
        timed_seconds, other_seconds: wall time under the clock, and of everything else.
    """

    results: list[Result]
    rows: list[SummaryRow]
    passes: pd.DataFrame
    baseline: str
    beside: Mapping[str, Mapping[str, Ratio]]
    rounds: int
    sets: int
    stopped: str
    apart: float
    timed_seconds: float
    other_seconds: float

    def status_of(self, name: str) -> Status:
        """Return the status of a network by its name."""
        return next(result.status for result in self.results if result.name == name)


def run(experiment: Experiment, plan: Plan, sets_of_workers: int | None = None) -> Run:
    """Certify, time and record the networks of an experiment.

    It writes passes.csv, row by row, summary.csv and parting.csv.

    Args:
        sets_of_workers: how many take the rounds in turn, three if None; of one alone, an interval
            doesn't tell what the place of its processes in memory is worth.

    Raises:
        BadInput: a network can't be had as it was named, the weights can't fit into memory, the
            folder can't be written, or the run that lies there can't be gone on with.
        Failed: something else times on this machine, and the experiment doesn't wait.
    """
    reviews, scenario = experiment.reviews, experiment.scenario
    number_of_sets = sets_of_workers or SETS
    with (
        alone_on_this_machine(experiment.wait),
        temporary_folder() as folder,
        Recording(
            experiment.out, experiment.setting, experiment.resume, sandboxed=experiment.sandbox
        ) as recording,
        ThreadPoolExecutor(1) as meanwhile,
        ExitStack() as stack,
    ):
        started = time.perf_counter()
        copies = number_of_sets * len(experiment.networks)
        refuse_what_cannot_fit(reviews.vocabulary_size, scenario, copies)
        # It takes long and is needed only later: so it is made while the workers start.
        probe = meanwhile.submit(bandwidth_probe, reviews, scenario)
        entries = entries_for(experiment.networks, reviews, folder)
        _refuse_strangers(recording, experiment)
        results = certify(
            entries,
            scenario,
            experiment.limits,
            judged=experiment.certify,
            # One is enough, since every timed pass repeats it.
            whole_passes=1,
            excused=partial(say_of_baselines, (experiment.baseline, *experiment.beside)),
            afterwards=partial(timing, plan=plan),
        )
        baselines = Baselines(experiment.baseline, experiment.beside, results)
        ready = [entry for entry in entries if results[entry.name].certified]
        first = recording.last_set + 1
        sets = stack.enter_context(
            lined_up(
                ready,
                results,
                scenario,
                experiment.limits,
                numbers=range(first, first + number_of_sets),
            )
        )
        stopped = ""
        if ready:
            stopped = _time(sets, plan, recording, experiment, baselines, probe.result())
        learn(results, sets, experiment.audit)
        refuse_faster_than_memory(results, recording.passes())
    precision = plan.precision if stopped and stopped == plan.reached else None
    return _summed_up(experiment, recording, baselines, stopped, precision, started)


def _summed_up(
    experiment: Experiment,
    recording: Recording,
    baselines: Baselines,
    stopped: str,
    precision: float | None,
    started: float,
) -> Run:
    """Write summary.csv and parting.csv, and return what came of the run.

    Args:
        precision: that ended the rounds; None where something else did.
        started: when the run began, by time.perf_counter.
    """
    passes, results = recording.passes(), list(baselines.results.values())
    baseline = baselines.first(passes)
    labels, setting = experiment.reviews.labels, experiment.setting
    summary = summarize(results, passes, baseline, labels, setting)
    if precision is not None:
        summary = [replace(row, precision=precision) for row in summary]
    write_table(experiment.out / PARTING, PartingRow, parting(results, baseline))
    write_table(experiment.out / SUMMARY, SummaryRow, summary)
    timed, whole = recording.timed_seconds, time.perf_counter() - started
    return Run(
        results=results,
        rows=summary,
        passes=passes,
        baseline=baseline,
        beside=baselines.beside(passes),
        rounds=recording.rounds,
        sets=passes["set"].nunique(),
        stopped=stopped,
        apart=_apart(summary, passes, baseline),
        timed_seconds=timed,
        other_seconds=whole - timed,
    )


def _refuse_strangers(recording: Recording, experiment: Experiment) -> None:
    names = {network.name for network in experiment.networks}
    strangers = {row.network for row in recording.rows} - names
    if strangers:
        raise BadInput(
            f"resume: the interrupted run in {experiment.out} timed "
            f"{', '.join(sorted(strangers))} too; name the same networks, or run without resume"
        )


def _apart(rows: Sequence[SummaryRow], passes: pd.DataFrame, baseline: str) -> float:
    found = [
        between_sets(passes, row.network, baseline, row.clock)
        for row in rows
        if row.clock is not None
    ]
    return max(found, default=math.nan)


def _time(
    sets: Sequence[WorkerSet],
    plan: Plan,
    recording: Recording,
    experiment: Experiment,
    baselines: Baselines,
    probe: BandwidthProbe | None,
) -> str:
    """Time rounds as planned, each in the next set in turn, and return why no more are timed.

    A network that is no longer sound in one set isn't timed any further in any set.
    """
    # The rounds of an interrupted run count, and so does the time that they took.
    begun = time.perf_counter() - sum(row.wall_seconds for row in recording.rows)
    rounds, total = recording.rounds, plan.rounds or plan.budget
    secret: Secret | None = None
    with progress_bar(f"timing {len(sets[0].drivers)} networks", total) as advance:
        while True:
            names = sound_in_all(sets)
            if not names:
                return "no network was left"
            last = time.perf_counter()
            stopped = plan.done(
                rounds,
                last - begun,
                # A function, because it reads every pass again and is seldom needed.
                lambda sound=names: baselines.widest(recording.passes(), sound),  # type: ignore[misc]
            )
            if stopped is not None:
                return stopped
            worker_set, rounds = sets[rounds % len(sets)], rounds + 1
            with pinned(worker_set.core):
                moved = Moved.by(probe)
                drivers = worker_set.draw(names)
                secret = Secret(experiment.reviews, experiment.scenario, secret)
                for timed in time_round(drivers, worker_set.number, rounds, secret, advance):
                    recording.write(moved.beside(timed))
            advance(1 if plan.rounds else time.perf_counter() - last)
