"""Bad plug-ins never take the run down: each is a row with one line of reason."""

from __future__ import annotations

import contextlib
import errno
import math
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from unittest.mock import Mock

import pandas as pd
import pytest
from experiments import experiment

from skipzeros import Reviews
from skipzeros.bench.commands.check import check
from skipzeros.bench.commands.run import run
from skipzeros.bench.equality.result import Result
from skipzeros.bench.networks.registry import NamedNetwork
from skipzeros.bench.networks.scenario import Scenario
from skipzeros.bench.outcomes import BadInput, Failed
from skipzeros.bench.timing.reading import timed_call
from skipzeros.bench.timing.rounds import Plan
from skipzeros.bench.workers import linux_process, process
from skipzeros.bench.workers import messages as ask
from skipzeros.bench.workers.driver import Driver
from skipzeros.bench.workers.limits import Limits
from skipzeros.bench.workers.remote import memory_of
from skipzeros.bench.workers.shared_reviews import write_reviews
from skipzeros.bench.workers.worker_sets import entries_for, workers
from skipzeros.impls.network import Network

BAD = """
import contextlib, gc, os, signal, sys, time
from itertools import count
from pathlib import Path
import numpy as np
from skipzeros.impls.add_reduce import AddReduce

class Crashes(AddReduce):
    def train(self, prepared):
        os.kill(os.getpid(), signal.SIGSEGV)

class CrashesUnderTheClock(AddReduce):
    warm, rounds = False, 0
    def train(self, prepared):
        # Before each timed pass is an untimed one, with the garbage collector on.
        if len(prepared) == 40 and gc.isenabled():
            type(self).rounds += self.warm
        type(self).warm |= not gc.isenabled()
        if self.rounds == 3 and not gc.isenabled():
            os.kill(os.getpid(), signal.SIGSEGV)
        return super().train(prepared)

class OutOfTime(AddReduce):
    def train(self, prepared):
        os.kill(os.getpid(), signal.SIGXCPU)

class EndsUnnamed(AddReduce):
    def train(self, prepared):
        os.kill(os.getpid(), 40)

class Quits(AddReduce):
    def prepare(self, reviews):
        os._exit(7)

class Hangs(AddReduce):
    def train(self, prepared):
        Path(__file__).with_suffix(".hangs").touch()
        while True:
            time.sleep(0.01)

class Prints(AddReduce):
    def train(self, prepared):
        print('{"progress": "no answer of ours"}', flush=True)
        os.write(1, b"nor this\\n")
        return super().train(prepared)

class Wipes(AddReduce):
    def prepare(self, reviews):
        with contextlib.suppress(OSError):
            os.ftruncate(2, 0)
        return super().prepare(reviews)

class Greedy(AddReduce):
    def prepare(self, reviews):
        self.much = np.ones(400_000_000)
        return super().prepare(reviews)

class WrongShape(AddReduce):
    def rows(self, words):
        return self.weights_0_1[words].T

class CannotPrepare(AddReduce):
    def prepare(self, reviews):
        return reviews.nothing

class Text(AddReduce):
    def train(self, prepared):
        return np.array(["much"] * len(prepared))
"""

# Its process dies when it is imported, but for the first time.
DIES = """
import os, signal, tempfile
from itertools import count
from pathlib import Path
from skipzeros.impls.add_reduce import AddReduce

try:
    # All processes of a network have the same folder for temporary files.
    Path(tempfile.gettempdir(), "was").touch(exist_ok=False)
except FileExistsError:
    os.kill(os.getpid(), signal.SIGKILL)

class Dies(AddReduce):
    pass
"""


@pytest.fixture
def bad(tmp_path: Path) -> str:
    (tmp_path / "bad.py").write_text(BAD)
    return str(tmp_path / "bad.py")


