"""Segments of a pass in processes of this machine, which may be killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from experiments import experiment

from skipzeros import Reviews
from skipzeros.bench.commands import check as command
from skipzeros.bench.commands.check import check
from skipzeros.bench.equality.segments import segments_of
from skipzeros.bench.networks.scenario import Scenario
from skipzeros.bench.outcomes import BadInput
from skipzeros.bench.show.check import notes
from skipzeros.bench.workers.entry import Entry
from skipzeros.bench.workers.judges import LocalJudges
from skipzeros.bench.workers.limits import Limits
from skipzeros.bench.workers.shared_reviews import write_reviews
from skipzeros.bench.workers.temporary_folder import temporary_folder

WORDS, STEPS = 60, 1030  # three segments
NETWORKS = """
import contextlib, os, signal, time
import numpy as np
from skipzeros.impls.add_reduce import AddReduce

class Wrong(AddReduce):
    def sum_rows(self, words, counts):
        wrong = 59 in words and len(self.weights_0_1) == 60
        return super().sum_rows(words, counts) + 1e-6 * wrong

class BuiltAnew(AddReduce):
    def __init__(self, weights_0_1, *rest, **more):
        super().__init__(weights_0_1, *rest, **more)
        self.anew = len(weights_0_1) == 60 and weights_0_1.any()

class DiesBuiltAnew(BuiltAnew):
    def train(self, prepared):
        if self.anew:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().train(prepared)

class SleepsBuiltAnew(BuiltAnew):
    def train(self, prepared):
        if self.anew:
            with contextlib.suppress(KeyError):
                open(os.environ["SKIPZEROS_ASLEEP"], "w").close()
            time.sleep(600)
        return super().train(prepared)
