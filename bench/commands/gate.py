"""`skipzeros gate`: is a network slower than it may be?

Two controls, whose right verdicts are known, are timed beside the comparisons: if one of them comes
out wrong, this machine can't be believed now, and nothing is concluded. A network that is slower
must be slower again in fresh workers.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ..equality.matrix import ONE_SCENARIO
from ..gate.comparison import BetweenRevisions, Comparison, Demand
from ..gate.controls import Controls
from ..gate.decide import LOOKS, ROUNDS
from ..gate.finding import confirm, finding
from ..gate.measurement import FEW_ROUNDS, Measurement, entries_of
from ..outcomes import Verdict
from ..records.files import write_table
from ..records.recording import Recording
from ..records.rows import Finding
from ..records.schema import GATE
from ..timing.bills import by_wall_time, hidden_work
from ..timing.host_lock import alone_on_this_machine
from ..timing.rounds import Plan
from ..workers.entry import Entry
from ..workers.shared_reviews import write_reviews
from ..workers.temporary_folder import temporary_folder
from ..workers.worker_sets import CORES, UNPINNED
from .experiment import Experiment

BUDGET = 300.0  # seconds
CONTROL_SLOWDOWN = 0.5  # where only claims are tested
# In a shorter pass the call itself takes a share, so that 5 % more words don't cost 5 % more.
CONTROL_SECONDS = 1e-3


@dataclass(frozen=True)
class Gate:
    """What came of a gate.

    Attributes:
        findings: the rows of gate.csv.
        lines: what the verdicts rest on, in sentences.
        seconds: wall time of the whole gate.
        more: about how many times as many reviews would decide what is inconclusive; 0 where that
            is not known.
    """

    findings: list[Finding]
    lines: list[str]
    seconds: float
    more: int = 0


def gate(experiment: Experiment, demand: Demand | BetweenRevisions, plan: Plan) -> Gate:
    """Certify and time networks until each comparison has its verdict.

    It writes passes.csv, row by row, and gate.csv.

    Args:
        experiment: its networks must meet the demand; its spare reviews serve the self-test.
        plan: how many rounds of each network are timed in all, if every look is needed (None: 25
            in a set, or 6 where only claims are tested), and the budget of the whole gate; a set
            of workers that would exceed it isn't begun.

    Raises:
        BadInput: a network or revision can't be had as it was named, there are too few reviews,
            the folder can't be written, or its gate can't be gone on with.
        Failed: something else times on this machine, and the experiment doesn't wait.
    """
    with alone_on_this_machine(experiment.wait), temporary_folder() as folder:
        for part in ("reviews", "revision"):
            (folder / part).mkdir()
        shared = write_reviews(experiment.reviews, folder / "reviews")
        comparisons, absent = demand.comparisons(experiment.networks, shared, folder / "revision")
        in_a_set = _rounds_of_a_set(comparisons, plan.rounds)

        def complete(rows: pd.DataFrame) -> bool:
            sizes = rows.groupby(rows["round"].astype(int)).size()
            return len(sizes) in (in_a_set, FEW_ROUNDS) and sizes.nunique() == 1

        with Recording(
            experiment.out,
            experiment.setting,
            experiment.resume,
            complete,
            sandboxed=experiment.sandbox,
        ) as recording:
            budget = math.inf if plan.budget is None else plan.budget
            measurement = Measurement(
                experiment.scenario,
                recording,
                experiment.limits,
                judged=experiment.certify,
                rounds=in_a_set,
                budget=budget,
                audit=experiment.audit,
                around=bool(demand.around),
            )
            findings, tested = _conclude(measurement, experiment, comparisons, folder / "longer")
    findings += absent
    write_table(experiment.out / GATE, Finding, findings)
    lines = _lines(comparisons, measurement, tested) if tested else []
    # The self-test's too, without which nothing is decided.
    more = [one.more for one in measurement.decided.values() if not one.verdict]
    return Gate(findings, lines, measurement.elapsed, max(more, default=0))


def _lines(comparisons: Sequence[Comparison], measurement: Measurement, tested: str) -> list[str]:
    """Say in sentences what the verdicts rest on."""
    thresholds = dict.fromkeys(
        comparison.threshold for comparison in comparisons if comparison.threshold.slowdown
    )
    load = f", load {os.getloadavg()[0]:.2f}" if hasattr(os, "getloadavg") else ""
    return [
        *(threshold.zone for threshold in thresholds),
        tested,
        ONE_SCENARIO,
        hidden_work(measurement.results.values()),
        *by_wall_time(
            comparison.network.name
            for comparison, clock in measurement.clocks.items()
            if clock == "wall" and comparison in comparisons
        ),
        f"{measurement.sets} sets of fresh workers, {measurement.rounds} rounds in each, all of a "
        f"set on one core; {measurement.elapsed:.0f} s in all{load}.",
    ]


def _conclude(
    measurement: Measurement,
    experiment: Experiment,
    comparisons: Sequence[Comparison],
    folder: Path,
) -> tuple[list[Finding], str]:
    """Certify and time what is compared, and confirm what is slower.

    Args:
        folder: where the longer reviews of the self-test are written; it doesn't exist yet.

    Returns:
        A finding for each comparison, and what the self-test came to; empty without one.
    """
    measurement.certify(entries_of(comparisons))
    ready = [comparison for comparison in comparisons if measurement.ready(comparison)]
    if not ready:
        return [finding(measurement, comparison, "") for comparison in comparisons], ""
    ended, failed, line, controls = _time(measurement, experiment, ready, folder)
    doubts = dict.fromkeys(comparisons, failed if CORES else UNPINNED)
    for comparison in ready:
        if CORES and controls and controls.plain(comparison, measurement.decided):
            doubts[comparison] = ""
        if not measurement.verdict(comparison):
            doubts[comparison] = doubts[comparison] or ended
    slower = [
        comparison for comparison in ready if measurement.verdict(comparison) == Verdict.SLOWER
    ]
    confirm(measurement, slower, doubts)
    return [
        finding(measurement, comparison, doubts[comparison]) for comparison in comparisons
    ], line


def _time(
    measurement: Measurement, experiment: Experiment, ready: Sequence[Comparison], folder: Path
) -> tuple[str, str, str, Controls | None]:
    """Time comparisons beside the controls of a fast network, or of the next one if that fails.

    Returns:
        Why the timing ended early, and why this gate can't be believed (both empty if all is
        well); what the self-test came to; and the self-test, if it was timed.
    """
    folder.mkdir()
    timed = {row.network for row in measurement.recording.rows}

    def preference(entry: Entry) -> tuple[bool, bool, float]:
        # First the network of a resumed gate, whose copy it has timed; then the fastest that is
        # not too fast.
        seconds = measurement.pass_seconds(entry)
        return f"{entry.name} (copy)" not in timed, seconds < CONTROL_SECONDS, seconds

    for reference in sorted(entries_of(ready), key=preference):
        if not measurement.results[reference.name].certified:
            continue
        longer = folder / str(len(list(folder.iterdir())))
        controls = Controls.of(
            reference, _slowdown(ready), experiment.reviews, experiment.spare, longer
        )
        measurement.certify([control.network for control in controls.both])
        undecided = [one for one in ready if one not in measurement.decided]
        ended = measurement.beyond_budget([*undecided, *controls.both])
        if ended:
            return ended, "", "", None
        ended = measurement.stage(undecided, controls)
        if ended or all(measurement.ready(control) for control in controls.both):
            failed, line = controls.judge(measurement.decided)
            # Where no time was left to decide the controls, the machine has not failed.
            return ended, failed and (ended or failed), line, controls
    return "", "no network is left to test the gate itself with", "", None


def _rounds_of_a_set(comparisons: Sequence[Comparison], in_all: int | None) -> int:
    if in_all is not None:
        return -(-in_all // LOOKS[-1])
    return (
        ROUNDS if any(comparison.threshold.slowdown for comparison in comparisons) else FEW_ROUNDS
    )


def _slowdown(comparisons: Sequence[Comparison]) -> float:
    """Return the smallest slowdown that is asked for: the self-test must be as strict."""
    slowdowns = [
        comparison.threshold.slowdown for comparison in comparisons if comparison.threshold.slowdown
    ]
    return min(slowdowns, default=CONTROL_SLOWDOWN)