def result_of(
    network: str, reviews: Reviews, folder: Path, timeout: float = 60, memory: int | None = None
) -> Result:
    """The result of one network, examined beside a sound one that must stay certified."""
    networks = [("bad", network), ("sound", "sum-loop")]
    entries = entries_for([NamedNetwork(*named) for named in networks], reviews.presence(), folder)
    limits = Limits(timeout, sandbox=False, memory_bytes=memory)  # some write a file
    with workers(entries, Scenario(), limits) as started:
        for driver in started.drivers:
            driver.certify(None, 1, lambda reviews: None)
    bad, sound = (driver.result for driver in started.drivers)
    assert sound.status == "certified"
    return bad


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Crashes", "its process was killed by SIGSEGV"),
        ("EndsUnnamed", "its process was killed by signal 40"),
        (
            "OutOfTime",
            "its process was killed by SIGXCPU: raise the limit of CPU time (ulimit -t)",
        ),
        ("Quits", "its process ended with exit code 7"),
        ("Hangs", "no answer within 2 seconds; a longer timeout allows more"),
    ],
)
def test_one_that_ends_its_process_or_never_answers_is_failed(
    name: str, reason: str, bad: str, few_reviews: Reviews, tmp_path: Path
) -> None:
    timeout = 2 if name == "Hangs" else 60
    result = result_of(f"{bad}:{name}", few_reviews, tmp_path, timeout)
    assert (result.status, result.reason) == ("failed", reason)


def test_one_that_takes_too_much_memory_is_failed(
    bad: str, few_reviews: Reviews, tmp_path: Path
) -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux counts a process's allocations against a limit")
    result = result_of(f"{bad}:Greedy", few_reviews, tmp_path, memory=2 * 1024**3)
    assert result.status == "failed"
    assert "MemoryError" in result.reason


