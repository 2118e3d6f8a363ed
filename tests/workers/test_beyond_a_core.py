"""Networks that declare threads or compute on a device: how they are started, timed and watched.

There is no GPU here: the device of these tests is a thread that works after train has returned.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from experiments import experiment

from skipzeros import Reviews
from skipzeros.bench.commands.check import check
from skipzeros.bench.commands.run import Run, run
from skipzeros.bench.networks.scenario import Scenario
from skipzeros.bench.outcomes import BadInput, Status, exit_code
from skipzeros.bench.show.run import run_markdown, threads_and_devices
from skipzeros.bench.timing.ratios import clock_of
from skipzeros.bench.timing.rounds import Plan
from skipzeros.bench.workers import worker_sets

NETWORKS = """
import os, threading
import numpy as np
from concurrent.futures import ThreadPoolExecutor
from skipzeros import Device
from skipzeros.impls.add_reduce import AddReduce

pool, numbers = ThreadPoolExecutor(1), np.zeros(20_000)

def work(reviews):
    for _ in range(2 * reviews):
        np.add(numbers, numbers, out=numbers)

class Threads(AddReduce):
    '''A helper thread works beside the calling one, and without the lock of Python.'''
    threads = 8

    def train(self, prepared):
        given = os.environ["OMP_NUM_THREADS"], os.environ["NUMBA_NUM_THREADS"]
        assert given == (str(WANTED), str(WANTED)), given
        if hasattr(os, "sched_getaffinity"):
            assert len(os.sched_getaffinity(0)) == WANTED
        if WANTED == 1:
            return super().train(prepared)
        helper = pool.submit(work, len(prepared))
        outputs = super().train(prepared)
        helper.result()
        return outputs

class Undeclared(Threads):
    threads = None

    def train(self, prepared):
        helper = pool.submit(work, len(prepared))
        outputs = AddReduce.train(self, prepared)
        helper.result()
        return outputs

class OnDevice(AddReduce):
    '''Its weights arrive some time after train has returned.'''
    device = "fake"

    def __init__(self, *arguments, **named):
        self._pending = None
        super().__init__(*arguments, **named)

    @classmethod
    def about_device(cls):
        return Device("Pretended 1", FREE)

    def train(self, prepared):
        self.synchronize()
        outputs = super().train(prepared)
        # A tenth of a millisecond for each review, on the device.
        self._pending = threading.Timer(1e-4 * len(prepared), lambda: None)
        self._pending.start()
        return outputs

    def synchronize(self):
        if self._pending is not None:
            self._pending.join()
            self._pending = None

    def reset(self, *weights):
        self.synchronize()
        super().reset(*weights)

    def rows(self, words):
        OnDevice.synchronize(self)
        return super().rows(words)

    @property
    def weights_1_2(self):
        OnDevice.synchronize(self)
        return self._weights_1_2

    @weights_1_2.setter
    def weights_1_2(self, weights):
        self._weights_1_2 = weights

    @property
    def weights_0_1(self):
        OnDevice.synchronize(self)
        return self._weights_0_1

    @weights_0_1.setter
    def weights_0_1(self, weights):
        self._weights_0_1 = weights

class WaitsForNothing(OnDevice):
    '''Its synchronize comes back before the device has finished.'''
    def synchronize(self):
        pass
