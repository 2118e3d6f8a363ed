"""The parent's side of a worker: starts it, asks it, and says what became of it if it dies."""

from __future__ import annotations

import os
import queue
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

import numpy as np

from ..equality.result import Result
from ..networks.scenario import Scenario
from ..outcomes import BadInput, Failed, Status
from ..timing.clock import Pass
from ..timing.cut_passes import Cuts
from .entry import Entry
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
    Refused,
    Start,
    Stopped,
    TimeCuts,
    Timed,
    TimePass,
    TreePlace,
    with_outputs,
)

START_SECONDS = 60  # for Python, numpy and the network's own imports

# One thread for every library; threadpoolctl can't reach all of them once they are loaded.
ENVIRONMENT = {
    name: "1"
    for name in (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "BLIS_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
        "NUMEXPR_NUM_THREADS",
        "NUMBA_NUM_THREADS",
    )
}

# The environment lies at the start of a process's memory, so its size moves all that follows. It is
# made longer by a random number of bytes below this, so that no network is favoured in every run.
PADDING = 4096


class Driver:
    """One worker. Whatever kills it becomes the network's result, and doesn't end the run.

    Args:
        timeout: seconds that one answer may take.
        core: the core to run on; None where the system pins no process.
        memory_bytes: how much the worker may allocate; None for no limit.
        hash_seed: the seed of Python's hashes, the same in all workers of a set.

    Attributes:
        result: what is known of the network so far.
        sound: whether the network is worth another pass.
    """

    def __init__(
        self,
        entry: Entry,
        scenario: Scenario,
        *,
        timeout: float,
        core: int | None,
        memory_bytes: int | None,
        hash_seed: int,
    ) -> None:
        self.name, tree = entry.name, entry.tree
        self.result = Result(entry.name, Status.UNKNOWN)
        self.sound = True
        self._timeout = timeout
        place = None if tree is None else TreePlace(tree.name, str(tree.top), str(tree.copy))
        where = [] if place is None else [place.revision, place.top, place.copy]
        with _uninterrupted():
            self._process = subprocess.Popen(
                # -P, because the user's current folder may hold a skipzeros or numpy of its own.
                [sys.executable, "-P", "-m", __package__, *where],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={
                    **os.environ,
                    **ENVIRONMENT,
                    "PYTHONHASHSEED": str(hash_seed),
                    "SKIPZEROS_PADDING": "x" * random.SystemRandom().randrange(PADDING),
                },
            )
        # A thread reads, because a pipe can't be waited on with a timeout everywhere.
        self._lines: queue.Queue[bytes] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        folder = str(entry.reviews.folder)
        # At once, so that it works while others are started.
        with suppress(OSError):  # if it has died already, start() says so
            self._send(Start(folder, entry.network, scenario, core, memory_bytes, place))

    def start(self) -> None:
        """Wait until the worker has loaded the network.

        Raises:
            BadInput: the network can't be had as it was named.
        """
        answer = self._ask(None, START_SECONDS)
        if isinstance(answer, Refused):
            raise BadInput(answer.reason)

    def certify(
        self, judged: int | None, whole_passes: int, progress: Callable[[int], None]
    ) -> None:
        """Have the network examined; self.result then says what came of it.

        Args:
            judged, whole_passes, progress: as for examine.
        """
        answer = self._ask(Certify(judged, whole_passes), self._timeout, progress)
        if not isinstance(answer, Certified):
            return
        self.result = replace(answer.result, name=self.name)
        if answer.outputs is not None:
            outputs = np.load(answer.outputs, allow_pickle=False)
            self.result = with_outputs(self.result, outputs)

    def line_up(self, known: Result) -> None:
        """Have the network, which another process has certified, prepared for the clock.

        Args:
            known: the certified result of this network on these reviews.
        """
        certificate = known.certificate
        assert certificate is not None
        if self.result.status == Status.UNKNOWN:  # neither absent nor dead since its start
            self._learn(LineUp(certificate.digest, certificate.pass_seconds))
        self.sound = self.result.certified

    def time_pass(self, set_: int, round_: int, order: int) -> Pass | None:
        """Time one pass; None if the network failed, and then self.sound is false."""
        answer = self._ask(TimePass(set_, round_, order), self._timeout)
        self.sound = isinstance(answer, Timed) and answer.sound
        if not isinstance(answer, Timed) or answer.timed is None:
            return None
        return replace(answer.timed, network=self.name)

    def time_cuts(self, train: float) -> Cuts | None:
        """Time the pass with parts left out; None if the network failed, as its result says.

        Args:
            train: CPU seconds that the whole pass took.
        """
        answer = self._ask(TimeCuts(train), self._timeout)
        return answer.cuts if isinstance(answer, Cut) else None

    def resident_memory(self) -> int | None:
        """Measure by how many bytes the worker grows with the network; None if nobody can tell."""
        answer = self._ask(MeasureMemory(), self._timeout)
        return answer.bytes if isinstance(answer, Held) else None

    def judge_timing(self) -> None:
        """Have the certificate taken back if the passes were not those of the network."""
        if self.result.certified:
            self._learn(JudgeTiming())
            self.sound = self.sound and self.result.certified

    def stop(self) -> None:
        """End the worker, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()

    def _learn(self, request: Message) -> None:
        answer = self._ask(request, self._timeout)
        if isinstance(answer, Found):
            self.result = replace(answer.result, name=self.name)

    def _ask(
        self,
        request: Message | None,
        seconds: float,
        progress: Callable[[int], None] = lambda reviews: None,
    ) -> Message | None:
        """Send a request and wait for its answer; None if there is none: then the result is failed.

        Args:
            request: None if it was sent before.
        """
        try:
            if request is not None:
                self._send(request)
            answer = self._answer(seconds, progress)
        except (Failed, OSError) as failure:
            self.stop()
            reason = str(failure) if isinstance(failure, Failed) else self._death()
            self.result = self.result.with_status(Status.FAILED, reason)
            return None
        if isinstance(answer, Stopped):
            self.sound = False
            self.result = self.result.with_status(Status.FAILED, answer.reason)
            return None
        return answer

    def _send(self, request: Message) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(request.to_line())
        self._process.stdin.flush()

    def _answer(self, seconds: float, progress: Callable[[int], None]) -> Message:
        deadline = time.monotonic() + seconds
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise Failed(
                    f"no answer within {seconds:g} seconds; a longer timeout allows more"
                ) from None
            if not line:
                raise Failed(self._death())
            answer = Message.from_line(line)
            if not isinstance(answer, Progress):
                return answer
            progress(answer.reviews)

    def _read(self) -> None:
        assert self._process.stdout is not None
        try:
            for line in self._process.stdout:
                self._lines.put(line)
        except (OSError, ValueError):
            pass  # closed by stop()
        self._lines.put(b"")

    def _death(self) -> str:
        code = self._process.wait()
        if code < 0:
            return f"its process was killed by {signal.Signals(-code).name}"
        return f"its process ended with exit code {code}"


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Let no process that is started meanwhile be interrupted by Ctrl-C, even while Python starts.

    The terminal sends Ctrl-C to all our processes, and a worker would print a traceback. This
    process gets it at the end.
    """
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
