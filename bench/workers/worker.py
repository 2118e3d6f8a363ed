"""What a worker does: in a process for one network alone, certify it and time its passes.

The parent (driver.py) asks and the worker answers; messages.py says what. A network that crashes,
hangs or prints harms only its own worker.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from pathlib import Path
from typing import BinaryIO

import numpy as np
from threadpoolctl import threadpool_limits

from ..equality.certificate import Certificate
from ..equality.result import Result
from ..networks.registry import load
from ..networks.source_tree import Tree
from ..outcomes import BadInput, Failed, Status
from ..timing.clock import Contestant
from ..timing.cut_passes import Cutter
from ..timing.examine import examine, judge_timing, line_up, measure_memory
from ..timing.memory import resident_memory
from .messages import (
    Certified,
    Certify,
    Cut,
    Found,
    Held,
    JudgeTiming,
    LineUp,
    MeasureMemory,
    Message,
    Progress,
    Ready,
    Refused,
    Start,
    Stopped,
    TimeCuts,
    Timed,
    TimePass,
    without_outputs,
)
from .shared_reviews import read_reviews

# After so many reviews progress is told; more often would cost time.
PROGRESS_EVERY = 100


class Worker:
    """The network of a worker, and what is known of it between two requests.

    Args:
        answers: the pipe that progress is written to.

    Raises:
        BadInput: the network can't be had as it was named.
    """

    def __init__(self, start: Start, answers: BinaryIO) -> None:
        self._answers = answers
        self._folder, self._scenario = Path(start.folder), start.scenario
        self._reviews = read_reviews(self._folder)
        self._candidate = load(start.network)
        self._tree = None
        if start.tree is not None:
            place = start.tree
            self._tree = Tree(place.revision, Path(place.top), Path(place.copy))
            self._refuse_strays()
        self._result: Result | None = None
        self._contestant: Contestant | None = None
        self._cutter: Cutter | None = None
        self._unsaid = 0

    def answer_to(self, request: Message) -> Message:
        """Do what a request asks, and return the answer."""
        try:
            match request:
                case Certify():
                    return self._certify(request)
                case LineUp():
                    return self._line_up(request)
                case TimePass():
                    return self._time_pass(request)
                case TimeCuts():
                    return self._time_cuts(request)
                case MeasureMemory():
                    return self._measure_memory()
                case JudgeTiming():
                    return self._judge_timing()
        except Failed as failure:
            return Stopped(str(failure))
        raise AssertionError(f"no request: {request}")

    def _certify(self, request: Certify) -> Certified:
        network = self._candidate.network
        result = examine(
            self._candidate,
            self._reviews,
            self._scenario,
            judged=request.judged,
            whole_passes=request.whole_passes,
            progress=self._progress,
        )
        result = measure_memory(network, result, self._reviews, self._scenario)
        try:
            self._refuse_strays()
        except BadInput as error:
            result = result.with_status(Status.ABSENT, str(error))
        self._result = result
        outputs = result.certificate.outputs if result.certificate else None
        if outputs is None:
            return Certified(result, None)
        path = self._folder / f"outputs-{os.getpid()}.npy"
        np.save(path, outputs, allow_pickle=False)
        return Certified(without_outputs(result), str(path))

    def _line_up(self, request: LineUp) -> Found:
        certificate = Certificate(
            Status.CERTIFIED, digest=request.digest, pass_seconds=request.pass_seconds
        )
        known = Result(self._candidate.name, Status.CERTIFIED, certificate=certificate)
        self._result, self._contestant = line_up(
            self._candidate.network, known, self._reviews, self._scenario
        )
        return Found(self._result)

    def _time_pass(self, request: TimePass) -> Timed:
        assert self._contestant is not None
        timed = self._contestant.time_pass(request.set, request.round, request.order)
        return Timed(self._contestant.sound, timed)

    def _time_cuts(self, request: TimeCuts) -> Cut:
        assert self._contestant is not None
        if self._cutter is None:
            self._cutter = Cutter(self._contestant, self._reviews)
        return Cut(self._cutter.cuts(request.train))

    def _measure_memory(self) -> Held:
        # Right only if the process has done nothing else before: see resident_memory.
        assert self._candidate.network is not None
        return Held(resident_memory(self._candidate.network, self._reviews, self._scenario))

    def _judge_timing(self) -> Found:
        assert self._result is not None
        if self._contestant is not None:
            self._result = judge_timing(self._result, self._contestant, self._reviews)
        return Found(self._result)

    def _refuse_strays(self) -> None:
        """Refuse what isn't from the source tree; after training too, since that may import."""
        if self._tree is not None and self._candidate.network is not None:
            self._tree.refuse_strays(self._candidate.network)

    def _progress(self, reviews: int) -> None:
        self._unsaid += reviews
        if self._unsaid >= PROGRESS_EVERY:
            send(Progress(self._unsaid), self._answers)
            self._unsaid = 0


def send(message: Message, answers: BinaryIO) -> None:
    """Write one line to the parent."""
    answers.write(message.to_line())
    answers.flush()


def main() -> None:
    """Serve the parent until it closes the pipe."""
    # Ctrl-C reaches every process of the terminal, but the parent ends its workers itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What a network prints goes to stderr, since it must not look like an answer.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    _die_with_parent()
    line = sys.stdin.readline()
    if not line:
        return  # the parent ended before it asked anything
    start = Message.from_line(line)
    assert isinstance(start, Start)
    if start.core is not None:
        os.sched_setaffinity(0, {start.core})
    _limit_memory(start.memory_bytes)
    try:
        worker = Worker(start, answers)
    except BadInput as error:
        send(Refused(str(error)), answers)
        return
    send(Ready(), answers)
    # A parent that ended while the network worked wants no answer.
    with threadpool_limits(1), contextlib.suppress(BrokenPipeError):
        for line in sys.stdin:
            send(worker.answer_to(Message.from_line(line)), answers)


def _die_with_parent() -> None:
    """Let Linux end this worker when its parent is killed, even in an endless loop."""
    if sys.platform == "linux":
        import ctypes

        death_signal = 1  # PR_SET_PDEATHSIG
        ctypes.CDLL(None).prctl(death_signal, signal.SIGKILL)


def _limit_memory(most: int | None) -> None:
    """Let an allocation beyond so many bytes raise MemoryError, before the machine runs out."""
    if most is None:
        return
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (most, most))
