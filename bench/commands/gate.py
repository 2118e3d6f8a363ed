"""`skipzeros gate`: is a network slower than it may be?

Beside what is compared run two arms whose answer is known (arms.py): where one comes out wrong,
the machine can't be believed today, and nothing is concluded. What is slower has to be so again
in fresh workers.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ...impls.reviews import Reviews
from ..gate.comparison import Comparison, Demand
from ..gate.controls import Arms
from ..gate.decide import LOOKS, ROUNDS
from ..gate.finding import confirm, finding
from ..gate.measurement import Stages, entries_of
from ..networks.scenario import Scenario
from ..records.files import write_table
from ..records.recording import Recording, describe
from ..records.rows import Finding
from ..records.schema import GATE, GATE_COLUMNS
from ..workers.shared_reviews import write_reviews
from ..workers.temporary_folder import temporary_folder
from ..workers.worker_sets import CORES, UNPINNED

CLAIM_ROUNDS = 6  # of a set, where a factor is claimed and no few per cent: the margin is wide
ARM_SLOWDOWN = 0.5  # where only claims are tried, for the same reason
# In a shorter pass the call itself counts, so that 5 % more words don't cost 5 % more.
ARM_SECONDS = 1e-3


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


def gate(
    demand: Demand,
    reviews: Reviews,
    spare: Reviews,
    data: str,
    scenario: Scenario,
    sample: int | None,
    rounds: int | None,
    budget: float,
    timeout: float,
    out: Path,
    resume: bool = False,
) -> Gate:
    """Certify and time what is to be compared until each comparison has its verdict.

    Writes passes.csv, row by row, and gate.csv into the folder out.

    Args:
        spare: other reviews of the same data, for the self-test; may be few or none.
        data: what the records call the data.
        sample, timeout: see certify and workers.
        rounds: of each network in all, if every look is needed; None: 25 a set, or 6 where only
            claims are tried.
        budget: seconds for all of it; a set of workers that would go beyond isn't begun.
        resume: go on where an interrupted gate in the folder stopped.

    Raises:
        BadInput: a network or revision can't be had as it was named, there are too few reviews,
            the folder can't be written, or its gate can't be gone on with.
    """
    with temporary_folder() as folder:
        for part in ("reviews", "revision"):
            (folder / part).mkdir()
        shared = write_reviews(reviews, folder / "reviews")
        comparisons, absent = demand.comparisons(shared, folder / "revision")
        in_a_set = _rounds_of_a_set(comparisons, rounds)

        def complete(rows: pd.DataFrame) -> bool:
            sizes = rows.groupby(rows["round"].astype(int)).size()
            return len(sizes) == in_a_set and sizes.nunique() == 1

        with Recording(out, describe(reviews, data, scenario), resume, complete) as recording:
            stages = Stages(scenario, recording, in_a_set, budget, timeout)
            findings, tested = _conclude(
                stages, comparisons, reviews, spare, sample, folder / "longer"
            )
    findings += absent
    write_table(out / GATE, GATE_COLUMNS, [vars(finding) for finding in findings])
    lines = []
    if tested:
        limits = dict.fromkeys(one.limit for one in comparisons if one.limit.slowdown)
        load = f", load {os.getloadavg()[0]:.2f}" if hasattr(os, "getloadavg") else ""
        lines = [
            *(limit.zone for limit in limits),
            tested,
            f"{stages.sets} sets of fresh workers, {in_a_set} rounds in each, all of a set on one "
            f"core; {stages.elapsed:.0f} s in all{load}.",
        ]
    return Gate(findings, lines, stages.elapsed)


def _conclude(
    stages: Stages,
    comparisons: Sequence[Comparison],
    reviews: Reviews,
    spare: Reviews,
    sample: int | None,
    folder: Path,
) -> tuple[list[Finding], str]:
    """A finding for each comparison, and what the self-test came to.

    Args:
        folder: where its longer reviews are written; not there yet.
    """
    stages.certify(entries_of(comparisons), sample)
    ready = [one for one in comparisons if stages.ready(one)]
    if not ready:
        return [finding(stages, one, "") for one in comparisons], ""
    ended, failed, line = _time(stages, ready, reviews, spare, sample, folder)
    doubts = dict.fromkeys(comparisons, failed if CORES else UNPINNED)
    for one in ready:
        if not stages.verdict(one):
            doubts[one] = doubts[one] or ended
    confirm(stages, [one for one in ready if stages.verdict(one) == "slower"], doubts)
    return [finding(stages, one, doubts[one]) for one in comparisons], line


def _time(
    stages: Stages,
    ready: Sequence[Comparison],
    reviews: Reviews,
    spare: Reviews,
    sample: int | None,
    folder: Path,
) -> tuple[str, str, str]:
    """Time comparisons beside the arms of a fast network, or of the next if that one fails.

    Returns:
        why it ended before its time, why the run can't be believed (both empty if all is well),
        and what the self-test came to.
    """
    folder.mkdir()
    # An interrupted gate's copies are of what was the fastest then.
    timed = {row["network"] for row in stages.recording.rows}
    order = {}
    for one in entries_of(ready):
        seconds = stages.pass_seconds(one)
        order[one] = f"{one.name} (copy)" not in timed, seconds < ARM_SECONDS, seconds
    for reference in sorted(order, key=lambda one: order[one]):
        if stages.results[reference.name].status != "certified":
            continue
        longer = folder / str(len(list(folder.iterdir())))
        arms = Arms.of(reference, _slowdown(ready), reviews, spare, longer)
        stages.certify([one.network for one in arms.both], sample)
        undecided = [*(one for one in ready if one not in stages.decided), *arms.both]
        ended = stages.beyond_budget(undecided)
        if ended:
            return ended, "", ""
        ended = stages.stage(undecided)
        if ended or all(stages.ready(one) for one in arms.both):
            failed, line = arms.judge(stages.decided)
            # An arm that had no time to be decided is no failure of the machine.
            return ended, failed and (ended or failed), line
    return "", "no network is left to test the gate itself with", ""


def _rounds_of_a_set(comparisons: Sequence[Comparison], in_all: int | None) -> int:
    if in_all is not None:
        return -(-in_all // LOOKS[-1])
    return ROUNDS if any(one.limit.slowdown for one in comparisons) else CLAIM_ROUNDS


def _slowdown(comparisons: Sequence[Comparison]) -> float:
    """The smallest that is looked for, so that the self-test is as strict."""
    slowdowns = [one.limit.slowdown for one in comparisons if one.limit.slowdown]
    return min(slowdowns, default=ARM_SLOWDOWN)
