"""Sets of workers: whose turn it is and on which core; and what keeps a core busy."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from skipzeros import Reviews
from skipzeros.bench.commands.selftest import HOG, hogs
from skipzeros.bench.networks.scenario import Scenario
from skipzeros.bench.outcomes import BadInput
from skipzeros.bench.workers import worker_sets as sets_module
from skipzeros.bench.workers.entry import Entry
from skipzeros.bench.workers.limits import Limits
from skipzeros.bench.workers.shared_reviews import SharedReviews, write_reviews
from skipzeros.bench.workers.worker_sets import WorkerSet, on_all_cores, pinned, workers

LINUX = sys.platform == "linux"


def worker_set(*names: str, unsound: tuple[int, ...] = ()) -> WorkerSet:
    drivers: Any = [
        SimpleNamespace(name=name, place=place, sound=place not in unsound)
        for place, name in enumerate(names)
    ]
    return WorkerSet(1, None, drivers)


def test_each_network_has_one_worker_in_a_round_and_each_worker_gets_its_turn() -> None:
    ready = worker_set("a", "b", "a", "b", "a", "c")
    turns: Counter[int] = Counter()
    for _ in range(300):
        drawn: Any = ready.draw(["b", "a"])
        assert [driver.name for driver in drawn] == ["b", "a"]
        turns.update(driver.place for driver in drawn)
    # Evenly: 100 of 300 and 150 of 300, give or take six standard deviations.
    assert set(turns) == {0, 1, 2, 3, 4}
    assert all(abs(turns[place] - 100) < 50 for place in (0, 2, 4))
    assert all(abs(turns[place] - 150) < 53 for place in (1, 3))


def test_a_network_with_one_unsound_worker_gets_no_further_turn() -> None:
    assert worker_set("a", "b", "a", "b").sound == {"a", "b"}
    assert worker_set("a", "b", "a", "b", unsound=(2,)).sound == {"b"}
    assert worker_set("a", "b", unsound=(0, 1)).sound == set()


class FakeDriver:
    """A worker that is only remembered."""

    made: list[FakeDriver]
    broken: str = ""

    def __init__(
        self,
        entry: Entry,
        scenario: Scenario,
        limits: Limits,
        *,
        cores: Any,
        hash_seed: int,
        tool: Any = None,
    ) -> None:
        self.name, self.seed, self.running = entry.name, hash_seed, True
        self.core = cores[0] if cores else None
        self.result: Any = None
        self.made.append(self)

    def start(self) -> None:
        if self.name == self.broken:
            raise BadInput(f"no {self.name}")

    def stop(self) -> None:
        self.running = False


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> type[FakeDriver]:
    made = type("Made", (FakeDriver,), {"made": []})
    monkeypatch.setattr(sets_module, "Driver", made)
    return made


def entries(*names: str, **tree: Any) -> list[Entry]:
    return [Entry(name, name, SharedReviews(Path("none"), 0, 0, 1), **tree) for name in names]


@pytest.mark.parametrize(
    ("cores", "expected"),
    [([2, 5], [5, 2, 5, 2]), ([7], [7] * 4), ([1, 2, 3], [3, 2, 1, 3]), ([], [None] * 4)],
)
def test_sets_take_the_cores_in_turn_and_all_of_a_set_the_same(
    cores: list[int], expected: list[int], fake: type[FakeDriver], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sets_module, "CORES", cores)
    for number, core in enumerate(expected, 1):
        fake.made.clear()
        with workers(entries("a", "b"), Scenario(), Limits(60), number=number) as ready:
            assert (ready.number, ready.core) == (number, core)
            assert [driver.core for driver in fake.made] == [core, core]
            assert len({driver.seed for driver in fake.made}) == 1
            assert all(driver.running for driver in fake.made)
        assert not any(driver.running for driver in fake.made)


def test_workers_end_when_one_of_them_cannot_be_had(fake: type[FakeDriver]) -> None:
    fake.broken = "b"
    with pytest.raises(BadInput, match="no b"), workers(entries("a", "b"), Scenario(), Limits(60)):
        raise AssertionError("never reached")
    assert [driver.running for driver in fake.made] == [False, False]


def test_what_cannot_be_had_from_a_revision_is_absent(fake: type[FakeDriver]) -> None:
    fake.broken = "b"
    with workers(entries("a", "b", tree=SimpleNamespace()), Scenario(), Limits(60)) as ready:
        status = [driver.result and driver.result.status for driver in ready.drivers]
        assert status == [None, "absent"]
        assert ready.drivers[1].result.reason == "no b"


def test_workers_whose_times_are_not_compared_have_the_cores_in_turn(
    fake: type[FakeDriver], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sets_module, "CORES", [2, 5])
    with workers(entries("a", "b", "c"), Scenario(), Limits(60), apart=True) as ready:
        assert ready.core is None
        assert [driver.core for driver in fake.made] == [5, 2, 5]


def stoppable(*names: str) -> list[Any]:
    """Drivers whose workers have ended once they were stopped."""
    ended = {name: threading.Event() for name in names}
    return [
        SimpleNamespace(name=name, ended=event, stop=event.set) for name, event in ended.items()
    ]


def test_work_is_done_on_all_cores_at_once_and_told_in_one_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sets_module, "CORES", [2, 5])
    both, told = threading.Barrier(2), []

    def work(driver: Any, advance: Callable[[float], None]) -> None:
        both.wait(30)  # or it breaks
        advance(2)
        advance(1)

    def advance(amount: float, now: str = "") -> None:
        told.append((threading.current_thread(), now, amount))

    on_all_cores(work, stoppable("a", "b", "c", "d"), advance)
    here = threading.current_thread()
    assert sorted(told, key=str) == sorted(
        ((here, name, amount) for name in "abcd" for amount in (1, 2)), key=str
    )


def test_no_more_is_done_at_once_than_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sets_module, "CORES", [2, 5])
    seen, alone = [], threading.Lock()

    def work(driver: Any, advance: Callable[[float], None]) -> None:
        assert alone.acquire(blocking=False)
        time.sleep(0.01)
        alone.release()
        seen.append(driver.name)

    on_all_cores(work, stoppable(*"abcdef"), at_once=1)
    assert sorted(seen) == list("abcdef")


def test_what_ends_the_work_with_one_worker_ends_all_of_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sets_module, "CORES", [2, 5])
    drivers, begun = stoppable("a", "b", "c"), []

    def work(driver: Any, advance: Callable[[float], None]) -> None:
        begun.append(driver.name)
        if driver.name == "a":
            raise KeyboardInterrupt
        assert driver.ended.wait(30)  # as one that waits for the answer of its worker

    with pytest.raises(KeyboardInterrupt):
        on_all_cores(work, drivers, lambda amount, now="": None)
    assert all(driver.ended.is_set() for driver in drivers)


@pytest.mark.skipif(not LINUX, reason="only Linux pins processes to cores")
def test_workers_and_their_parent_run_on_the_core_of_the_set(
    few_reviews: Reviews, tmp_path: Path
) -> None:
    shared = write_reviews(few_reviews.presence(), tmp_path)
    before = os.sched_getaffinity(0)
    with workers(
        [Entry("add-reduce", "add-reduce", shared)], Scenario(), Limits(60), number=3
    ) as ready:
        assert ready.core == sorted(before)[-3 % len(before)]
        seen = ready.drivers[0].process.clock.process
        assert seen is not None
        assert os.sched_getaffinity(seen.number) == {ready.core}
        assert os.sched_getaffinity(0) == before
        with pinned(ready.core):
            assert os.sched_getaffinity(0) == {ready.core}
        assert os.sched_getaffinity(0) == before


@pytest.mark.skipif(not LINUX, reason="only Linux pins processes to cores")
def test_a_pinned_process_gets_its_cores_back_whatever_happens() -> None:
    before = os.sched_getaffinity(0)
    for core in before:
        with suppress(KeyboardInterrupt), pinned(core):
            assert os.sched_getaffinity(0) == {core}
            raise KeyboardInterrupt
        assert os.sched_getaffinity(0) == before


def test_where_nothing_is_pinned_nothing_happens() -> None:
    with pytest.raises(ValueError, match="told"), pinned(None):
        raise ValueError("told")


def running(process: int) -> bool:
    """Whether a process is there and not just waiting to be asked how it ended."""
    with suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def burnt(process: int) -> int:
    """The CPU time that a process has used, in ticks of 10 ms."""
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11])


def hogs_of(parent: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{parent}/task").glob("*/children"):
        for child in task.read_text().split():
            with suppress(OSError):
                if b"getppid" in Path(f"/proc/{child}/cmdline").read_bytes():
                    found.append(int(child))
    return found


def soon(what: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 30
    while not what() and time.monotonic() < deadline:
        time.sleep(0.02)
    return what()


@pytest.mark.skipif(not LINUX, reason="reads /proc")
def test_hogs_keep_cores_busy_and_end_with_the_block() -> None:
    with suppress(KeyboardInterrupt), hogs(2):
        assert soon(lambda: len(hogs_of(os.getpid())) == 2)
        own = hogs_of(os.getpid())
        assert soon(lambda: all(burnt(hog) > 5 for hog in own))
        raise KeyboardInterrupt
    assert not any(running(hog) for hog in own)


@pytest.mark.skipif(not LINUX, reason="reads /proc")
def test_hogs_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    code = "import time, skipzeros.bench.commands.selftest as s\nwith s.hogs(2): time.sleep(60)"
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path)
    own: list[int] = []
    try:
        assert soon(lambda: len(hogs_of(parent.pid)) == 2)
        own = hogs_of(parent.pid)
        parent.kill()
        parent.wait()
        assert soon(lambda: not any(running(hog) for hog in own))
    finally:
        parent.kill()
        parent.wait()
        for hog in own:
            if running(hog):
                os.kill(hog, signal.SIGKILL)


def test_a_hog_whose_parent_has_gone_before_it_began_ends_at_once() -> None:
    # It looks for another parent than the one it has.
    command = [sys.executable, "-I", "-S", "-c", HOG, str(os.getppid())]
    assert subprocess.run(command, timeout=30).returncode == 0
