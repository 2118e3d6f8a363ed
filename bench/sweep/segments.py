"""Those who judge segments on other machines: each segment is a job, as a cell of a sweep is."""

from __future__ import annotations

import base64
import shutil
import tempfile
import time
import zlib
from collections import Counter, deque
from collections.abc import Hashable, Mapping
from dataclasses import asdict, replace
from io import BytesIO
from pathlib import Path
from typing import Any

from ..equality.segments import Answer, Segment
from ..networks.guard import Weights
from ..networks.parameters import split
from ..networks.scenario import Scenario
from ..records.machine import FINGERPRINT
from ..workers import messages as ask
from ..workers.entry import Entry
from ..workers.limits import Limits
from ..workers.pipes import Blocking
from ..workers.segment import Job, Judge, answer_of, keep_checkpoint
from ..workers.shared_reviews import write_reviews
from ..workers.temporary_folder import temporary_folder
from .cells import ATTEMPTS
from .job import fingerprint
from .window import PATIENCE, Engine, LostError, Worker

# The key by which a segment is told from a cell.
JOB = "segment"


class SweepJudges:
    """The workers of an engine, which judge segments of one network; see segments.Judges.

    A worker gets one segment at a time, so that one that ends it takes no other with it.
    """

    def __init__(self, engine: Engine, entry: Entry, scenario: Scenario, limits: Limits) -> None:
        self.at_once = max(1, len(engine.workers()))
        self._engine, self._entry = engine, entry
        self._scenario, self._limits = scenario, limits
        self._folder = Path(tempfile.mkdtemp(dir=entry.reviews.folder))
        self._kind = _kind(fingerprint())
        self._waiting: deque[Job] = deque()
        self._running: dict[Hashable, tuple[Job, Worker]] = {}
        self._attempts: Counter[int] = Counter()
        self._answers: dict[int, Answer] = {}
        self._seen = time.monotonic()
        self._stopped = False

    def begin(self, segment: Segment, weights: Weights) -> None:
        """Have a segment judged that begins with these weights; it doesn't wait for that."""
        checkpoint = self._folder / str(segment.number)
        keep_checkpoint(weights, checkpoint)
        job = Job.of(self._entry, self._scenario, self._limits, segment, checkpoint)
        self._waiting.append(job)
        self._fill()

    def answer(self, segment: Segment) -> Answer:
        """Wait for what came of a segment that was begun."""
        while segment.number not in self._answers and not self._stopped:
            self._fill()
            self._take()
        return self._answers.pop(segment.number, Answer(failed="nobody waits for it any more"))

    def stop(self) -> None:
        """End what runs; another thread may wait for it."""
        self._stopped = True
        self._waiting.clear()
        while self._running:
            self._engine.cancel(self._running.popitem()[0])
        shutil.rmtree(self._folder, ignore_errors=True)

    def _fill(self) -> None:
        """Give each worker that has none a segment."""
        there = self._engine.workers()
        if there:
            self._seen = time.monotonic()
        elif time.monotonic() - self._seen > PATIENCE:
            for job in self._waiting:
                self._answers[job.number] = Answer(failed=f"no worker was there for {PATIENCE:g} s")
            self._waiting.clear()
        busy = {worker.address for _, worker in self._running.values()}
        for worker in there:
            if self._waiting and worker.address not in busy:
                job = self._waiting.popleft()
                self._attempts[job.number] += 1
                name = f"{JOB}-{job.number}-{self._attempts[job.number]}"
                ticket = self._engine.submit(worker, job_of(job, self._entry), name)
                self._running[ticket] = job, worker

    def _take(self) -> None:
        """Take what has ended."""
        for ticket, told in self._engine.ended():
            job, worker = self._running.pop(ticket, (None, None))
            if job is None or worker is None:  # stopped meanwhile
                return
            if not isinstance(told, LostError):
                other = _otherwise(worker.about, self._kind)
                self._answers[job.number] = replace(answer_of(told), elsewhere=other)
            elif self._attempts[job.number] < ATTEMPTS:
                self._waiting.append(job)
            else:
                why = f"{told}, {self._attempts[job.number]} times in all"
                self._answers[job.number] = Answer(failed=why)


def _kind(about: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the last bit of a sum may depend on."""
    return {name: about[name] for name in FINGERPRINT}


def _otherwise(about: Mapping[str, Any], kind: Mapping[str, Any]) -> str:
    """Say what a machine has otherwise; empty for nothing."""
    return ", ".join(
        f"{name} {value}" for name, value in _kind(about).items() if value != kind[name]
    )


def job_of(job: Job, entry: Entry) -> dict[str, Any]:
    """Return what another machine has to know of a segment, the files included."""
    start, stop = job.calls[0][0], job.calls[-1][1]
    reviews = b"".join(ask.Prepare.of(0, 0, entry.reviews.reviews[start:stop]).pieces())
    files = {"reviews": reviews, "checkpoint": Path(job.checkpoint).read_bytes()}
    base, parameters = split(job.network)
    path, _, class_name = base.rpartition(":")
    if path.endswith(".py"):
        files[Path(path).name] = Path(path).read_bytes()
        job = replace(job, network=f"{Path(path).name}:{class_name}{parameters}")
    job = replace(job, folder="", first=start, checkpoint="")
    packed = {name: base64.b64encode(zlib.compress(content, 1)).decode()
              for name, content in files.items()}  # fmt: skip
    return {JOB: asdict(job), "files": packed}


def judge_segment(told: Mapping[str, Any]) -> dict[str, Any]:
    """Judge a segment on this machine.

    Args:
        told: what job_of returns.

    Returns:
        The fields of the Answer.
    """
    job, judge = Job(**told[JOB]), Judge()
    with temporary_folder() as folder:
        for name, content in told["files"].items():
            (folder / name).write_bytes(zlib.decompress(base64.b64decode(content)))
        request = ask.Message.read(Blocking(BytesIO((folder / "reviews").read_bytes())))
        assert isinstance(request, ask.Prepare)
        write_reviews(ask.reviews_of(request), folder)
        network = f"{folder}/{job.network}" if ".py:" in job.network else job.network
        job = replace(
            job, folder=str(folder), checkpoint=str(folder / "checkpoint"), network=network
        )
        try:
            return asdict(judge.judge(job))
        finally:
            judge.stop()