"""


MANY = Reviews.from_lists([[0, 1, 2]] * 600, [0, 1] * 300, 10)


def written(folder: Path, wanted: int = 1, free: int = 1 << 40) -> str:
    path = folder / "beyond.py"
    path.write_text(f"WANTED, FREE = {wanted}, {free}\n{NETWORKS}")
    return str(path)


def timed(
    network: str, reviews: Reviews, folder: Path, scenario: Scenario, rounds: int = 9
) -> tuple[Run, pd.DataFrame]:
    """A run of one network beside a plain one, and its passes."""
    networks = [("mine", network), ("plain", "add-reduce")]
    here = experiment(networks, reviews, baseline="plain", out=folder / "out", scenario=scenario)
    found = run(here, Plan(rounds=rounds))
    assert found.rows[1].status == "certified"
    return found, pd.read_csv(folder / "out" / "passes.csv")


@pytest.mark.usefixtures("several_cores")
def test_declared_threads_have_their_cores_and_are_timed_by_wall_time(
    few_reviews: Reviews, tmp_path: Path
) -> None:
    network = f"{written(tmp_path, 2)}:Threads"
    found, passes = timed(network, MANY, tmp_path, Scenario(threads=2))
    mine, plain = found.rows
    assert (mine.status, mine.reason, mine.clock, mine.threads_used) == ("certified", "", "wall", 2)
    assert (plain.clock, plain.threads_used, plain.threads) == ("cpu", 1, 2)
    own = passes[passes["network"] == "mine"]
    assert set(own["threads_used"]) == {2}
    # CPU time is that of the helper too.
    assert (own["cpu_seconds"] >= 0.999 * own["process_seconds"]).all()
    assert (own["wall_seconds"] >= own["cpu_seconds"] / 2 * 0.999).all()
    assert "mine (2 threads)" in run_markdown(found.rows, "plain")
    (line,) = threads_and_devices(found)
    assert line.startswith("mine: 2 threads took ")


def test_one_that_may_have_but_one_thread_is_like_any(few_reviews: Reviews, tmp_path: Path) -> None:
    network = f"{written(tmp_path, 1)}:Threads"
    found, _ = timed(network, few_reviews, tmp_path, Scenario())
    mine, _ = found.rows
    assert (mine.status, mine.reason, mine.clock, mine.threads_used) == ("certified", "", "cpu", 1)


@pytest.mark.usefixtures("several_cores")
def test_threads_that_are_not_declared_are_a_fault_whatever_is_allowed(
    few_reviews: Reviews, tmp_path: Path
) -> None:
    network = f"{written(tmp_path, 2)}:Undeclared"
    found, _ = timed(network, MANY, tmp_path, Scenario(threads=2))
    assert found.rows[0].status == "failed"
    assert "it uses threads" in found.rows[0].reason
    assert "class attribute threads" in found.rows[0].reason
    (line,) = threads_and_devices(found)
    assert line == "No certified network here declares threads: all had 1 of 2."


def test_no_more_threads_than_cores(few_reviews: Reviews, tmp_path: Path) -> None:
    scenario = Scenario(threads=worker_sets.MOST_THREADS + 1)
    here = experiment([("a", "add-reduce")], few_reviews, out=tmp_path / "out", scenario=scenario)
    with pytest.raises(BadInput, match=f"there are {worker_sets.MOST_THREADS} cores here"):
        run(here, Plan(rounds=1))


def test_a_device_is_waited_for_under_the_clock(few_reviews: Reviews, tmp_path: Path) -> None:
    network = f"{written(tmp_path)}:OnDevice"
    found, passes = timed(network, few_reviews, tmp_path, Scenario(device="fake"))
    mine, plain = found.rows
    assert (mine.status, mine.reason, mine.clock) == ("certified", "", "wall")
    assert (mine.device_used, plain.device_used) == ("fake: Pretended 1", "cpu")
    assert mine.device == plain.device == "fake"
    own = passes[passes["network"] == "mine"]
    assert (own["wall_seconds"] >= 1e-4 * len(few_reviews)).all()
    assert (own["cpu_seconds"] >= 1e-4 * len(few_reviews)).all()
    assert "mine (fake)" in run_markdown(found.rows, "plain")
    assert threads_and_devices(found) == ["mine computes on fake: Pretended 1."]


def test_one_that_does_not_wait_for_its_device_is_refused(
    few_reviews: Reviews, tmp_path: Path
) -> None:
    network = f"{written(tmp_path)}:WaitsForNothing"
    found, _ = timed(network, MANY, tmp_path, Scenario(device="fake"), rounds=12)
    assert found.rows[0].status == "refused"
    assert "until somebody reads them" in found.rows[0].reason or "leaves work" in (
        found.rows[0].reason
    )


@pytest.mark.parametrize(
    ("device", "free", "reason"),
    [
        ("cpu", 1 << 40, "computes on fake, which was not asked for (device)"),
        ("other", 1 << 40, "computes on fake, which was not asked for (device)"),
        ("fake", 1000, "fake: Pretended 1 has 1 kB free"),
    ],
)
def test_one_whose_device_cannot_be_had_takes_no_part(
    device: str, free: int, reason: str, few_reviews: Reviews, tmp_path: Path
) -> None:
    network = f"{written(tmp_path, free=free)}:OnDevice"
    found, _ = timed(network, few_reviews, tmp_path, Scenario(device=device), rounds=1)
    assert found.rows[0].status == "not applicable"
    assert reason in found.rows[0].reason


@pytest.mark.parametrize(
    ("attributes", "reason"),
    [
        ("threads = -1", "threads = -1 must be None or a whole number from 1"),
        ("threads = 0", "threads = 0 must be"),
        ("threads = True", "threads = True must be"),
        ("threads = 2.0", "threads = 2.0 must be"),
        ("threads = '2'", "threads = '2' must be"),
        ("device = ''", "device = '' must be a name"),
        ("device = 7", "device = 7 must be a name"),
        ("device = 'fake'", "a class with device = 'fake' must have about_device"),
        ("device = 'fake'; about_device = lambda: 42; synchronize = print", "not 42"),
        ("device = 'fake'; about_device = lambda: 1 / 0; synchronize = print", "ZeroDivisionError"),
    ],
)
def test_a_class_that_says_nonsense_of_itself_is_failed(
    attributes: str, reason: str, few_reviews: Reviews, tmp_path: Path
) -> None:
    (tmp_path / "odd.py").write_text(
        "from skipzeros.impls.add_reduce import AddReduce\n"
        f"class Odd(AddReduce):\n    {attributes}\n"
    )
    here = experiment([("odd", f"{tmp_path / 'odd.py'}:Odd")], few_reviews, out=tmp_path / "out")
    (result,) = check(here)
    assert result.status == "failed"
    assert reason in result.reason
    assert exit_code([result.status]) == 6


def test_a_number_of_numpy_is_a_number_of_threads(few_reviews: Reviews, tmp_path: Path) -> None:
    (tmp_path / "odd.py").write_text(
        "import numpy as np\nfrom skipzeros.impls.add_reduce import AddReduce\n"
        "class Odd(AddReduce):\n    threads = np.int64(2)\n"
    )
    here = experiment([("odd", f"{tmp_path / 'odd.py'}:Odd")], few_reviews, out=tmp_path / "out")
    assert [result.status for result in check(here)] == ["certified"]


def test_what_nobody_knows_is_no_success() -> None:
    assert exit_code([Status.UNKNOWN, Status.CERTIFIED]) == 6


LIAR = """
import time
from skipzeros.impls.add_reduce import AddReduce

