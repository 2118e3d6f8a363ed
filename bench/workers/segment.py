"""`python -m skipzeros.bench.workers.segment`: judges segments of a pass, one after the other.

Each is a line of JSON on the standard input, and its answer one on the standard output. Where the
input ends, whoever asked is gone, and so is this process.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from ..equality.judge import Tally
from ..equality.segments import Answer, Call, Segment
from ..networks.guard import Weights
from ..networks.scenario import Scenario
from ..outcomes import BadInput
from ..text.mishaps import mishap, naming
from . import messages as ask
from .driver import Driver
from .entry import Entry
from .limits import Limits
from .pipes import Blocking, write
from .shared_reviews import SharedReviews, read_reviews
from .worker_sets import workers


@dataclass(frozen=True)
class Job:
    """A segment, and all that it takes to judge it; JSON can hold it.

    Attributes:
        name, network: as of an Entry.
        folder: of the shared reviews.
        first: the number that the first of them has in the pass.
        checkpoint: the file that keep_checkpoint wrote.
        number, calls: as of a Segment.
        scenario: the arguments of a Scenario.
        timeout, sandbox: as of Limits.
        place: of those who judge at the same time; it decides on the core of the network.
    """

    name: str
    network: str
    folder: str
    first: int
    checkpoint: str
    number: int
    calls: list[Call]
    scenario: dict[str, Any]
    timeout: float
    sandbox: bool
    place: int = 0

    @classmethod
    def of(
        cls, entry: Entry, scenario: Scenario, limits: Limits, segment: Segment, checkpoint: Path
    ) -> Job:
        """Return the job of a segment of a pass over the shared reviews of an entry."""
        return cls(
            name=entry.name,
            network=entry.network,
            folder=str(entry.reviews.folder),
            first=0,
            checkpoint=str(checkpoint),
            number=segment.number,
            calls=list(segment.calls),
            scenario=asdict(scenario),
            timeout=limits.timeout,
            sandbox=limits.sandbox,
        )


def keep_checkpoint(weights: Weights, path: Path) -> None:
    """Write weights into a file.

    Raises:
        OSError: for lack of room or the like.
    """
    with naming(path), path.open("wb") as file:
        write(ask.Given(*weights), file)


def answer_of(told: dict[str, Any]) -> Answer:
    """Return the Answer whose fields are told, as JSON holds them."""
    return Answer(**{**told, "tally": Tally(**told["tally"])})


class Judge:
    """Judges segments of one network, in a worker that it keeps from one to the next."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._driver: Driver | None = None

    def judge(self, job: Job) -> Answer:
        """Judge a segment."""
        try:
            if self._driver is None:
                self._driver = self._start(job)
            with open(job.checkpoint, "rb") as file:
                given = ask.Message.read(Blocking(file))
            assert isinstance(given, ask.Given)
            weights = given.weights_0_1, given.weights_1_2
            answer = self._driver.judge(Segment(job.number, job.calls), weights, job.first)
        except BadInput as error:
            answer = Answer(failed=str(error))
        except (OSError, MemoryError, RuntimeError) as error:
            if not (line := mishap(error)):
                raise
            answer = Answer(failed=line)
        if answer.failed:
            self.stop()
        return answer

    def _start(self, job: Job) -> Driver:
        folder = Path(job.folder)
        reviews = read_reviews(folder)
        shared = SharedReviews(folder, len(reviews.indices), reviews.vocabulary_size, reviews)
        entry = Entry(job.name, job.network, shared)
        limits, scenario = Limits(job.timeout, job.sandbox), Scenario(**job.scenario)
        started = workers([entry], scenario, limits, number=job.place)
        return self._stack.enter_context(started).drivers[0]

    def stop(self) -> None:
        """End the worker; the next segment is judged in a new one."""
        self._stack.close()
        self._driver = None


def main() -> None:
    """Judge what is asked for."""
    jobs: SimpleQueue[str] = SimpleQueue()

    def read() -> None:
        for line in sys.stdin:
            jobs.put(line)
        os._exit(0)  # whatever the other thread is doing

    threading.Thread(target=read, daemon=True).start()
    judge = Judge()
    while True:
        answer = judge.judge(Job(**json.loads(jobs.get())))
        print(json.dumps(asdict(answer)), flush=True)


if __name__ == "__main__":
    main()
