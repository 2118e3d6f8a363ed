"""`skipzeros run`: certify every network, time the certified ones side by side, write it down."""

from __future__ import annotations

import math
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
from threadpoolctl import threadpool_limits

from ..impls.network import Network
from ..impls.reviews import Reviews
from .certify import Certificate, certify, review_trial
from .continuity import Uncertified
from .errors import Failed, Incorrect
from .machine import machine
from .memory import peak_memory
from .networks import Candidate
from .progress import progress_bar
from .records import PASS_COLUMNS, SUMMARY, SUMMARY_COLUMNS, PassesFile, make_folder, write_table
from .scenario import Scenario
from .summary import summarize
from .timing import Contestant, time_rounds
from .watch import blame

# CPU time of the process beyond that of the calling thread, a share of it and in seconds, that
# the clock reads themselves may cause.
THREADS_SHARE, THREADS_SECONDS = 0.01, 1e-4


@dataclass
class Result:
    """What is known of one network before its passes are looked at."""

    name: str
    network: type[Network] | None
    status: str
    reason: str = ""
    certificate: Certificate | None = None
    prepare_seconds: float = math.nan
    peak_memory_bytes: int | None = None


def examine(
    candidates: Sequence[Candidate],
    reviews: Reviews,
    scenario: Scenario,
    sample: int | None,
    whole_passes: int = 3,
) -> list[Result]:
    """Certify each network, one BLAS thread as in the timing, or say why it can't be."""
    results = []
    for candidate in candidates:
        result = Result(candidate.name, candidate.network, *_excuse(candidate, scenario))
        if result.network is not None and not result.status:
            work = len(reviews) * (1 + whole_passes)
            with threadpool_limits(1), progress_bar(f"certifying {result.name}", work) as advance:
                result.certificate = certify(
                    result.network, reviews, scenario, sample, whole_passes, advance
                )
            result.status = result.certificate.status
            result.reason = result.certificate.reason
        results.append(result)
    return results


def _excuse(candidate: Candidate, scenario: Scenario) -> tuple[str, str]:
    """Status and reason of a network that isn't examined; the status is empty if it is."""
    if candidate.network is None:
        return "failed", candidate.problem
    try:
        with blame("unavailable()"):
            unavailable = candidate.network.unavailable()
    except Failed as failure:
        return "failed", str(failure)
    if unavailable is not None:
        return "unavailable", unavailable
    not_applicable = scenario.not_applicable(candidate.network)
    return ("not applicable", not_applicable) if not_applicable else ("", "")


def run(
    candidates: Sequence[Candidate],
    baseline: str,
    reviews: Reviews,
    data: str,
    scenario: Scenario,
    sample: int | None,
    rounds: int | None,
    budget: float,
    out: Path,
) -> tuple[list[Result], list[dict[str, Any]]]:
    """Certify, time and record networks on the reviews of one scenario.

    Writes passes.csv, row by row, and summary.csv into the folder out.

    Args:
        baseline: the name of the candidate that ratios relate to.
        data: what the records call the data.
        sample, rounds, budget: see certify and time_rounds.

    Returns:
        what was found out about each network, and the rows of summary.csv.
    """
    make_folder(out)
    setting = describe(reviews, data, scenario)
    with PassesFile(out) as file:
        # The timed passes repeat the whole pass often enough, so that one is made beforehand.
        results = examine(candidates, reviews, scenario, sample, whole_passes=1)
        about = {**run_id(), **setting, **machine()}
        rows = []
        with threadpool_limits(1):
            contestants = [(result, line_up(result, reviews, scenario)) for result in results]
            ready = [contestant for _, contestant in contestants if contestant is not None]
            with progress_bar(f"timing {len(ready)} networks", budget) as advance:
                last = time.perf_counter()
                for timed in time_rounds(ready, rounds, budget):
                    rows.append({**vars(timed), **about})
                    file.write(rows[-1])
                    advance(time.perf_counter() - last)
                    last = time.perf_counter()
    passes = frame(rows)
    for result, contestant in contestants:
        if contestant is not None:
            judge_timing(result, contestant, passes, reviews)
    summary = summarize(results, passes, baseline, reviews.labels, setting)
    write_table(out / SUMMARY, SUMMARY_COLUMNS, summary)
    return results, summary


def run_id() -> dict[str, str]:
    """The column run_id: when the run began (UTC), and a part that no other run has."""
    return {"run_id": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}-{uuid.uuid4().hex[:6]}"}


def frame(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Timed passes as passes.csv holds them, and the CPU time of the whole process."""
    return pd.DataFrame(rows, columns=[*PASS_COLUMNS, "process_seconds"])


def describe(reviews: Reviews, data: str, scenario: Scenario) -> dict[str, Any]:
    """The columns of every record that say what was computed, on which reviews."""
    return {
        "data": data,
        "vocabulary_size": reviews.vocabulary_size,
        "nonzeros": len(reviews.indices),
        **vars(scenario),
        "reviews": len(reviews),
    }


def line_up(result: Result, reviews: Reviews, scenario: Scenario) -> Contestant | None:
    """Prepare a certified network for the clock; that time and its memory are measured here.

    Returns:
        None for a network that isn't certified, or no longer: the result says why.
    """
    certificate = result.certificate
    if result.network is None or certificate is None or result.status != "certified":
        return None
    weights = scenario.first_weights(reviews.vocabulary_size)
    try:
        result.peak_memory_bytes = peak_memory(result.network, reviews, scenario)
        with blame("prepare"):
            network = scenario.build(result.network, *weights)
            started = time.perf_counter()
            prepared = network.prepare(reviews)
            result.prepare_seconds = time.perf_counter() - started
    except Failed as failure:
        result.status, result.reason = "failed", str(failure)
        return None
    return Contestant(
        name=result.name,
        network=network,
        prepared=prepared,
        reviews=len(reviews),
        scenario=scenario,
        weights=weights,
        digest=certificate.digest,
        pass_seconds=certificate.pass_seconds,
    )


def judge_timing(
    result: Result, contestant: Contestant, passes: pd.DataFrame, reviews: Reviews
) -> None:
    """Take the certificate back from a network that was another one under the clock."""
    try:
        if contestant.fault is not None:
            raise contestant.fault
        if not contestant.matches:
            trial = review_trial(type(contestant.network), reviews, contestant.scenario)
            trial.explain(contestant.network, contestant.prepared)
    except Incorrect as fault:
        result.status, result.reason = "incorrect", f"under the clock: {fault}"
    except Uncertified as doubt:
        result.status, result.reason = "uncertified", f"under the clock: {doubt}"
    except Failed as failure:
        result.status, result.reason = "failed", str(failure)
    own = passes[passes["network"] == result.name]
    others = (own["process_seconds"] - own["cpu_seconds"]).median()
    if others > max(THREADS_SHARE * own["cpu_seconds"].median(), THREADS_SECONDS):
        result.status = "failed"
        result.reason = "it uses threads: CPU time of the process exceeds that of its own thread"