class Liar(AddReduce):
    threads = 2

    def train(self, prepared):
        real = time.perf_counter_ns
        begun = real()
        outputs = super().train(prepared)
        # Its own clock says that nothing took any time.
        time.perf_counter_ns = lambda: begun
        return outputs
"""


@pytest.mark.usefixtures("several_cores")
def test_a_clock_that_is_turned_back_gains_nothing(few_reviews: Reviews, tmp_path: Path) -> None:
    (tmp_path / "liar.py").write_text(LIAR)
    found, passes = timed(f"{tmp_path / 'liar.py'}:Liar", MANY, tmp_path, Scenario(threads=2))
    own = passes[passes["network"] == "mine"]
    # Its work is that of one thread: wall time can't be less than CPU time.
    assert found.rows[0].status != "certified" or (
        (own["wall_seconds"] / own["cpu_seconds"]).median() > 0.8
    )


def test_a_device_has_a_name() -> None:
    with pytest.raises(BadInput, match="device='a b'"):
        Scenario(device="a b")


def test_older_records_know_of_no_device() -> None:
    passes = pd.DataFrame({"network": ["a"], "cpu_seconds": [1.0], "wall_seconds": [1.0],
                           "waits": [0]})  # fmt: skip
    assert clock_of(passes, "a") == "cpu"
    passes["device_used"] = "cuda: Any"
    assert clock_of(passes, "a") == "wall"