def test_what_a_network_prints_is_no_answer(
    bad: str, few_reviews: Reviews, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert result_of(f"{bad}:Prints", few_reviews, tmp_path).status == "certified"
    assert "nor this" in capfd.readouterr().err


def test_one_that_cannot_prepare_says_so(bad: str, few_reviews: Reviews, tmp_path: Path) -> None:
    result = result_of(f"{bad}:CannotPrepare", few_reviews, tmp_path)
    assert result.status == "failed"
    assert result.reason.startswith("preparing crafted review 0 (empty) raised AttributeError:")


def test_a_network_cannot_wipe_what_was_printed_before(
    bad: str, few_reviews: Reviews, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    print("a verdict", file=sys.stderr)
    assert result_of(f"{bad}:Wipes", few_reviews, tmp_path).status == "certified"
    assert "a verdict" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("name", "reason"),
    [("WrongShape", "rows of "), ("Text", "output is <U4, expected an array of floating numbers")],
)
def test_wrong_shapes_and_dtypes_are_incorrect(
    name: str, reason: str, bad: str, few_reviews: Reviews, tmp_path: Path
) -> None:
    result = result_of(f"{bad}:{name}", few_reviews, tmp_path)
    assert result.status == "incorrect"
    assert reason in result.reason


def timed_beside_a_sound_one(network: str, reviews: Reviews, folder: Path) -> tuple[str, str, int]:
    """Status, reason and number of passes of a network; the sound one has all 12 that it should."""
    networks = [("bad", network), ("sound", "sum-loop")]
    here = experiment(networks, reviews, baseline="sound", out=folder / "out")
    found = run(here, Plan(rounds=12))
    assert [row.rank for row in found.rows] == [None, 1]
    assert math.isnan(found.rows[0].ratio)
    assert found.rows[1].ratio == 1
    assert found.rounds == 12
    passes = pd.read_csv(folder / "out" / "passes.csv")["network"].value_counts()
    assert passes["sound"] == 12
    bad, _ = found.results
    return bad.status, bad.reason, passes.get("bad", 0)


def test_a_crash_under_the_clock_leaves_the_other_passes(
    bad: str, few_reviews: Reviews, tmp_path: Path
) -> None:
    status, reason, passes = timed_beside_a_sound_one(
        f"{bad}:CrashesUnderTheClock", few_reviews, tmp_path
    )
    assert (status, reason) == ("failed", "its process was killed by SIGSEGV")
    assert 0 < passes < 12


def test_one_that_dies_when_it_starts_anew_leaves_the_other_passes(
    few_reviews: Reviews, tmp_path: Path
) -> None:
    (tmp_path / "dies.py").write_text(DIES)
    network = f"{tmp_path / 'dies.py'}:Dies"
    found = timed_beside_a_sound_one(network, few_reviews, tmp_path)
    assert found == ("failed", "its process was killed by SIGKILL", 0)


def test_one_that_the_system_ends_because_memory_is_short_has_that_reason(
    few_reviews: Reviews, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("skipzeros.bench.workers.process.killed_for_memory", count().__next__)
    monkeypatch.setattr("skipzeros.bench.workers.process.memory_limit", lambda: 512_000_000)
    (tmp_path / "dies.py").write_text(DIES)
    network = f"{tmp_path / 'dies.py'}:Dies"
    _, reason, _ = timed_beside_a_sound_one(network, few_reviews, tmp_path)
    assert reason == (
        "its process was killed by SIGKILL: memory was short, 0.512 GB in this control group; "
        "allow more, or name fewer networks"
    )


def test_a_class_that_is_not_there_is_bad_input(bad: str, few_reviews: Reviews) -> None:
    with pytest.raises(BadInput, match=r"bad\.py defines no Absent"):
        check(experiment([("bad", f"{bad}:Absent")], few_reviews))


def alive(number: int) -> bool:
    """Whether a worker has not ended; what is left of one that has is no command line."""
    with contextlib.suppress(OSError):
        return b"skipzeros.bench.workers" in Path(f"/proc/{number}/cmdline").read_bytes()
    return False


def children(number: int) -> list[int]:
    """The processes that one has started, or that were left to it."""
    return [*map(int, Path(f"/proc/{number}/task/{number}/children").read_text().split())]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
def test_no_worker_outlives_a_parent_that_is_killed(bad: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "skipzeros", "check", "--network", f"{bad}:Hangs"]
    deadline = time.monotonic() + 60
    with subprocess.Popen(
        [*command, "--reviews", "100", "--no-sandbox"], cwd=tmp_path, stdout=subprocess.DEVNULL
    ) as parent:
        while not (tmp_path / "bad.hangs").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        keepers = [child for child in children(parent.pid) if alive(child)]
        own = [*keepers, *(child for keeper in keepers for child in children(keeper))]
        parent.kill()
    assert len(own) >= 2
    while any(map(alive, own)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(alive, own))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the children of a process")
def test_ctrl_c_of_the_terminal_reaches_no_worker(few_reviews: Reviews, tmp_path: Path) -> None:
    entries = entries_for([NamedNetwork("a", "add-reduce")], few_reviews.presence(), tmp_path)
    before = children(os.getpid())
    driver = Driver(entries[0], Scenario(), Limits(60), cores=(), hash_seed=1)
    try:
        (own,) = {*children(os.getpid())}.difference(before)
        assert os.getsid(own) == own != os.getsid(0)
    finally:
        driver.stop()


def test_workers_are_gone_when_the_run_is(bad: str, few_reviews: Reviews, tmp_path: Path) -> None:
    networks = [("a", "add-reduce"), ("b", f"{bad}:Prints")]
    entries = entries_for(
        [NamedNetwork(*named) for named in networks], few_reviews.presence(), tmp_path
    )
    with workers(entries, Scenario(), Limits(60)) as started:
        processes = [driver.process for driver in started.drivers]
        assert all(one.running for one in processes)
    assert not any(one.running for one in processes)


HELPED = """
import ctypes, math, os, signal, threading, time
from itertools import count
from pathlib import Path
from skipzeros.impls.add_reduce import AddReduce

def helper(cut_loose):
    child = os.fork()
    if child and cut_loose:
        return os.waitpid(child, 0)
    if cut_loose:
        child = os.fork()
    if not child:
        time.sleep(60)
        os._exit(0)
    # By who starts it: a helper may be ended before its own first line.
    Path(__file__).with_name(f"{child}.helper").touch()
    if cut_loose:
        os._exit(0)

class CutLoose(AddReduce):
    @classmethod
    def unavailable(cls):
        helper(True)

class OfAThread(AddReduce):
    @classmethod
    def unavailable(cls):
        stays = threading.Event()
        threading.Thread(target=lambda: (helper(False), stays.wait()), daemon=True).start()

class Ended(AddReduce):
    @classmethod
    def unavailable(cls):
        if not os.fork():
            os._exit(0)

class GivesWay(AddReduce):
    @classmethod
    def unavailable(cls):
        os.nice(1)

class OtherThreadStays(AddReduce):
    @classmethod
    def unavailable(cls):
        if not os.fork():
            threading.Thread(target=time.sleep, args=(60,)).start()
            Path(__file__).with_name(f"{os.getpid()}.helper").touch()
            ctypes.CDLL(None).pthread_exit(None)

class OddlyNamed(AddReduce):
    @classmethod
    def unavailable(cls):
        if not os.fork():
            ctypes.CDLL(None).prctl(15, b"\\xff\\xfe)")
            Path(__file__).with_name(f"{os.getpid()}.helper").touch()
            time.sleep(60)
            os._exit(0)

class EndsFirst(AddReduce):
    def train(self, prepared):
        helper(True)
        os._exit(7)

class StopsItsKeeper(AddReduce):
    def train(self, prepared):
        helper(True)
        os.kill(os.getppid(), signal.SIGSTOP)
        os._exit(7)

class Restless(AddReduce):
    ended = math.inf

    @classmethod
    def unavailable(cls):
        threading.Thread(target=cls.work, daemon=True).start()

    @classmethod
    def work(cls):
        while True:
            # Only where it is clear that the other networks have their turn.
            while time.monotonic() < cls.ended + 0.2:
                time.sleep(0.01)

    def train(self, prepared):
        type(self).ended = math.inf
        try:
            return super().train(prepared)
        finally:
            type(self).ended = time.monotonic()
"""


@pytest.mark.clock
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the children of a process")
@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("CutLoose", "refused"), ("OfAThread", "refused"), ("OtherThreadStays", "refused"),
        ("OddlyNamed", "refused"), ("Ended", "certified"),
    ],
)  # fmt: skip
def test_a_process_that_may_work_for_a_network_is_seen_wherever_it_hangs(
    name: str, status: str, few_reviews: Reviews, tmp_path: Path
) -> None:
    (tmp_path / "helped.py").write_text(HELPED)
    network = f"{tmp_path / 'helped.py'}:{name}"
    reviews = few_reviews.presence()
    here = experiment([(name, network)], reviews, out=tmp_path / "out", sandbox=False)
    (result,) = run(here, Plan(rounds=3)).results
    assert result.status == status
    if status == "refused":
        assert result.reason == (
            "a process that it started still ran during a pass, and what for can't be seen: end "
            "it before train is called"
        )
        assert none_left(tmp_path)


