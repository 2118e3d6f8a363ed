"""Sets of workers: a fresh process for each network, all of a set on the same core.

The same work may take a third longer on one of two idle cores than on the other, for no reason
that shows; on one core, one after the other, two processes agree to 0.3 %. What is left is where
the memory of a process happens to lie: so there are several sets, each with new processes and on
the next core.
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import chain, zip_longest
from pathlib import Path
from queue import SimpleQueue

from threadpoolctl import threadpool_limits

from ...impls.reviews import Reviews
from ..equality.cases import Case
from ..equality.made import made
from ..equality.result import Result
from ..networks.registry import NamedNetwork
from ..networks.scenario import Scenario
from ..outcomes import BadInput, Status
from ..text.amounts import minutes
from ..text.progress import Advance, foretell, progress_bar
from ..timing.forecast import certifying
from ..timing.memory import copies_that_fit, machine_memory, refuse_what_cannot_fit
from . import null
from .driver import Driver, JudgesFor
from .entry import Entry
from .limits import Limits
from .shared_reviews import write_reviews
from .tool import Tool

CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_setaffinity") else []
MOST_THREADS = len(CORES) or os.cpu_count() or 1
# Enough to see how much a ratio owes to the place of its processes in memory.
SETS = 3
# About how many cases the matrix has, for the progress bar, and how long it takes.
CASES, MATRIX_SECONDS = 150, 30.0
# Of the weights: the network's, those before a step, and the first ones.
COPIES = 3
# So many seconds.
WORTH_TELLING = 10.0
# What a network may be that is tried in the matrix; others can't answer.
TRIED_ON = (Status.CERTIFIED, Status.INCORRECT, Status.UNCERTIFIED)
NULL = f"{null.__file__}:Null"
UNPINNED = "This system pins no process to a core: differences of some 30 % may be placement alone."


@dataclass(frozen=True)
class WorkerSet:
    """Workers that have been started together, one or more for each network.

    Attributes:
        core: the core that they share; None where they don't, or the system pins no process.
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
    limits: Limits,
    *,
    number: int = 1,
    apart: bool = False,
    tool: Tool | None = None,
) -> Iterator[WorkerSet]:
    """Start a worker for each entry, and end all of them when the context ends.

    An entry that can't be had from its source tree gets the status absent.

    Args:
        number: the number of the set, which decides on the core.
        apart: whether each worker has the next core instead, since no times are compared.
        tool: what runs their processes; None where nothing does.

    Returns:
        A context with the set.

    Raises:
        BadInput: a network can't be had as it was named.
    """
    with _starting(entries, scenario, limits, number, apart, tool) as worker_set:
        _await_start(worker_set, entries)
        yield worker_set


