"""`skipzeros gate`: is a network slower than it may be?

Beside what is compared run two controls whose answer is known: where one comes out wrong, the
machine can't be believed today, and nothing is concluded. What is slower has to be so again
in fresh workers.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ..gate.comparison import Comparison, Demand
from ..gate.controls import Controls
from ..gate.decide import LOOKS, ROUNDS
from ..gate.finding import confirm, finding
from ..gate.measurement import Measurement, entries_of
from ..outcomes import Verdict
from ..records.files import write_table
from ..records.recording import Recording
from ..records.rows import Finding
from ..records.schema import GATE
from ..timing.rounds import Plan
from ..workers.shared_reviews import write_reviews
from ..workers.temporary_folder import temporary_folder
from ..workers.worker_sets import CORES, UNPINNED
from .experiment import Experiment

BUDGET = 300.0  # seconds
CLAIM_ROUNDS = 6  # of a set, where a factor is claimed and no few per cent: the margin is wide
CONTROL_SLOWDOWN = 0.5  # where only claims are tried, for the same reason
# In a shorter pass the call itself counts, so that 5 % more words don't cost 5 % more.
CONTROL_SECONDS = 1e-3


@dataclass(frozen=True)
class Gate:
    """What came of a gate.

    Attributes:
        lines: what the verdicts rest on, in sentences.
        seconds: wall time of all of it.
    """

    findings: list[Finding]
    lines: list[str]
    seconds: float


def gate(experiment: Experiment, demand: Demand, plan: Plan) -> Gate:
    """Certify and time what is to be compared until each comparison has its verdict.

    Writes passes.csv, row by row, and gate.csv.

    Args:
        experiment: its networks are those that the demand is made of; its spare reviews serve the
            self-test.
        plan: rounds of each network in all, if every look is needed (None: 25 a set, or 6 where
            only claims are tried), and a budget for all of it; a set of workers that would go
            beyond isn't begun.

    Raises:
        BadInput: a network or revision can't be had as it was named, there are too few reviews,
            the folder can't be written, or its gate can't be gone on with.
    """
    with temporary_folder() as folder:
        for part in ("reviews", "revision"):
            (folder / part).mkdir()
        shared = write_reviews(experiment.reviews, folder / "reviews")
        comparisons, absent = demand.comparisons(experiment.networks, shared, folder / "revision")
        in_a_set = _rounds_of_a_set(comparisons, plan.rounds)

        def complete(rows: pd.DataFrame) -> bool:
            sizes = rows.groupby(rows["round"].astype(int)).size()
            return len(sizes) == in_a_set and sizes.nunique() == 1

        with Recording(
            experiment.out, experiment.setting, experiment.resume, complete
        ) as recording:
            budget = math.inf if plan.budget is None else plan.budget
            measurement = Measurement(
                experiment.scenario,
                recording,
                judged=experiment.certify,
                rounds=in_a_set,
                budget=budget,
                timeout=experiment.timeout,
            )
            findings, tested = _conclude(measurement, experiment, comparisons, folder / "longer")
    findings += absent
    write_table(experiment.out / GATE, Finding, findings)
    lines = _lines(comparisons, measurement, tested) if tested else []
    return Gate(findings, lines, measurement.elapsed)


def _lines(comparisons: Sequence[Comparison], measurement: Measurement, tested: str) -> list[str]:
    """Say in sentences what the verdicts rest on."""
    thresholds = dict.fromkeys(
        comparison.threshold for comparison in comparisons if comparison.threshold.slowdown
    )
    load = f", load {os.getloadavg()[0]:.2f}" if hasattr(os, "getloadavg") else ""
    return [
        *(threshold.zone for threshold in thresholds),
        tested,
        f"{measurement.sets} sets of fresh workers, {measurement.rounds} rounds in each, all of a "
        f"set on one core; {measurement.elapsed:.0f} s in all{load}.",
    ]


def _conclude(
    measurement: Measurement,
    experiment: Experiment,
    comparisons: Sequence[Comparison],
    folder: Path,
) -> tuple[list[Finding], str]:
    """Find out about each comparison, and what the self-test came to.

    Args:
        folder: where its longer reviews are written; not there yet.
    """
    measurement.certify(entries_of(comparisons))
    ready = [comparison for comparison in comparisons if measurement.ready(comparison)]
    if not ready:
        return [finding(measurement, comparison, "") for comparison in comparisons], ""
    ended, failed, line = _time(measurement, experiment, ready, folder)
    doubts = dict.fromkeys(comparisons, failed if CORES else UNPINNED)
    for comparison in ready:
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
) -> tuple[str, str, str]:
    """Time comparisons beside the controls of a fast network, or of the next if that one fails.

    Returns:
        why it ended before its time, why the run can't be believed (both empty if all is well),
        and what the self-test came to.
    """
    folder.mkdir()
    # An interrupted gate's copies are of what was the fastest then.
    timed = {row.network for row in measurement.recording.rows}
    order = {}
    for entry in entries_of(ready):
        seconds = measurement.pass_seconds(entry)
        order[entry] = f"{entry.name} (copy)" not in timed, seconds < CONTROL_SECONDS, seconds
    for reference in sorted(order, key=lambda entry: order[entry]):
        if not measurement.results[reference.name].certified:
            continue
        longer = folder / str(len(list(folder.iterdir())))
        controls = Controls.of(
            reference, _slowdown(ready), experiment.reviews, experiment.spare, longer
        )
        measurement.certify([control.network for control in controls.both])
        undecided = [
            *(comparison for comparison in ready if comparison not in measurement.decided),
            *controls.both,
        ]
        ended = measurement.beyond_budget(undecided)
        if ended:
            return ended, "", ""
        ended = measurement.stage(undecided)
        if ended or all(measurement.ready(control) for control in controls.both):
            failed, line = controls.judge(measurement.decided)
            # A control that had no time to be decided is no failure of the machine.
            return ended, failed and (ended or failed), line
    return "", "no network is left to test the gate itself with", ""


def _rounds_of_a_set(comparisons: Sequence[Comparison], in_all: int | None) -> int:
    if in_all is not None:
        return -(-in_all // LOOKS[-1])
    return (
        ROUNDS if any(comparison.threshold.slowdown for comparison in comparisons) else CLAIM_ROUNDS
    )


def _slowdown(comparisons: Sequence[Comparison]) -> float:
    """The smallest that is looked for, so that the self-test is as strict."""
    slowdowns = [
        comparison.threshold.slowdown for comparison in comparisons if comparison.threshold.slowdown
    ]
    return min(slowdowns, default=CONTROL_SLOWDOWN)