"""


@pytest.fixture
def reviews() -> Reviews:
    rng = np.random.default_rng(0)
    words = [rng.permutation(WORDS - 1)[: rng.integers(1, 9)].tolist() for _ in range(STEPS)]
    words[800].append(WORDS - 1)
    return Reviews.from_lists(words, rng.integers(0, 2, STEPS), WORDS)


@pytest.fixture
def networks(tmp_path: Path) -> str:
    path = tmp_path / "networks.py"
    path.write_text(NETWORKS)
    return str(path)


def test_the_certificate_is_that_of_one_piece(reviews: Reviews, networks: str) -> None:
    here = experiment(
        [("csr", "csr"), ("wrong", f"{networks}:Wrong"), ("dies", f"{networks}:DiesBuiltAnew")],
        reviews,
    )
    whole, cut = check(here, quick=True), check(here, quick=True, workers=1)
    assert [result.status for result in cut] == ["certified", "incorrect", "certified"]
    for one, other in zip(whole, cut, strict=True):
        assert one.certificate is not None
        assert other.certificate is not None
        assert (one.status, one.reason) == (other.status, other.reason)
        assert one.certificate.tally == other.certificate.tally
        assert one.certificate.digest == other.certificate.digest
    assert cut[1].reason.startswith("review 800: output")
    certificates: list[Any] = [result.certificate for result in cut]
    assert [found.segments for found in certificates] == [3, 1, 3]
    assert certificates[0].again == ""
    assert certificates[2].again == "review 512: its process was killed by SIGKILL"
    told = [*notes(cut, here)]
    assert "every one of 1,030 steps on mine, in 3 segments: the worst error" in told[0]
    assert told[1].startswith("dies was judged in one piece from review 512: its process was")
    assert "segments" not in "".join(notes(whole, here))


@pytest.fixture
def judges(
    reviews: Reviews, networks: str, request: pytest.FixtureRequest
) -> Iterator[LocalJudges]:
    network = getattr(request, "param", "SleepsBuiltAnew")
    with temporary_folder() as folder:
        entry = Entry("mine", f"{networks}:{network}", write_reviews(reviews, folder))
        made = LocalJudges(entry, Scenario(), Limits(60), 1)
        try:
            yield made
        finally:
            made.stop()


def until(true: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not true() and time.monotonic() < end:
        time.sleep(0.05)
    assert true()


def children(number: int) -> list[int]:
    found = Path(f"/proc/{number}/task/{number}/children").read_text().split()
    return [int(child) for child in found]


LINUX = pytest.mark.skipif(sys.platform != "linux", reason="processes are listed in /proc")


@LINUX
def test_a_judge_that_was_killed_is_told_and_another_takes_its_place(
    judges: LocalJudges, reviews: Reviews
) -> None:
    calls = [(number, number + 1, True) for number in range(STEPS)]
    first, second, _ = segments_of(calls, 1)
    fresh = Scenario().first_weights(WORDS)
    judges.begin(second, (fresh[0] + 1, fresh[1]))
    judges.begin(first, fresh)
    number = judges._processes[0].pid
    until(lambda: any(map(children, children(number))))
    keeper = children(number)
    os.kill(number, signal.SIGKILL)
    assert judges.answer(second).failed == "the process that judged it ended with -9"
    found = judges.answer(first)
    assert (found.incorrect, found.failed, found.tally.steps) == ("", "", 512)
    # The keeper of its worker leaves the folder of the run alone.
    until(lambda: not Path(f"/proc/{keeper[0]}").exists())
    assert (judges._folder.parent / "indptr.npy").is_file()


@pytest.mark.parametrize("judges", ["DiesBuiltAnew"], indirect=True)
def test_after_a_dead_worker_there_is_another(judges: LocalJudges, reviews: Reviews) -> None:
    calls = [(number, number + 1, True) for number in range(STEPS)]
    first, second, _ = segments_of(calls, 1)
    fresh = Scenario().first_weights(WORDS)
    judges.begin(second, (fresh[0] + 1, fresh[1]))
    judges.begin(first, fresh)
    assert judges.answer(second).failed == "its process was killed by SIGKILL"
    assert judges.answer(first).tally.steps == 512


def test_to_stop_waits_for_nobody(judges: LocalJudges) -> None:
    calls = [(number, number + 1, True) for number in range(STEPS)]
    fresh = Scenario().first_weights(WORDS)
    judges.begin(segments_of(calls, 1)[1], (fresh[0] + 1, fresh[1]))
    judges.stop()
    assert judges._processes[0].poll() is not None


@LINUX
def test_they_end_with_the_command_that_was_killed(
    reviews: Reviews, networks: str, tmp_path: Path
) -> None:
    rows = [" ".join(f"w{word}" for word in words) + "\n" for words, _, _ in reviews]
    labels = ["positive\n" if label else "negative\n" for label in reviews.labels]
    test = 1000  # of the lesson's split
    (tmp_path / "reviews.txt").write_text("".join(rows + rows[:test]))
    (tmp_path / "labels.txt").write_text("".join(labels + labels[:test]))
    (tmp_path / "temporary").mkdir()
    marker = uuid.uuid4().hex

    def alive(module: str) -> list[int]:
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                ours = marker.encode() in (process / "environ").read_bytes()
                if ours and module.encode() in (process / "cmdline").read_bytes():
                    found.append(int(process.name))
        return found

    command = [sys.executable, "-m", "skipzeros", "check", "--data", str(tmp_path), "--quick",
               "--workers", "1", "--no-sandbox",
               "--network", f"{networks}:SleepsBuiltAnew"]  # fmt: skip
    environment = {
        **os.environ,
        "TMPDIR": str(tmp_path / "temporary"),
        "SKIPZEROS_TEST": marker,
        "SKIPZEROS_ASLEEP": str(tmp_path / "asleep"),
    }
    with subprocess.Popen(command, env=environment) as process:
        until((tmp_path / "asleep").exists)  # the network of a segment
        assert alive("skipzeros.bench.workers.segment")
        process.send_signal(signal.SIGKILL)
    until(lambda: not alive("") and not list((tmp_path / "temporary").iterdir()))


@pytest.mark.parametrize(
    ("workers", "message"),
    [
        (0, "workers=0: must be a whole number from 1 on"),
        (5, "workers=5: more than this machine has cores, 4; name fewer"),
        (4, "workers=4: more than 1,030 steps have segments, 3; name fewer"),
    ],
)
def test_more_workers_than_there_is_work_are_refused(
    reviews: Reviews, workers: int, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "CORES", [0, 1, 2, 3])
    with pytest.raises(BadInput) as raised:
        check(experiment([("csr", "csr")], reviews), workers=workers)
    assert str(raised.value) == message
