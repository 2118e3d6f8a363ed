"""The process of a worker, as the process that started it sees it."""

from __future__ import annotations

import io
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from ..networks.guard import Raising
from ..outcomes import Failed
from ..timing.reading import Outer
from .messages import Forget, Message, Raised, TreePlace
from .pipes import Patient, TimedOut, Written, widen, write

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

DYING_SECONDS = 5.0
# A worker waits for a question and, after a pass, a moment for its own threads to end.
OWN_WAITS = 2
# How its status names them, and more bytes than a status has.
VOLUNTARY, STATUS_BYTES = b"\nvoluntary_ctxt_switches:", 1 << 14

Answer = TypeVar("Answer", bound=Message)


class Bill:
    """What the harness sees of a process from a question to its answer.

    Attributes:
        outer: what it saw; None before the end, or where the system doesn't tell.
    """

    outer: Outer | None = None


class WorkerProcess:
    """A process that answers requests about its network, until it is stopped or dies.

    Args:
        place: the source tree of its network; None for the installed networks.
        hash_seed: the seed of Python's hashes, the same in all workers of a set.
        most: how many bytes the arrays of an answer may have.
        variables: of its environment, beside those of this process.

    Attributes:
        instances, forms: the numbers of those that nobody needs any more.
    """

    def __init__(
        self, place: TreePlace | None, hash_seed: int, most: float, variables: Mapping[str, str]
    ) -> None:
        where = [] if place is None else [place.revision, place.top, place.copy]
        with _uninterrupted():
            self._process = subprocess.Popen(
                # -P, because the user's current folder may hold a skipzeros or numpy of its own.
                [sys.executable, "-P", "-m", __package__, *where],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                bufsize=0,
                env={
                    **os.environ,
                    **ENVIRONMENT,
                    **variables,
                    "PYTHONHASHSEED": str(hash_seed),
                    "SKIPZEROS_PADDING": "x" * random.SystemRandom().randrange(PADDING),
                },
            )
        assert self._process.stdin is not None
        # Unbuffered pipes may take a part of what is written.
        self._requests = io.BufferedWriter(self._process.stdin)
        self._answers = Patient(self._process.stdout, self._process.kill)
        for pipe in (self._requests, self._process.stdout):
            widen(pipe)
        # Kept open, since it is read in haste.
        self._status: int | None = None
        if sys.platform == "linux":
            self._status = os.open(f"/proc/{self._process.pid}/status", os.O_RDONLY)
        self._most = most
        self._timeout = 0.0
        self._dead = ""
        self._billed_until: float | None = None
        self.instances: list[int] = []
        self.forms: list[int] = []

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Allow so many seconds for all that is asked in this context."""
        self._timeout = seconds
        self._answers.deadline = time.monotonic() + seconds
        yield

    @contextmanager
    def billed(self) -> Iterator[Bill]:
        """Read the clocks of the process around what is asked in this context."""
        bill, pid = Bill(), self._process.pid
        waits, cpu = self._waits(), _cpu_seconds(pid)
        wall = time.perf_counter()
        yield bill
        wall, after = time.perf_counter() - wall, _cpu_seconds(pid)
        if waits is None or cpu is None or after is None:
            return
        waited = (self._waits() or 0) - waits - OWN_WAITS
        between = cpu - (self._billed_until if self._billed_until is not None else cpu)
        bill.outer = Outer(after - cpu, wall, between, max(0, waited), len(_helpers(pid)))
        self._billed_until = after

    def send(self, request: Message | Written) -> None:
        """Write a request whose answer is read later."""
        write(request, self._requests)

    def ask(self, request: Message | Written | None, *kinds: type[Answer]) -> Answer:
        """Send a request and wait for its answer.

        Args:
            request: None if it was sent before.
            kinds: of the answer.

        Raises:
            Raising: the network raised an error.
            Failed: the process died, gave no answer in time, or none that makes sense.
        """
        if self._dead:
            raise Failed(self._dead)
        try:
            if self.instances or self.forms:
                self.send(Forget([*self.instances], [*self.forms]))
                self.instances.clear()
                self.forms.clear()
            if request is not None:
                self.send(request)
            answer = Message.read(self._answers, self._most)
        except TimedOut:
            raise self._ended(
                f"no answer within {self._timeout:g} seconds; a longer timeout allows more"
            ) from None
        except (OSError, EOFError):
            raise self._ended() from None
        except (ValueError, KeyError, TypeError, AttributeError, MemoryError, RecursionError):
            raise self.refuse_answer() from None
        if answer is None:
            raise self._ended()
        if isinstance(answer, Raised):
            raise Raising(answer.error, answer.during)
        if not isinstance(answer, kinds):
            raise self.refuse_answer()
        return answer

    def refuse_answer(self) -> Failed:
        """End the process, and return the error that says why."""
        return self._ended("it wrote what is no answer to the harness")

    def _waits(self) -> int | None:
        """Return how often the process gave up its core of its own accord."""
        if self._status is not None:
            with suppress(OSError, IndexError):  # it has just ended
                text = os.pread(self._status, STATUS_BYTES, 0)
                return int(text.partition(VOLUNTARY)[2].split()[0])
        return None

    def _ended(self, reason: str = "") -> Failed:
        if reason:
            self._process.kill()
        self._dead = reason or self._death()
        self.stop()
        return Failed(self._dead)

    def stop(self) -> None:
        """End the process, whatever it is doing, and those that it has started."""
        helpers = [] if self._process.returncode is not None else _helpers(self._process.pid)
        self._process.kill()
        for helper in helpers:
            with suppress(OSError):
                os.kill(helper, signal.SIGKILL)
        self._process.wait()
        for pipe in (self._requests, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        if self._status is not None:
            os.close(self._status)
            self._status = None

    def _death(self) -> str:
        try:
            code = self._process.wait(DYING_SECONDS)
        except subprocess.TimeoutExpired:
            return "it closed its pipe to the harness"
        if code < 0:
            return f"its process was killed by {signal.Signals(-code).name}"
        return f"its process ended with exit code {code}"


def _cpu_seconds(pid: int) -> float | None:
    """Return the CPU time of all threads of a process; None where the system doesn't tell."""
    if sys.platform != "linux":
        return None
    with suppress(OSError):  # it has just ended
        # The clock of another process, as clock_getcpuclockid makes its number.
        return time.clock_gettime_ns(~pid << 3 | 2) / 1e9
    return None


def _helpers(pid: int) -> list[int]:
    """Return the processes that a process has started, in any thread, and that still run."""
    children: list[str] = []
    with suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            children += (thread / "children").read_text().split()
    return [int(child) for child in children if _runs(child)]


def _runs(pid: str) -> bool:
    """Say whether a process has not ended; one that nobody has asked for its end has, too."""
    with suppress(OSError, IndexError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


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
