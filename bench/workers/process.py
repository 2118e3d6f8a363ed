"""The process of a worker, as the process that started it sees it."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TypeVar

from ..networks.guard import Raising
from ..outcomes import Failed
from ..text.amounts import memory_size
from ..text.mishaps import mishap
from ..timing.cgroup import killed_for_memory, memory_limit
from .driver_pipes import DriverPipes, TimedOut, Written
from .linux_process import LinuxProcess
from .messages import Forget, Message, Raised, TreePlace
from .outer_clock import OuterClock

# What libraries ask for their threads; threadpoolctl can't reach all of them once they are loaded.
THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "NUMBA_NUM_THREADS",
)

# The environment lies at the start of a process's memory, so its size moves all that follows. It is
# made longer by a random number of bytes below this, so that no network is favoured in every run.
PADDING = 4096

DYING_SECONDS = 5.0

Answer = TypeVar("Answer", bound=Message)


# By default threads of OpenMP look for the next loop for a while, which is work unasked for.
REST = {"OMP_WAIT_POLICY": "passive", "KMP_BLOCKTIME": "0"}


class WorkerProcess:
    """A process that answers requests about its network, until it is stopped or dies.

    On Linux a keeper stands between the two; see keeper.py.

    Args:
        name: of the network.
        place: the source tree of its network; None for the installed networks.
        hash_seed: the seed of Python's hashes, the same in all workers of a set.
        most: how many bytes the arrays of an answer may have.
        variables: of its environment, beside those of this process.
        threads: how many each library has.
        tool: the command of a program that runs the process, which comes before its own.

    Attributes:
        clock: what the harness sees of it from outside.
        instances, forms: the numbers of those that nobody needs any more.
    """

    def __init__(
        self,
        name: str,
        place: TreePlace | None,
        hash_seed: int,
        most: float,
        variables: Mapping[str, str],
        threads: int = 1,
        tool: Sequence[str] = (),
    ) -> None:
        where = [] if place is None else [place.revision, place.top, place.copy]
        self._process = subprocess.Popen(
            # -P, because the user's current folder may hold a skipzeros or numpy of its own.
            [*tool, sys.executable, "-P", "-m", __package__, *where],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Not this process's own, which may be a file that a network could write anew.
            stderr=subprocess.PIPE if sys.platform != "win32" else None,
            bufsize=0,
            env={
                **(REST if threads > 1 else {}),
                **os.environ,
                # A network may start no processes; joblib would say so at each import.
                "JOBLIB_MULTIPROCESSING": "0",
                **dict.fromkeys(THREADS, str(threads)),
                **variables,
                "PYTHONHASHSEED": str(hash_seed),
                "SKIPZEROS_PADDING": "x" * random.SystemRandom().randrange(PADDING),
            },
            # So that Ctrl-C reaches this process alone, which ends its workers itself.
            start_new_session=True,
        )
        self._pipes = DriverPipes(
            name,
            self._process.stdin,
            self._process.stdout,
            self._process.stderr,
            self._process.kill,
        )
        self._most = most
        self._timeout = 0.0
        self._dead, self._answered = "", False
        self._ending = threading.Lock()
        self._killed_before = killed_for_memory()
        self.clock = OuterClock(self._pipes)
        self.instances: list[int] = []
        self.forms: list[int] = []

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Allow so many seconds for all that is asked in this context.

        What the process works between two such contexts is counted: nothing is asked of it then.
        """
        self._timeout = seconds
        self._pipes.deadline = time.monotonic() + seconds
        with self.clock.asked():
            yield

    def meet(self) -> None:
        """Wait for the number of the process, which its keeper writes before all else.

        Raises:
            EOFError: the keeper has ended.
        """
        if self.clock.process is None and sys.platform == "linux":
            line = self._pipes.line()
            if not line:
                raise EOFError
            number, *rank = map(int, line.split())
            self.clock.process = LinuxProcess.of(number, self._process.pid)
            self.clock.rank = tuple(rank)

    def send(self, request: Message | Written) -> None:
        """Write a request whose answer is read later.

        Raises:
            Failed: the process died, or didn't take it in time.
        """
        if self._dead:
            raise Failed(self._dead)
        try:
            self._pipes.write(request)
        except TimedOut:
            raise self._late() from None
        except OSError:
            raise self._ended() from None

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
                instances, forms = [*self.instances], [*self.forms]
                # Others may be let go of meanwhile.
                del self.instances[: len(instances)], self.forms[: len(forms)]
                self.send(Forget(instances, forms))
            if request is not None:
                self.send(request)
            self.meet()
            answer = Message.read(self._pipes, self._most)
        except TimedOut:
            raise self._late() from None
        except (OSError, EOFError) as error:
            raise self._ended(mishap(error)) from None
        except (
            ValueError, KeyError, TypeError, AttributeError, MemoryError, RecursionError,
            OverflowError,
        ):  # fmt: skip
            raise self.refuse_answer() from None
        if answer is None:
            raise self._ended()
        self._answered = True
        if isinstance(answer, Raised):
            raise Raising(answer.error, answer.during, answer.refusal)
        if not isinstance(answer, kinds):
            raise self.refuse_answer()
        return answer

    def refuse_answer(self) -> Failed:
        """End the process, and return the error that says why."""
        return self._ended("it wrote what is no answer to the harness")

    def _late(self) -> Failed:
        return self._ended(
            f"no answer within {self._timeout:g} seconds; a longer timeout allows more"
        )

    def _ended(self, reason: str = "") -> Failed:
        self._dead = reason or self._death()
        self.stop()
        if not (reason or self._answered) and self._pipes.last:
            self._dead += f": {self._pipes.last}"
        return Failed(self._dead)

    def stop(self) -> None:
        """End the process, whatever it is doing, and those that it has started."""
        # The thread that waits for it finds it ended, and comes here too.
        with self._ending:
            if sys.platform == "linux":
                self._end_by_keeper()
            else:
                self._process.kill()
            self._process.wait()
            self._pipes.close()
            self.clock.close()

    def _end_by_keeper(self) -> None:
        """Let the keeper end all of them; a network that isn't confined may have stopped it."""
        helpers = []
        # Not if the keeper has ended, since numbers are used again.
        seen = self.clock.process if self._process.poll() is None else None
        for helper in [seen.number, *seen.helpers()] if seen is not None else ():
            with suppress(OSError):  # it has just ended
                helpers.append(os.pidfd_open(helper))
        self._process.terminate()
        try:
            self._process.wait(DYING_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()  # and Linux the worker with it
        for file in helpers:
            with suppress(OSError):
                signal.pidfd_send_signal(file, signal.SIGKILL)
            os.close(file)

    def _death(self) -> str:
        try:
            code = self._process.wait(DYING_SECONDS)
        except subprocess.TimeoutExpired:
            return "it closed its pipe to the harness"
        if code < 0:
            named = {number.value: number.name for number in signal.Signals}
            name = named.get(-code, f"signal {-code}")
            cure = ": raise the limit of CPU time (ulimit -t)" if name == "SIGXCPU" else ""
            if name == "SIGKILL" and killed_for_memory() > self._killed_before:
                limit = memory_limit()
                of = "" if limit is None else f", {memory_size(limit)} in this control group"
                cure = f": memory was short{of}; allow more, or name fewer networks"
            return f"its process was killed by {name}{cure}"
        return f"its process ended with exit code {code}"