def none_left(folder: Path) -> bool:
    """Whether there were helpers, and all have ended."""
    helpers = [int(path.stem) for path in folder.glob("*.helper")]
    assert helpers
    return not any(map(alive, helpers))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the children of a process")
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("EndsFirst", "its process ended with exit code 7"),
        # What it started keeps the pipe open.
        ("StopsItsKeeper", "no answer within 5 seconds; a longer timeout allows more"),
    ],
)
def test_what_a_network_started_does_not_outlive_it(
    name: str,
    reason: str,
    few_reviews: Reviews,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(process, "DYING_SECONDS", 1.0)
    (tmp_path / "helped.py").write_text(HELPED)
    timeout = 5 if name == "StopsItsKeeper" else 60
    result = result_of(f"{tmp_path / 'helped.py'}:{name}", few_reviews, tmp_path, timeout)
    assert (result.status, result.reason) == ("failed", reason)
    assert none_left(tmp_path)


@pytest.mark.clock
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the time of a process")
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Restless", "ms while nothing was asked of it"),
        ("GivesWay", "the priority of its process was changed"),
    ],
)
def test_a_process_that_works_unasked_or_gives_way_is_refused(
    name: str, reason: str, few_reviews: Reviews, tmp_path: Path
) -> None:
    (tmp_path / "helped.py").write_text(HELPED)
    networks = [("bad", f"{tmp_path / 'helped.py'}:{name}"), ("sound", "sum-loop")]
    here = experiment(networks, few_reviews.presence(), baseline="sound", out=tmp_path / "out")
    bad, sound = run(here, Plan(rounds=3)).results
    assert sound.status == "certified"
    assert bad.status == "refused"
    assert reason in bad.reason


