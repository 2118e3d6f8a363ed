"""One network in one scenario: may it run, is it the same network, is it ready for the clock?"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from statistics import median

from threadpoolctl import threadpool_limits

from ...impls.network import Network
from ...impls.reviews import Reviews
from ..equality.certificate import certify
from ..equality.result import Result
from ..equality.segments import Judges, in_segments
from ..networks.guard import blame
from ..networks.registry import Candidate
from ..networks.scenario import Scenario
from ..outcomes import Failed, Incorrect, Status
from .clock import Contestant
from .passes import Pass
from .price import BILLS, FEW, UNKNOWN, Around, by_wall
from .reading import Aside, billed_weights

# The clock reads themselves may make the CPU time of the process exceed that of its thread, by this
# share of it or by so many seconds.
THREADS_SHARE, THREADS_SECONDS = 0.01, 1e-4
# A process that rests needs some time to come to rest.
UNASKED_SHARE, UNASKED_SECONDS = 0.01, 2e-3
# Enough for a batch and for every branch of a network's code.
REVIEWS_TO_START, LONG_BATCH = 100, 1000


def examine(
    candidate: Candidate,
    reviews: Reviews,
    scenario: Scenario,
    *,
    judged: int | None,
    whole_passes: int = 3,
    progress: Callable[[int], None] = lambda reviews: None,
    judges: Judges | None = None,
) -> Result:
    """Certify a network with one BLAS thread, as it is timed, or say why it can't be certified.

    Args:
        judged: how many reviews to judge at random, beside the first and the longest; None
            judges all.
        whole_passes: how often the pass is made in one call and compared.
        progress: is told how many more reviews have been trained on.
        judges: those who judge the steps, in segments; None: all are judged here.
    """
    status, reason = excuse(candidate, scenario)
    if candidate.network is None or status != Status.UNKNOWN:
        return Result(candidate.name, status, reason)
    with threadpool_limits(1):
        certificate = certify(
            candidate.network,
            reviews,
            scenario,
            judged=judged,
            whole_passes=whole_passes,
            progress=progress,
            watched=None if judges is None else partial(in_segments, judges),
        )
    return Result(candidate.name, certificate.status, certificate.reason, certificate)


def first_calls(
    network: type[Network], reviews: Reviews, scenario: Scenario
) -> tuple[float, float]:
    """Find out how much longer the first call of train takes than the second; see Result.

    Returns:
        That, and about how long a pass takes, in seconds; both are NaN for a network that can't
        even start, of which the certificate tells why.
    """
    # A whole batch, or a pass would seem to have more updates than it has; but no long one.
    few = reviews[: max(REVIEWS_TO_START, min(scenario.batch_size, LONG_BATCH))]
    seconds = []
    with suppress(Failed), blame("the first call"):
        ready = scenario.build(network, *scenario.first_weights(reviews.vocabulary_size))
        prepared = ready.prepare(few)
        for _ in range(2):
            started = time.perf_counter()
            ready.train(prepared)
            seconds.append(time.perf_counter() - started)
    if len(seconds) < 2:
        return math.nan, math.nan
    return max(0.0, seconds[0] - seconds[1]), seconds[1] * len(reviews) / len(few)


def excuse(candidate: Candidate, scenario: Scenario) -> tuple[Status, str]:
    """Say why a network isn't examined; Status.UNKNOWN if it is."""
    if candidate.network is None:
        return Status.FAILED, candidate.problem
    try:
        with blame("unavailable()"):
            unavailable = candidate.network.unavailable()
    except Failed as failure:
        return Status.FAILED, str(failure)
    if unavailable is not None:
        return Status.UNAVAILABLE, unavailable
    not_applicable = scenario.not_applicable(candidate.network)
    if not_applicable is not None:
        return Status.NOT_APPLICABLE, not_applicable
    return Status.UNKNOWN, ""


def wake(network: type[Network], reviews: Reviews, scenario: Scenario) -> Network:
    """Build a network and train it on a few reviews: what it compiles or loads then is done with.

    Raises:
        Failed: the network raised an error.
    """
    with blame("building the network"):
        awake = scenario.build(network, *scenario.first_weights(reviews.vocabulary_size))
    with blame("the first pass"):
        awake.train(awake.prepare(reviews[:REVIEWS_TO_START]))
    return awake


