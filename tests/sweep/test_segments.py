"""Segments on other machines: what is sent there, and whatever becomes of it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from experiments import experiment

from skipzeros import Reviews
from skipzeros.bench.commands.check import check
from skipzeros.bench.equality.certificate import Certificate
from skipzeros.bench.equality.segments import Answer, Segment
from skipzeros.bench.networks.scenario import Scenario
from skipzeros.bench.sweep import segments
from skipzeros.bench.sweep.job import fingerprint
from skipzeros.bench.sweep.segments import JOB, SweepJudges, judge_segment
from skipzeros.bench.sweep.window import LostError, Worker
from skipzeros.bench.workers.entry import Entry
from skipzeros.bench.workers.limits import Limits
from skipzeros.bench.workers.shared_reviews import write_reviews

STEPS = 1030  # three segments
MINE = """
from skipzeros.impls.add_reduce import AddReduce
class Mine(AddReduce):
    def __init__(self, weights_0_1, weights_1_2, learning_rate, batch_size=1, block=1):
        super().__init__(weights_0_1, weights_1_2, learning_rate, batch_size)
"""


@pytest.fixture
def reviews() -> Reviews:
    rng = np.random.default_rng(0)
    words = [rng.permutation(60)[: rng.integers(1, 9)].tolist() for _ in range(STEPS)]
    return Reviews.from_lists(words, rng.integers(0, 2, STEPS), 60)


class Fake:
    """An engine whose workers do what they are told to in this very process."""

    def __init__(self, *workers: str, cpu: str = "") -> None:
        about = fingerprint()
        self.there = [Worker(one, one, about | ({"cpu": cpu} if cpu else {})) for one in workers]
        self.running: dict[Hashable, tuple[Worker, dict[str, Any]]] = {}
        self.cancelled: list[Hashable] = []
        self.begun: Counter[int] = Counter()
        self.networks: set[str] = set()

    def workers(self) -> Sequence[Worker]:
        return self.there

    def submit(self, worker: Worker, job: Mapping[str, Any], name: str) -> Hashable:
        assert worker not in [one for one, _ in self.running.values()]
        self.running[name] = worker, json.loads(json.dumps(job))
        self.begun[job[JOB]["number"]] += 1
        self.networks.add(job[JOB]["network"])
        return name

    def ended(self) -> Iterator[tuple[Hashable, Any]]:
        for ticket, (_, job) in list(self.running.items()):
            del self.running[ticket]
            yield ticket, self.done(job)

    def done(self, job: dict[str, Any]) -> Any:
        return json.loads(json.dumps(judge_segment(job)))

    def cancel(self, ticket: Hashable) -> None:
        del self.running[ticket]
        self.cancelled.append(ticket)


def certificates(names: Sequence[str], reviews: Reviews, engine: Any) -> list[Certificate]:
    found = check(experiment([(name, name) for name in names], reviews), quick=True, engine=engine)
    return [result.certificate for result in found if result.certificate is not None]


def test_segments_elsewhere_say_what_one_piece_says(reviews: Reviews, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(MINE)
    names = ["csr", f"{tmp_path}/mine.py:Mine[block=2]"]
    engine = Fake("a", "b")
    cut = certificates(names, reviews, engine)
    whole = certificates(names, reviews, None)
    assert [one.status for one in cut] == ["certified"] * 2
    assert [(one.segments, one.again) for one in cut] == [(3, "")] * 2
    assert [one.tally for one in cut] == [one.tally for one in whole]
    assert [one.digest for one in cut] == [one.digest for one in whole]
    assert engine.begun == {0: 2, 1: 2, 2: 2}
    assert engine.networks == {"csr", "mine.py:Mine[block=2]"}  # it travels


class OtherBits(Fake):
    def done(self, job: dict[str, Any]) -> Any:
        return asdict(Answer(digest="of other bits"))


def test_a_machine_of_another_kind_may_have_other_bits(reviews: Reviews) -> None:
    (found,) = certificates(["csr"], reviews, OtherBits("a", cpu="Another"))
    assert found.status == "uncertified"
    assert found.reason == (
        "checkpoints are another machine's: reviews 0 to 511, judged where there is cpu Another, "
        "end in other bits than in the pass; let machines of one kind judge"
    )
    # One of this kind may not: what it says is looked at here.
    (found,) = certificates(["csr"], reviews, OtherBits("a"))
    assert found.status == "certified"
    assert found.again == (
        "review 0: built anew from its weights there, it goes on with other bits"
    )


class Lost(Fake):
    def done(self, job: dict[str, Any]) -> Any:
        return LostError("its worker is gone")


def test_a_segment_that_is_lost_is_begun_again_and_then_judged_here(reviews: Reviews) -> None:
    engine = Lost("a", "b")
    (found,) = certificates(["csr"], reviews, engine)
    assert found.status == "certified"
    assert found.again == "review 0: its worker is gone, 3 times in all"
    assert engine.begun[0] == 3
    assert not engine.running


def test_without_workers_it_is_judged_here(
    reviews: Reviews, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segments, "PATIENCE", 0.0)
    (found,) = certificates(["csr"], reviews, Fake())
    assert found.status == "certified"
    assert found.again == "review 0: no worker was there for 0 s"


def test_what_runs_at_the_end_is_cancelled(reviews: Reviews, tmp_path: Path) -> None:
    engine = Fake("a", "b")
    entry = Entry("csr", "csr", write_reviews(reviews, tmp_path))
    judges = SweepJudges(engine, entry, Scenario(), Limits(60))
    weights = Scenario().first_weights(60)
    for number in range(3):
        judges.begin(Segment(number, [(number, number + 1, True)]), weights)
    assert len(engine.running) == 2
    judges.stop()
    assert len(engine.cancelled) == 2
    assert not engine.running
    assert not [path for path in tmp_path.iterdir() if path.is_dir()]


def test_who_waits_when_it_is_stopped_waits_no_longer(reviews: Reviews, tmp_path: Path) -> None:
    class Never(Fake):
        def ended(self) -> Iterator[tuple[Hashable, Any]]:
            judges.stop()  # as another thread does at Ctrl-C
            return iter(())

    entry = Entry("csr", "csr", write_reviews(reviews, tmp_path))
    judges = SweepJudges(Never("a"), entry, Scenario(), Limits(60))
    segment = Segment(0, [(0, 1, True)])
    judges.begin(segment, Scenario().first_weights(60))
    assert judges.answer(segment).failed