def answering(
    answer: ask.Message, reviews: Reviews, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Network]:
    """A network in a worker that gives this answer from now on."""
    scenario = Scenario()
    entries = entries_for([NamedNetwork("a", "add-reduce")], reviews.presence(), folder)
    with workers(entries, scenario, Limits(60)) as started:
        (driver,) = started.drivers
        with driver.answering():
            weights = scenario.first_weights(reviews.vocabulary_size)
            built = scenario.build(driver.network, *weights)
            monkeypatch.setattr(driver.process, "ask", lambda *_: answer)
            yield built


@pytest.mark.parametrize(
    "answer",
    [
        ask.Timed(1e7, 1.0, 1.0, 0, None, ""),
        ask.Timed(1.0, float("nan"), 1.0, 0, None, ""),
        ask.Timed(1.0, 1.0, -1.5, 0, None, ""),
        ask.Timed(1.0, 1.0, 1.0, 1 << 53, None, ""),
    ],
)
def test_times_that_nothing_can_take_are_no_answer(
    answer: ask.Timed, few_reviews: Reviews, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for network in answering(answer, few_reviews, tmp_path, monkeypatch):
        with pytest.raises(Failed, match="it wrote what is no answer to the harness"):
            timed_call(network, "train", few_reviews)


def test_no_time_is_told_as_nearly_none(
    few_reviews: Reviews, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = ask.Timed(0.0, 5e-324, 0.0, 0, None, "")
    for network in answering(told, few_reviews, tmp_path, monkeypatch):
        assert timed_call(network, "train", few_reviews)[:2] == (1e-9, 1e-9)


@pytest.mark.parametrize("held", [10**400, -1])
def test_memory_that_no_machine_has_is_no_answer(
    held: int, few_reviews: Reviews, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for network in answering(ask.Held(held), few_reviews, tmp_path, monkeypatch):
        with pytest.raises(Failed, match="it wrote what is no answer to the harness"):
            memory_of(type(network), Scenario(), resident=False)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a keeper that forks")
def test_a_worker_that_may_not_be_started_says_why(
    few_reviews: Reviews, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    # What each Python runs when it begins.
    (tmp_path / "sitecustomize.py").write_text(
        "import errno, os\n"
        "def fork(): raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))\n"
        "os.fork = fork\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    entries = entries_for([NamedNetwork("a", "csr")], few_reviews.presence(), tmp_path)
    with workers(entries, Scenario(), Limits(60)) as started:
        result = started.drivers[0].result
    assert result.status == "failed"
    assert result.reason.startswith(
        "its process ended with exit code 1: Resource temporarily unavailable; end other processes"
    )
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the time of a process")
def test_a_worker_that_may_not_be_watched_says_why(
    few_reviews: Reviews, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = OSError(errno.EMFILE, os.strerror(errno.EMFILE))
    monkeypatch.setattr(linux_process.os, "open", Mock(side_effect=full))
    entries = entries_for([NamedNetwork("a", "csr")], few_reviews.presence(), tmp_path)
    with workers(entries, Scenario(), Limits(60)) as started:
        result = started.drivers[0].result
        monkeypatch.undo()
    assert (result.status, result.reason[:24]) == ("failed", "Too many open files; rai")


def test_reviews_that_there_is_no_room_for_say_so(few_reviews: Reviews, tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200, before[1]))
    try:
        with pytest.raises(OSError, match="File too large") as told:
            write_reviews(few_reviews, tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert told.value.filename == str(tmp_path / "indptr.npy")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("self.weights_0_1[words].sum(axis=0)", "sum_rows returned None, expected (10,)"),
        ("return 1.0", "sum_rows returned an array of shape (), expected (10,)"),
        ("raise ValueError('no')", "ValueError: no (sums.py:4)"),
    ],
)
def test_a_sum_that_is_none_is_told(
    body: str, told: str, few_reviews: Reviews, tmp_path: Path
) -> None:
    (tmp_path / "sums.py").write_text(
        "from skipzeros import OnlineNetwork\nclass Mine(OnlineNetwork):\n"
        f"    def sum_rows(self, words, counts):\n        {body}\n"
        "    def update_rows(self, words, counts, step):\n        pass\n"
    )
    (result,) = check(experiment([("mine", f"{tmp_path / 'sums.py'}:Mine")], few_reviews))
    assert result.status == "failed"
    assert result.reason.endswith(told)