def line_up(
    ready: Network,
    result: Result,
    reviews: Reviews,
    scenario: Scenario,
    delivery: Around = UNKNOWN,
    nothing: Callable[[], Around] = lambda: UNKNOWN,
    *,
    threads: int = 1,
    device: str = "cpu",
) -> tuple[Result, Contestant | None]:
    """Prepare a certified network for the clock, and warm it up; its prepare is timed here.

    Args:
        ready: the network, which has been woken.
        delivery: what surrounds a pass of a network that does nothing.
        nothing: measures it once more.
        threads, device: how many threads the network has, and what it computes on.

    Returns:
        The result with what was found out, and the contestant; None where the network isn't
        certified, or no longer is: the result says why.
    """
    certificate = result.certificate
    if certificate is None or not result.certified:
        return result, None
    weights = scenario.first_weights(reviews.vocabulary_size)
    try:
        with blame("prepare"):
            started = time.perf_counter()
            prepared = ready.prepare(reviews)
            result = replace(result, prepare_seconds=time.perf_counter() - started)
        contestant = Contestant(
            name=result.name,
            network=ready,
            prepared=prepared,
            prepared_from=reviews,
            delivery=delivery if device == "cpu" else by_wall(delivery),
            nothing=nothing if device == "cpu" else lambda: by_wall(nothing()),
            scenario=scenario,
            weights=weights,
            pass_seconds=certificate.pass_seconds,
            threads=threads,
            device=device,
        )
        contestant.warm_up()
        with blame("prepare"):
            contestant.few = contestant.network.prepare(reviews[:FEW])
        for _ in range(BILLS):
            contestant.take_price()
        # The first time takes longer than any other: memory for an answer of that size.
        with blame("reading the weights"):
            billed_weights(contestant.network)
    except Failed as failure:
        return result.with_status(Status.FAILED, str(failure)), None
    return result, contestant


def judge_timing(result: Result, contestant: Contestant, aside: Aside) -> Result:
    """Take the certificate away where the timed passes were no passes of its own threads.

    Args:
        aside: what its process did beside the passes.

    Returns:
        The result with the status that the timed passes leave it.
    """
    fault, passes = contestant.fault, contestant.passes
    if isinstance(fault, Incorrect):
        # A wrong network is wrong, threads or not.
        return result.with_status(Status.INCORRECT, f"under the clock: {fault}")
    if fault is not None:
        return result.with_status(Status.FAILED, str(fault))
    if aside.helpers:
        who, them = f"{aside.helpers} processes of its", "them"
        if aside.helpers == 1:
            who, them = "a process that it started", "it"
        reason = (
            f"{who} still ran during a pass, and what for can't be seen: end {them} before train "
            "is called"
        )
        return result.with_status(Status.REFUSED, reason)
    if aside.starts:
        reason = (
            "it starts processes while its passes are timed, and what for can't be seen: do all "
            "work in the process that calls train"
        )
        return result.with_status(Status.REFUSED, reason)
    if aside.gave_way:
        reason = (
            "the priority of its process was changed, so that another one may work while it seems "
            "to wait for the core: leave it as it is"
        )
        return result.with_status(Status.REFUSED, reason)
    if contestant.device == "cpu" and _uses_threads(passes):
        reason = "it uses threads: CPU time of the process exceeds that of its own thread; "
        if contestant.network.threads is None:
            reason += (
                "do all work in the thread that calls train, or declare them by the class "
                "attribute threads"
            )
        else:
            reason += (
                "it was given one, as OMP_NUM_THREADS says: obey it, or give it more (threads)"
            )
        return result.with_status(Status.FAILED, reason)
    unasked = aside.unasked_seconds
    if unasked > UNASKED_SECONDS + UNASKED_SHARE * sum(timed.cpu_seconds for timed in passes):
        reason = (
            f"its process worked for {1e3 * unasked:.3g} ms while nothing was asked of it, and no "
            "clock sees what for: let it rest between its calls"
        )
        return result.with_status(Status.REFUSED, reason)
    return result


def _uses_threads(passes: Sequence[Pass]) -> bool:
    if not passes:
        return False
    told = [timed.cpu_seconds - (timed.charged_seconds or 0.0) for timed in passes]
    others = median(timed.process_seconds - own for timed, own in zip(passes, told, strict=True))
    own = median(told)
    return others > max(THREADS_SHARE * own, THREADS_SECONDS)
