"""What the workers under the clock tell of networks beside their times: is each still certified?"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, cycle, islice, zip_longest

from ..equality.result import Result
from ..outcomes import Status
from ..timing.bills import READINGS, judge_bills, seems_to_put_off
from ..timing.clock import SHORT_PASS_SECONDS, Contestant
from .driver import Driver
from .worker_sets import WorkerSet, pinned

# Series of passes in a row of each network: as many as an interval needs, and more if in doubt.
SERIES, MORE_SERIES = 8, 24


def learn(results: dict[str, Result], sets: Sequence[WorkerSet], audits: int | None = None) -> None:
    """Replace the results by what the workers under the clock found out in addition.

    Some of the passes are audited: made once more in another process, and judged.

    Args:
        audits: how many of each network; None: three short ones, or one long one, and none of the
            built-in networks.
    """
    drivers: dict[str, list[Driver]] = {}
    for driver in (driver for worker_set in sets for driver in worker_set.drivers):
        drivers.setdefault(driver.name, []).append(driver)
    networks = list(drivers.values())
    _take_series(networks, SERIES)
    doubtful = [own for own in networks if any(one.doubtful for one in _contestants(own))]
    _take_series(doubtful, MORE_SERIES)
    _read_again(networks)
    for driver in (driver for own in networks for driver in own):
        driver.judge_timing()
    for name, own in drivers.items():
        known = results[name]
        for seen in (driver.result for driver in own):
            if math.isnan(known.prepare_seconds):
                known = replace(known, prepare_seconds=seen.prepare_seconds)
            if known.certified and not seen.certified:
                known = known.with_status(seen.status, seen.reason)
        if known.certified:
            known = known.with_status(*_audited(own, audits))
        results[name] = judge_bills(known, _contestants(own))


def _contestants(drivers: Sequence[Driver]) -> list[Contestant]:
    return [driver.contestant for driver in drivers if driver.contestant is not None]


def _take_series(networks: Sequence[Sequence[Driver]], number: int) -> None:
    """Have each network make passes in a row until there are so many."""
    there = [sum(len(one.series) for one in _contestants(own)) for own in networks]
    _time_more(
        _in_turn(own, number - some, in_series=True)
        for own, some in zip(networks, there, strict=True)
    )


def _read_again(networks: Sequence[Sequence[Driver]]) -> None:
    """Read the weights after more passes where a few readings speak against a network."""
    _time_more(
        _in_turn(own, READINGS - sum(len(one.late) for one in _contestants(own)), in_series=False)
        for own in networks
        if seems_to_put_off(_contestants(own))
    )


def _in_turn(drivers: Sequence[Driver], number: int, *, in_series: bool) -> Iterator[Driver]:
    """Return so many turns of the processes of a network.

    Args:
        in_series: whether of those whose passes are short, or of the others.
    """
    suited = [
        one
        for one in drivers
        if one.contestant is not None and one.contestant.in_series == in_series
    ]
    return islice(cycle(suited), max(0, number))


def _time_more(turns: Iterable[Iterator[Driver]]) -> None:
    """Time passes that are compared, of each network in turn: as in a round, the others rest."""
    for driver in chain(*zip_longest(*turns)):
        if driver is not None:
            with pinned(driver.core):
                driver.time_more()


def _audited(drivers: Sequence[Driver], audits: int | None) -> tuple[Status, str]:
    """Audit passes of one network, each in another worker than its own if there is one."""
    timed = [(driver, driver.contestant) for driver in drivers if driver.contestant is not None]
    doubted = [(driver, seen) for driver, ready in timed for seen in ready.doubted]
    kept = [(driver, ready.audited) for driver, ready in timed if ready.audited is not None]
    if audits is None and drivers[0].built_in:
        audits = 0
    elif audits is None:
        audits = 3 if all(ready.pass_seconds < SHORT_PASS_SECONDS for _, ready in timed) else 1
    in_series = [(d, ready.audited_in_series) for d, ready in timed if ready.audited_in_series]
    sample = [
        *random.SystemRandom().sample(kept, min(audits, len(kept))),
        *random.SystemRandom().sample(in_series, min(audits, len(in_series), 1)),
    ]
    for driver, seen in [*doubted, *sample]:
        others = [other for other in drivers if other is not driver]
        auditor = random.SystemRandom().choice(others) if others else driver
        status, reason = auditor.audit(seen)
        if status != Status.CERTIFIED:
            return status, reason
    if doubted:
        reason = "under the clock: two processes give different bits for the same pass"
        return Status.UNCERTIFIED, reason
    return Status.CERTIFIED, ""
