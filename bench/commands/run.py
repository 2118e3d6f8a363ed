"""`skipzeros run` and `check`: every network in workers of its own, the results in one place."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...impls.reviews import Reviews
from ..equality.result import Result
from ..networks.scenario import Scenario
from ..outcomes import BadInput
from ..records.files import write_table
from ..records.recording import Recording, describe
from ..records.schema import PARTING, PARTING_COLUMNS, SUMMARY, SUMMARY_COLUMNS
from ..records.summary import parting, summarize
from ..text.progress import progress_bar
from ..timing.memory import refuse_what_cannot_fit
from ..timing.ratios import between_sets, widest
from ..timing.rounds import Plan, time_round
from ..workers.temporary_folder import temporary_folder
from ..workers.worker_sets import (
    SETS,
    Networks,
    WorkerSet,
    certify,
    entries_for,
    learn,
    lined_up,
    pinned,
)

if TYPE_CHECKING:
    from ..timing.bandwidth import LimitProbe


@dataclass(frozen=True)
class Run:
    """What came of a run.

    Attributes:
        results: what was found out about each network.
        rows: of summary.csv.
        rounds, sets, stopped: how many rounds were timed in how many sets, and why no more.
        apart: how far the sets' medians of a network's ratio are apart at most; NaN where
            there is nothing to compare.
        timed_seconds, other_seconds: wall time under the clock, and around it.
    """

    results: list[Result]
    rows: list[dict[str, Any]]
    rounds: int
    sets: int
    stopped: str
    apart: float
    timed_seconds: float
    other_seconds: float


def run(
    networks: Networks,
    baseline: str,
    reviews: Reviews,
    data: str,
    scenario: Scenario,
    sample: int | None,
    plan: Plan,
    timeout: float,
    out: Path,
    resume: bool = False,
) -> Run:
    """Certify, time and record networks on the reviews of one scenario.

    Writes passes.csv, row by row, summary.csv and parting.csv into the folder out.

    Args:
        baseline: the name of the network that ratios relate to.
        data: what the records call the data.
        sample, timeout: see certify and workers.
        resume: go on where an interrupted run in the folder stopped.

    Raises:
        BadInput: a network can't be had as it was named, the weights can't fit into memory, the
            folder can't be written, or the run that lies there can't be gone on with.
    """
    started = time.perf_counter()
    setting = describe(reviews, data, scenario)
    with (
        temporary_folder() as folder,
        Recording(out, setting, resume) as recording,
        ThreadPoolExecutor(1) as meanwhile,
        ExitStack() as stack,
    ):
        refuse_what_cannot_fit(reviews.vocabulary_size, scenario, SETS * len(networks))
        # What takes long and is needed at the end, while the workers start.
        probe = meanwhile.submit(_limit_probe, reviews, scenario)
        meanwhile.submit(import_module, "scipy.stats")
        entries = entries_for(networks, reviews, folder)
        strangers = {row["network"] for row in recording.rows} - {one.name for one in entries}
        if strangers:
            raise BadInput(
                f"--resume: the interrupted run in {out} timed {', '.join(sorted(strangers))} too; "
                "name the same networks, or run without --resume"
            )
        # The timed passes repeat the whole pass often enough, so that one is made beforehand.
        results = certify(entries, scenario, sample, 1, timeout)
        ready = [entry for entry in entries if results[entry.name].status == "certified"]
        first = recording.last_set + 1
        numbers = range(first, first + SETS)
        sets = stack.enter_context(lined_up(ready, results, scenario, timeout, numbers))
        stopped = ""
        if ready:
            stopped = _time(sets, plan, recording, baseline, probe.result())
        for worker_set in sets:
            learn(results, worker_set)
    passes, found = recording.passes(), list(results.values())
    summary = summarize(found, passes, baseline, reviews.labels, setting)
    write_table(out / PARTING, PARTING_COLUMNS, parting(found, baseline))
    write_table(out / SUMMARY, SUMMARY_COLUMNS, summary)
    apart = [
        between_sets(passes, row["network"], baseline, row["clock"])
        for row in summary
        if row["status"] == "certified"
    ]
    timed, whole = recording.timed_seconds, time.perf_counter() - started
    return Run(
        found, summary, recording.rounds, passes["set"].nunique(), stopped,
        max(apart, default=math.nan), timed, whole - timed,
    )  # fmt: skip


def _time(
    sets: Sequence[WorkerSet],
    plan: Plan,
    recording: Recording,
    baseline: str,
    probe: LimitProbe | None,
) -> str:
    """Time rounds, the sets in turn, as planned; return why no more of them.

    A network that is no longer sound in one set is timed no further in any.
    """
    # An interrupted run's rounds count, and so does what they took.
    begun = time.perf_counter() - sum(row["wall_seconds"] for row in recording.rows)
    rounds, names = recording.rounds, {driver.name for driver in sets[0].drivers}
    total = plan.rounds or plan.budget
    with progress_bar(f"timing {len(names)} networks", total) as advance:
        while True:
            names = names.intersection(*(each.sound for each in sets))
            if not names:
                return "no network was left"
            last = time.perf_counter()
            stopped = plan.done(
                rounds,
                last - begun,
                # Only where a precision is asked for: it reads every pass again.
                lambda sound=names: widest(recording.passes(), sound, baseline),  # type: ignore[misc]
            )
            if stopped is not None:
                return stopped
            worker_set, rounds = sets[rounds % SETS], rounds + 1
            with pinned(worker_set.core):
                limit = None if probe is None else probe.seconds()
                drivers = worker_set.draw(names)
                for timed in time_round(drivers, worker_set.number, rounds, advance):
                    recording.write(timed, limit_seconds=limit)
            advance(1 if plan.rounds else time.perf_counter() - last)


def _limit_probe(reviews: Reviews, scenario: Scenario) -> LimitProbe | None:
    """None where numba is missing; the table says so."""
    if find_spec("numba") is None:
        return None
    from ..timing.bandwidth import LimitProbe

    return LimitProbe(reviews, scenario)
