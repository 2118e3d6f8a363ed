"""Those who judge segments on this machine: processes, each with a worker for the network."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from queue import SimpleQueue

from ..equality.segments import Answer, Segment
from ..networks.guard import Weights
from ..networks.scenario import Scenario
from .entry import Entry
from .limits import Limits
from .segment import Job, answer_of, keep_checkpoint

COMMAND = [sys.executable, "-P", "-m", f"{__package__}.segment"]


class LocalJudges:
    """Processes of this machine that judge segments of one network; see segments.Judges.

    Args:
        at_once: how many of them.
    """

    def __init__(self, entry: Entry, scenario: Scenario, limits: Limits, at_once: int) -> None:
        self.at_once = at_once
        self._entry, self._scenario, self._limits = entry, scenario, limits
        self._folder = Path(tempfile.mkdtemp(dir=entry.reviews.folder))
        self._answers: dict[int, Future[Answer]] = {}
        self._idle: SimpleQueue[int] = SimpleQueue()
        self._stopped = False
        self._processes = [_start() for _ in range(at_once)]
        for place in range(at_once):
            self._idle.put(place)
        self._threads = ThreadPoolExecutor(at_once)

    def begin(self, segment: Segment, weights: Weights) -> None:
        """Have a segment judged that begins with these weights; it doesn't wait for that."""
        checkpoint = self._folder / str(segment.number)
        keep_checkpoint(weights, checkpoint)
        job = Job.of(self._entry, self._scenario, self._limits, segment, checkpoint)
        self._answers[segment.number] = self._threads.submit(self._judged, job)

    def answer(self, segment: Segment) -> Answer:
        """Wait for what came of a segment that was begun."""
        return self._answers.pop(segment.number).result()

    def stop(self) -> None:
        """End the processes, whatever they are doing."""
        self._stopped = True
        for process in self._processes:
            _end(process)
        self._threads.shutdown(cancel_futures=True)
        for process in self._processes:  # one may just have been started again
            _end(process)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _judged(self, job: Job) -> Answer:
        place = self._idle.get()
        process = self._processes[place]
        assert process.stdin is not None
        assert process.stdout is not None
        line = b""
        with suppress(OSError):  # it has ended
            process.stdin.write(json.dumps(asdict(replace(job, place=place))).encode() + b"\n")
            process.stdin.flush()
            line = process.stdout.readline()
        Path(job.checkpoint).unlink(missing_ok=True)
        if not line.endswith(b"\n"):
            _end(process)
            if not self._stopped:
                self._processes[place] = _start()
        self._idle.put(place)
        if not line.endswith(b"\n"):
            return Answer(failed=f"the process that judged it ended with {process.returncode}")
        return answer_of(json.loads(line))


def _start() -> subprocess.Popen[bytes]:
    # In a session of its own, so that Ctrl-C reaches the process that asks, which ends this one.
    return subprocess.Popen(
        COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        assert pipe is not None
        with suppress(OSError):
            pipe.close()
