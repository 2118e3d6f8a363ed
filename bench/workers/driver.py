"""The parent's side of a worker: starts it, asks it, and says what became of it if it dies."""

from __future__ import annotations

import json
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
from dataclasses import asdict
from typing import Any

import numpy as np

from ..equality.certificate import Certificate
from ..equality.judge import Tally
from ..equality.result import Result
from ..networks.scenario import Scenario
from ..outcomes import BadInput, Failed
from ..timing.clock import Pass
from ..timing.cut_passes import Cuts
from .entry import Entry

START_SECONDS = 60  # for Python, numpy and the network's own imports

# One thread, whatever the library; threadpoolctl can't reach all of them once they are loaded.
ENVIRONMENT = {
    name: "1"
    for name in (
        "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS", "NUMEXPR_NUM_THREADS", "NUMBA_NUM_THREADS",
    )
}  # fmt: skip

# The environment lies at the start of a process's memory, and its size moves all that follows:
# a random one, so that no network is favoured by it in every run.
PADDING = 4096


class Driver:
    """One worker. Whatever kills it becomes the network's result, not the run's end."""

    def __init__(
        self,
        entry: Entry,
        scenario: Scenario,
        timeout: float,
        core: int | None,
        memory_bytes: int | None,
        hash_seed: int,
    ) -> None:
        self.name, tree = entry.name, entry.tree
        self.result = Result(entry.name, "")
        self.sound = True  # worth another pass
        self._timeout = timeout
        place = None if tree is None else [tree.name, str(tree.top), str(tree.copy)]
        # -P, because a folder named skipzeros or numpy where the user stands is not the package.
        command = [sys.executable, "-P", "-m", __package__, *(place or [])]
        with _uninterrupted():
            self._process = subprocess.Popen(
                command,
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
        start = {
            "folder": str(entry.reviews.folder),
            "network": entry.network,
            "scenario": asdict(scenario),
            "core": core,
            "memory_bytes": memory_bytes,
            "tree": place,
        }
        # At once, so that it works while others are started.
        with suppress(OSError):  # one that has died already; start() tells of it
            self._send(start)

    def start(self) -> None:
        """Wait until the worker has loaded the network.

        Raises:
            BadInput: the network can't be had as it was named.
        """
        answer = self._ask(None, START_SECONDS)
        if answer is not None and "bad_input" in answer:
            raise BadInput(answer["bad_input"])

    def certify(
        self, sample: int | None, whole_passes: int, progress: Callable[[int], None]
    ) -> None:
        """Have the network examined; self.result then says what it is."""
        request = {"do": "certify", "sample": sample, "whole_passes": whole_passes}
        answer = self._ask(request, self._timeout, progress)
        if answer is None:
            return
        certificate = answer.pop("certificate")
        outputs = answer.pop("outputs", None)
        self.result = Result(**{**answer, "name": self.name})
        if certificate is not None:
            certificate["tally"] = Tally(**certificate["tally"])
            certificate["outputs"] = outputs and np.load(outputs, allow_pickle=False)
            self.result.certificate = Certificate(**certificate)

    def line_up(self, known: Result) -> None:
        """Have a network prepared for the clock that was certified in another process.

        Args:
            known: certified, of this network on these reviews.
        """
        certificate = known.certificate
        assert certificate is not None
        request = {
            "do": "line_up",
            "digest": certificate.digest,
            "pass_seconds": certificate.pass_seconds,
        }
        if not self.result.status:  # neither absent nor dead since its start
            self._update(self._ask(request, self._timeout))
        self.sound = self.result.status == "certified"

    def time_pass(self, set_: int, round_: int, order: int) -> Pass | None:
        """One timed pass, or None if it came to nothing; then self.sound is false."""
        request = {"do": "time_pass", "set_": set_, "round_": round_, "order": order}
        answer = self._ask(request, self._timeout)
        self.sound = answer is not None and answer["sound"]
        if answer is None or answer["pass"] is None:
            return None
        return Pass(**{**answer["pass"], "network": self.name})

    def time_cuts(self, train: float) -> Cuts | None:
        """The pass with parts left out, once; None if the network failed, as its result says."""
        answer = self._told({"do": "time_cuts", "train": train})
        return None if answer is None else Cuts(**answer["cuts"])

    def resident_memory(self) -> int | None:
        """By how many bytes this process grows with the network; None where nobody can tell."""
        answer = self._told({"do": "resident_memory"})
        return None if answer is None else answer["bytes"]

    def judge_timing(self) -> None:
        """Have the certificate taken back if the passes were not those of the network."""
        if self.result.status == "certified":
            self._update(self._ask({"do": "judge_timing"}, self._timeout))
            self.sound = self.sound and self.result.status == "certified"

    def stop(self) -> None:
        """End the worker, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()

    def _update(self, answer: dict[str, Any] | None) -> None:
        if answer is not None:
            self.result = Result(**{**answer, "name": self.name})

    def _told(self, request: dict[str, Any]) -> dict[str, Any] | None:
        answer = self._ask(request, self._timeout)
        if answer is not None and "failed" in answer:
            self.sound = False
            self.result.status, self.result.reason = "failed", answer["failed"]
            return None
        return answer

    def _ask(
        self,
        request: dict[str, Any] | None,
        seconds: float,
        progress: Callable[[int], None] = lambda reviews: None,
    ) -> dict[str, Any] | None:
        """The worker's answer; None if there is none, and then the result is `failed`.

        Args:
            request: None if it has been sent.
        """
        try:
            if request is not None:
                self._send(request)
            return self._answer(seconds, progress)
        except (Failed, OSError) as failure:
            self.stop()
            reason = str(failure) if isinstance(failure, Failed) else self._death()
            self.result.status, self.result.reason = "failed", reason
            return None

    def _send(self, request: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request).encode() + b"\n")
        self._process.stdin.flush()

    def _answer(self, seconds: float, progress: Callable[[int], None]) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise Failed(
                    f"no answer within {seconds:g} seconds; --timeout allows more"
                ) from None
            if not line:
                raise Failed(self._death())
            answer: dict[str, Any] = json.loads(line)
            if "progress" not in answer:
                return answer
            progress(answer["progress"])

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
    """A process born in here never hears Ctrl-C, not even while Python starts; we do, a bit later.

    The terminal tells it to all of us; a worker that heard it would print a traceback.
    """
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
