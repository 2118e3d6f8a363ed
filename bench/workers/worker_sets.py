"""Sets of workers: a fresh process for each network, all of a set on the same core.

The same work may take a third longer on one of two idle cores than on the other, for no reason
that shows; on one core, one after the other, two processes agree to 0.3 %. What is left is where
the memory of a process happens to lie: so there are several sets, each with new processes and on
the next core.
"""

from __future__ import annotations

import math
import os
import random
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ...impls.reviews import Reviews
from ..equality.result import Result
from ..networks.registry import NamedNetwork
from ..networks.scenario import Scenario
from ..outcomes import BadInput, Status
from ..text.progress import progress_bar
from ..timing.memory import machine_memory, refuse_what_cannot_fit
from .driver import Driver
from .entry import Entry
from .shared_reviews import write_reviews

CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_setaffinity") else []
# Enough to see how much a ratio owes to the place of its processes in memory.
SETS = 3
UNPINNED = "This system pins no process to a core: differences of some 30 % may be placement alone."


@dataclass(frozen=True)
class WorkerSet:
    """Workers that have been started together, one or more for each network.

    Attributes:
        core: the core that they share; None where the system pins no process.
    """

    number: int
    core: int | None
    drivers: list[Driver]

    @property
    def sound(self) -> set[str]:
        """The names of the networks whose workers are all worth another pass."""
        unsound = {driver.name for driver in self.drivers if not driver.sound}
        return {driver.name for driver in self.drivers} - unsound

    def draw(self, names: Iterable[str]) -> list[Driver]:
        """Return one worker of each of these networks, drawn at random."""
        found: dict[str, list[Driver]] = {name: [] for name in names}
        for driver in self.drivers:
            if driver.name in found:
                found[driver.name].append(driver)
        return [random.SystemRandom().choice(drivers) for drivers in found.values()]


def sound_in_all(sets: Sequence[WorkerSet]) -> set[str]:
    """Return the names of the networks that are worth another pass in every set."""
    return set.intersection(*(worker_set.sound for worker_set in sets))


@contextmanager
def workers(
    entries: Sequence[Entry],
    scenario: Scenario,
    *,
    timeout: float,
    memory_bytes: int | None = None,
    number: int = 1,
) -> Iterator[WorkerSet]:
    """Start a worker for each entry, and end all of them when the context ends.

    An entry that can't be had from its source tree gets the status absent.

    Args:
        timeout: seconds that one answer of a worker may take.
        memory_bytes: how much a worker may allocate; None for nine tenths of the machine's memory.
        number: the number of the set, which decides on the core.

    Returns:
        A context with the set.

    Raises:
        BadInput: a network can't be had as it was named.
    """
    with _starting(
        entries, scenario, timeout=timeout, memory_bytes=memory_bytes, number=number
    ) as worker_set:
        _await_start(worker_set, entries)
        yield worker_set


@contextmanager
def _starting(
    entries: Sequence[Entry],
    scenario: Scenario,
    *,
    timeout: float,
    number: int,
    memory_bytes: int | None = None,
) -> Iterator[WorkerSet]:
    core = CORES[-number % len(CORES)] if CORES else None
    machine = machine_memory()
    most = machine and machine * 9 // 10 if memory_bytes is None else memory_bytes
    hash_seed = random.SystemRandom().randrange(2**32)
    with ExitStack() as stack:
        drivers = []
        for entry in entries:
            driver = Driver(
                entry,
                scenario,
                timeout=timeout,
                core=core,
                memory_bytes=most,
                hash_seed=hash_seed,
            )
            stack.callback(driver.stop)
            drivers.append(driver)
        yield WorkerSet(number, core, drivers)


def _await_start(worker_set: WorkerSet, entries: Sequence[Entry]) -> None:
    for entry, driver in zip(entries, worker_set.drivers, strict=True):
        try:
            driver.start()
        except BadInput as error:
            if entry.tree is None:
                raise
            driver.result = Result(entry.name, Status.ABSENT, str(error))


def certify(
    entries: Sequence[Entry],
    scenario: Scenario,
    *,
    judged: int | None,
    whole_passes: int,
    timeout: float,
) -> dict[str, Result]:
    """Certify each entry in a worker of its own.

    These workers end here, so that those under the clock are all equally fresh.

    Args:
        judged, whole_passes: as for examine.
        timeout: seconds that one answer of a worker may take.

    Returns:
        The result of each entry, by its name.

    Raises:
        BadInput: a network can't be had as it was named, or weights can't fit into memory.
    """
    if entries:
        # Three copies of the weights: the network's, those before a step, and the first ones.
        refuse_what_cannot_fit(entries[0].reviews.vocabulary_size, scenario, 3)
    begun = time.perf_counter()
    with workers(entries, scenario, timeout=timeout) as examined:
        # They start side by side, so only their mean is known.
        started = (time.perf_counter() - begun) / len(entries)
        for entry, driver in zip(entries, examined.drivers, strict=True):
            if driver.result.status != Status.UNKNOWN:
                continue  # absent, or it died at its start
            work = entry.reviews.reviews * (1 + whole_passes)
            with progress_bar(f"certifying {entry.name}", work) as advance:
                driver.certify(judged, whole_passes, advance)
            driver.result = replace(driver.result, start_seconds=started)
        return {driver.name: driver.result for driver in examined.drivers}


@contextmanager
def lined_up(
    entries: Sequence[Entry],
    results: Mapping[str, Result],
    scenario: Scenario,
    *,
    timeout: float,
    numbers: Iterable[int],
    processes: int = 1,
) -> Iterator[list[WorkerSet]]:
    """Start fresh sets of workers for certified entries, and make them ready for the clock.

    Args:
        results: the certified result of each entry, by its name.
        timeout: seconds that one answer of a worker may take.
        numbers: the numbers of the sets.
        processes: how many for each entry.

    Returns:
        A context with the sets.
    """
    entries = [*entries] * processes
    with ExitStack() as stack:
        # They start side by side, but get warm one after the other.
        sets = [
            stack.enter_context(_starting(entries, scenario, timeout=timeout, number=number))
            for number in numbers
        ]
        for worker_set in sets:
            _await_start(worker_set, entries)
        for driver in (driver for worker_set in sets for driver in worker_set.drivers):
            driver.line_up(results[driver.name])
        yield sets


def learn(results: dict[str, Result], worker_set: WorkerSet) -> None:
    """Replace the results by what a set of workers under the clock found out in addition."""
    for driver in worker_set.drivers:
        driver.judge_timing()
        known, seen = results[driver.name], driver.result
        if math.isnan(known.prepare_seconds):
            known = replace(known, prepare_seconds=seen.prepare_seconds)
        if known.certified and not seen.certified:
            known = known.with_status(seen.status, seen.reason)
        results[driver.name] = known


@contextmanager
def pinned(core: int | None) -> Iterator[None]:
    """Move this process to the core of the workers that it drives, and back at the end."""
    if core is None or sys.platform == "win32":
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def entries_for(networks: Sequence[NamedNetwork], reviews: Reviews, folder: Path) -> list[Entry]:
    """Write reviews into a folder, and return an entry for each network on them."""
    shared = write_reviews(reviews, folder)
    return [Entry(name, network, shared) for name, network in networks]