@contextmanager
def _starting(
    entries: Sequence[Entry],
    scenario: Scenario,
    limits: Limits,
    number: int,
    apart: bool = False,
    tool: Tool | None = None,
) -> Iterator[WorkerSet]:
    refuse_more_threads(scenario.threads)
    machine = machine_memory()
    if limits.memory_bytes is None:
        limits = replace(limits, memory_bytes=machine and machine * 9 // 10)
    hash_seed = random.SystemRandom().randrange(2**32)
    with ExitStack() as stack:
        drivers = []
        for place, entry in enumerate(entries):
            cores = _cores(number + place * apart)
            driver = Driver(entry, scenario, limits, cores=cores, hash_seed=hash_seed, tool=tool)
            stack.callback(driver.stop)
            drivers.append(driver)
        yield WorkerSet(number, None if apart or not CORES else _cores(number)[0], drivers)


def refuse_more_threads(threads: int) -> None:
    """Refuse more threads than there are cores.

    Raises:
        BadInput: there are more.
    """
    if threads > MOST_THREADS:
        raise BadInput(f"threads={threads}: there are {MOST_THREADS} cores here; ask for no more")


def _cores(number: int) -> list[int]:
    """Return the cores of a set with this number, from its own one on."""
    first = -number % len(CORES) if CORES else 0
    return CORES[first:] + CORES[:first]


def _networks(drivers: Sequence[Driver]) -> str:
    return drivers[0].name if len(drivers) == 1 else f"{len(drivers)} networks"


def _await_start(worker_set: WorkerSet, entries: Sequence[Entry], *, again: bool = False) -> None:
    """Wait until all of them have loaded their networks.

    Args:
        again: whether another process has certified them, so that they can be had.
    """
    for entry, driver in zip(entries, worker_set.drivers, strict=True):
        try:
            driver.start()
        except BadInput as error:
            if entry.tree is None and not again:
                raise
            status = Status.ABSENT if entry.tree is not None else Status.FAILED
            driver.result = Result(entry.name, status, str(error))


def certify(
    entries: Sequence[Entry],
    scenario: Scenario,
    limits: Limits,
    *,
    judged: int | None,
    whole_passes: int,
    matrix: bool = False,
    judges: JudgesFor | None = None,
    excused: Callable[[Mapping[str, Result]], None] = lambda results: None,
    afterwards: Callable[[Sequence[float]], float] = lambda pass_seconds: 0.0,
) -> dict[str, Result]:
    """Certify each entry in a worker of its own.

    These workers end here, so that those under the clock are all equally fresh.

    Args:
        judged, whole_passes: as for examine.
        matrix: whether networks are tried in the matrix of small scenarios too; those that are
            wrong on the data, to name a plain case that shows it.
        judges: make those who judge a network's steps in segments, one network after the other;
            None: each is judged here.
        excused: is told all results before any is certified: those are known that take no part.
        afterwards: says about how many seconds follow, from those of a pass of each network.

    Returns:
        The result of each entry, by its name.

    Raises:
        BadInput: a network can't be had as it was named, or weights can't fit into memory.
    """
    room = COPIES
    if entries:
        vocabulary_size = entries[0].reviews.vocabulary_size
        refuse_what_cannot_fit(vocabulary_size, scenario, COPIES)
        room = copies_that_fit(vocabulary_size, scenario)
    begun = time.perf_counter()
    with ExitStack() as stack:
        with progress_bar("starting the networks", None):
            examined = stack.enter_context(workers(entries, scenario, limits, apart=True))
        # They start side by side, so only their mean is known.
        started = (time.perf_counter() - begun) / len(entries)
        for driver in examined.drivers:
            if driver.result.status == Status.UNKNOWN:  # neither absent nor dead since its start
                driver.excuse()
        excused({driver.name: driver.result for driver in examined.drivers})
        taking_part = [one for one in examined.drivers if one.result.status == Status.UNKNOWN]
        with progress_bar(f"first calls of {_networks(taking_part)}", None):
            on_all_cores(lambda driver, _: driver.call_first(), taking_part)
        passes = [driver.pass_seconds for driver in taking_part if driver.pass_seconds > 0]
        about = sum(
            certifying(one, entries[0].reviews.reviews, scenario, judged, whole_passes)
            for one in passes
        )
        about += MATRIX_SECONDS * len(passes) if matrix else 0.0
        if (whole := about + afterwards(passes)) > WORTH_TELLING:
            foretell(f"This takes about {minutes(whole)}.")
        alive = [one for one in taking_part if one.result.status == Status.UNKNOWN]
        # The slowest first, or the other cores would wait for it at the end.
        alive.sort(key=lambda driver: driver.pass_seconds, reverse=True)
        work = sum(len(driver.reviews) for driver in alive) * (1 + whole_passes)
        # One thread for the libraries of all: each of them by itself would set free the others'.
        with (
            progress_bar(f"certifying {_networks(alive)}", work) as advance,
            threadpool_limits(1),
        ):
            most = room // COPIES if judges is None else 1
            # Threads that wait for each other must not wait for other networks.
            for at_once, some in (
                (most, [driver for driver in alive if driver.threads == 1]),
                (1, [driver for driver in alive if driver.threads > 1]),
            ):
                on_all_cores(
                    lambda driver, told: driver.certify(judged, whole_passes, told, judges),
                    some,
                    advance,
                    at_once=at_once,
                )
        for driver in alive:
            driver.result = replace(driver.result, start_seconds=started)
            if matrix and driver.result.status in TRIED_ON:
                with progress_bar(f"small scenarios for {driver.name}", CASES) as advance:
                    driver.try_cases(advance)
        return {driver.name: driver.result for driver in examined.drivers}


def try_case(entries: Sequence[Entry], case: Case, limits: Limits) -> dict[str, Result]:
    """Try each entry in one case of the matrix alone, in a worker of its own.

    Returns:
        The result of each entry, by its name.

    Raises:
        BadInput: a network can't be had as it was named.
    """
    with workers(entries, made(case).scenario, limits) as started:
        for driver in started.drivers:
            if driver.result.status == Status.UNKNOWN:
                driver.try_case(case)
        return {driver.name: driver.result for driver in started.drivers}


@contextmanager
def lined_up(
    entries: Sequence[Entry],
    results: Mapping[str, Result],
    scenario: Scenario,
    limits: Limits,
    *,
    numbers: Sequence[int],
    processes: int = 1,
) -> Iterator[list[WorkerSet]]:
    """Start fresh sets of workers for certified entries, and make them ready for the clock.

    Args:
        results: the certified result of each entry, by its name.
        numbers: the numbers of the sets.
        processes: how many for each entry.

    Returns:
        A context with the sets.
    """
    nothing = [Entry("nothing", NULL, entries[0].reviews)] if entries else []
    entries = [*entries] * processes
    with ExitStack() as stack:

        def start(entries: Sequence[Entry]) -> list[WorkerSet]:
            return [
                stack.enter_context(_starting(entries, scenario, limits, number))
                for number in numbers
            ]

        # They start and wake side by side, but get warm one after the other.
        sets, idle = start(entries), start(nothing)
        with progress_bar("warming up fresh workers", None):
            for worker_set in sets:
                _await_start(worker_set, entries, again=True)
            # One of each set in turn, since those of a set share a core.
            in_turn = chain(*zip_longest(*(worker_set.drivers for worker_set in sets)))
            on_all_cores(lambda driver, _: driver.wake(), [one for one in in_turn if one])
            for worker_set, beside in zip(sets, idle, strict=True):
                _await_start(beside, nothing)
                # It stays beside the rounds, to be asked again under their conditions.
                for idle_one in beside.drivers:
                    delivery = idle_one.delivery()
                    for driver in worker_set.drivers:
                        driver.line_up(results[driver.name], delivery, idle_one.delivery_again)
        yield sets


def on_all_cores(
    work: Callable[[Driver, Callable[[float], None]], None],
    drivers: Sequence[Driver],
    advance: Advance = lambda amount, now="": None,
    at_once: int | None = None,
) -> None:
    """Do some work with each driver, with as many at the same time as there are cores.

    Args:
        work: gets a driver, and a function that is told how far it has come.
        advance: is told the same in this thread, which alone may show it.
        at_once: how many at most; None for no further limit.
    """
    told: SimpleQueue[tuple[float, str] | Future[None]] = SimpleQueue()

    def begin(driver: Driver) -> None:
        work(driver, lambda amount: told.put((amount, driver.name)))

    cores = max(1, len(CORES))
    with ThreadPoolExecutor(cores if at_once is None else min(cores, at_once)) as threads:
        try:
            for driver in drivers:
                threads.submit(begin, driver).add_done_callback(told.put)
            for _ in drivers:
                while not isinstance(how := told.get(), Future):
                    advance(*how)
                how.result()
        except BaseException:
            # Whoever waits for a worker that has ended waits no more.
            threads.shutdown(wait=False, cancel_futures=True)
            for driver in drivers:
                driver.stop()
            raise


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
