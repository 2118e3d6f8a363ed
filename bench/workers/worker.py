"""A process of its own for one network: certifies it and times its passes, as it is told.

The parent (driver.py) writes one JSON object a line, the worker answers each with one; lines with
a "progress" in between say that it is alive. A network that crashes, hangs or prints takes only
its own worker with it.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from threadpoolctl import threadpool_limits

from ..equality.certificate import Certificate
from ..equality.result import Result
from ..networks.registry import Candidate, load
from ..networks.scenario import Scenario
from ..networks.source_tree import Tree
from ..outcomes import BadInput, Failed
from ..timing.clock import Contestant
from ..timing.cut_passes import Cutter
from ..timing.examine import examine, judge_timing, line_up, measure_memory
from ..timing.memory import resident_memory
from .shared_reviews import read_reviews

# Reviews between two signs of life; each costs a write to a pipe.
PROGRESS_EVERY = 100


class Worker:
    """What a worker knows between two requests."""

    def __init__(self, job: dict[str, Any], answers: TextIO) -> None:
        self._answers = answers
        self._folder = Path(job["folder"])
        self._scenario = Scenario(**job["scenario"])
        self._reviews = read_reviews(self._folder)
        self._candidate: Candidate = load(job["network"])
        self._tree = None
        if job["tree"] is not None:
            name, top, copy = job["tree"]
            self._tree = Tree(name, Path(top), Path(copy))
            self._refuse_strays()
        self._result: Result | None = None
        self._contestant: Contestant | None = None
        self._cutter: Cutter | None = None
        self._unsaid = 0

    def certify(self, sample: int | None, whole_passes: int) -> dict[str, Any]:
        """Examine the network; the outputs go into a file, the rest is the answer."""
        self._result = result = examine(
            self._candidate, self._reviews, self._scenario, sample, whole_passes, self._progress
        )
        measure_memory(self._candidate.network, result, self._reviews, self._scenario)
        try:
            self._refuse_strays()
        except BadInput as error:
            result.status, result.reason = "absent", str(error)
        answer = asdict(replace(result, certificate=None))
        if result.certificate is not None:
            certificate = replace(result.certificate, outputs=None)
            answer["certificate"] = asdict(certificate)
            if result.certificate.outputs is not None:
                path = self._folder / f"outputs-{os.getpid()}.npy"
                np.save(path, result.certificate.outputs, allow_pickle=False)
                answer["outputs"] = str(path)
        return answer

    def line_up(self, digest: str, pass_seconds: float) -> dict[str, Any]:
        """Prepare a network for the clock that another worker has certified."""
        certificate = Certificate("certified", digest=digest, pass_seconds=pass_seconds)
        self._result = Result(self._candidate.name, "certified", certificate=certificate)
        network = self._candidate.network
        self._contestant = line_up(network, self._result, self._reviews, self._scenario)
        return self._finding()

    def time_pass(self, set_: int, round_: int, order: int) -> dict[str, Any]:
        """One timed pass, or what it ended with instead."""
        assert self._contestant is not None
        timed = self._contestant.time_pass(set_, round_, order)
        return {"sound": self._contestant.sound, "pass": timed and asdict(timed)}

    def time_cuts(self, train: float) -> dict[str, Any]:
        """The pass once more with parts left out, or why that came to nothing."""
        assert self._contestant is not None
        try:
            if self._cutter is None:
                self._cutter = Cutter(self._contestant, self._reviews)
            return {"cuts": asdict(self._cutter.cuts(train))}
        except Failed as failure:
            return {"failed": str(failure)}

    def resident_memory(self) -> dict[str, Any]:
        """By how much the process grows with the network; only the first answer is one."""
        network = self._candidate.network
        assert network is not None
        try:
            return {"bytes": resident_memory(network, self._reviews, self._scenario)}
        except Failed as failure:
            return {"failed": str(failure)}

    def judge_timing(self) -> dict[str, Any]:
        """The network's status once all its passes are known."""
        assert self._result is not None
        if self._contestant is not None:
            judge_timing(self._result, self._contestant, self._reviews)
        return self._finding()

    def answer(self, answer: dict[str, Any]) -> None:
        """One line to the parent."""
        self._answers.write(json.dumps(answer) + "\n")
        self._answers.flush()

    def _refuse_strays(self) -> None:
        """As Tree does; once more after training, which may import too."""
        if self._tree is not None and self._candidate.network is not None:
            self._tree.refuse_strays(self._candidate.network)

    def _finding(self) -> dict[str, Any]:
        assert self._result is not None
        return asdict(replace(self._result, certificate=None))

    def _progress(self, reviews: int) -> None:
        self._unsaid += reviews
        if self._unsaid >= PROGRESS_EVERY:
            self.answer({"progress": self._unsaid})
            self._unsaid = 0


def main() -> None:
    """Serve the parent until it closes the pipe."""
    # Ctrl-C goes to the whole group; the parent ends its workers itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What a network prints must not look like an answer.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    _die_with_parent()
    line = sys.stdin.readline()
    if not line:
        return  # the parent has gone before it asked anything
    job = json.loads(line)
    if job["core"] is not None:
        os.sched_setaffinity(0, {job["core"]})
    _limit_memory(job["memory_bytes"])
    try:
        worker = Worker(job, answers)
    except BadInput as error:
        answers.write(json.dumps({"bad_input": str(error)}) + "\n")
        answers.flush()
        return
    worker.answer({"ready": True})
    # A parent that has gone while a network worked wants no answer.
    with threadpool_limits(1), contextlib.suppress(BrokenPipeError):
        for line in sys.stdin:
            request = json.loads(line)
            worker.answer(getattr(worker, request.pop("do"))(**request))


def _die_with_parent() -> None:
    """On Linux: no worker outlives a parent that is killed, not even one in an endless loop."""
    if sys.platform == "linux":
        import ctypes

        death_signal = 1  # PR_SET_PDEATHSIG
        ctypes.CDLL(None).prctl(death_signal, signal.SIGKILL)


def _limit_memory(most: int | None) -> None:
    """Let an allocation beyond the limit raise MemoryError, before the machine runs out."""
    if most is None:
        return
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (most, most))
