"""Dask's workers as the engine of a sweep: it carries jobs and answers, and decides nothing.

A worker starts a process of ours for each job, so that none of our code runs in Dask's threads,
and ends it when the job is cancelled or the client is gone; if the worker dies, it ends by itself.
"""

from __future__ import annotations

import json
import logging
import signal
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ..outcomes import BadInput
from ..text.markdown import one_line, reason
from ..text.progress import note
from .digests import package_digest
from .window import LostError, Worker

COMMAND = [sys.executable, "-P", "-m", "skipzeros.bench.sweep"]
SECONDS_TO_COME, SECONDS_TO_CONNECT = 30.0, 10.0
# How long a machine may take to say what it is.
SECONDS_TO_ANSWER = 60.0
TICK = 0.2
# A scheduler tells of dead workers only some time after it has lost them.
GONE = "its worker is gone"
TLS_FILES = {"tls_ca_file": "ca.pem", "tls_client_cert": "cert.pem", "tls_client_key": "key.pem"}
MISSING = "Dask is missing: pip install 'skipzeros[cluster]'"


def do_job(job: Mapping[str, Any], key: str) -> Any:
    """Do a job on a worker, in a process of its own; Dask calls it there.

    Raises:
        LostError: the process ended without an answer.
    """
    from distributed import get_worker

    tasks = get_worker().state.tasks
    with tempfile.TemporaryFile() as answer, tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            COMMAND, stdin=subprocess.PIPE, stdout=answer, stderr=errors, start_new_session=True
        )
        assert process.stdin is not None
        try:
            with suppress(BrokenPipeError):  # what it has to say is in errors
                process.stdin.write(json.dumps(job).encode() + b"\n")
                process.stdin.flush()
            while process.poll() is None:
                task = tasks.get(key)
                if task is None or task.state in ("cancelled", "released", "forgotten"):
                    break
                time.sleep(TICK)
        finally:
            with suppress(BrokenPipeError):
                process.stdin.close()
        code = process.wait()
        answer.seek(0)
        errors.seek(0)
        said, told = answer.read().strip(), errors.read().decode(errors="replace")
    if not said:
        lines = told.strip().splitlines() or [f"exit code {code}"]
        raise LostError(f"its process ended without an answer ({one_line(lines[-1])[:200]})")
    return json.loads(said)


@contextmanager
def dask_engine(
    *, local: int = 0, scheduler: str = "", scheduler_file: Path | None = None,
    tls: Path | None = None, labels: Sequence[str] = (),
) -> Iterator[DaskEngine]:  # fmt: skip
    """Connect to workers, or start some on this machine.

    Args:
        local: how many workers to start here; 0 to connect to others.
        scheduler: its address, ``tcp://…`` or ``tls://…``.
        scheduler_file: that it wrote; takes the place of its address.
        tls: a folder with ca.pem, cert.pem and key.pem.
        labels: of workers that must be there.

    Raises:
        BadInput: Dask is missing, the scheduler isn't there, no worker or not all that must come
            come within 30 seconds, or none has the same skipzeros.
    """
    if find_spec("distributed") is None:
        raise BadInput(MISSING)
    distributed: Any = import_module("distributed")
    if scheduler_file is not None and not scheduler_file.is_file():
        raise BadInput(
            f"scheduler: {scheduler_file} isn't there; it is written by: dask scheduler "
            f"--scheduler-file {scheduler_file}"
        )
    security = _security(scheduler, tls)
    cluster: Any = None
    try:
        if local:
            with _deaf_to_ctrl_c():
                cluster = distributed.LocalCluster(
                    n_workers=local, threads_per_worker=1, dashboard_address="127.0.0.1:0",
                    host="127.0.0.1", memory_limit=0, silence_logs=logging.ERROR,
                )  # fmt: skip
        where = {"scheduler_file": str(scheduler_file)} if scheduler_file else {
            "address": cluster or scheduler
        }  # fmt: skip
        try:
            client = distributed.Client(**where, security=security, timeout=SECONDS_TO_CONNECT)
        except (OSError, ValueError, TypeError) as error:
            raise BadInput(
                f"scheduler: {scheduler_file or scheduler} doesn't answer ({reason(error)}); start "
                "one with: dask scheduler"
            ) from None
        with client:
            engine = DaskEngine(client)
            engine.wait_for(labels)
            yield engine
    finally:
        if cluster is not None:
            cluster.close()


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Have processes that are started in this context ignore Ctrl-C; this one ends them itself."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _security(scheduler: str, tls: Path | None) -> Any:
    if scheduler.startswith("tls://") and tls is None:
        raise BadInput("tls: a scheduler at tls:// wants certificates; name their folder: --tls")
    if tls is None:
        here = ("tcp://127.", "tcp://localhost", "tcp://[::1]")
        if scheduler.startswith("tcp://") and not scheduler.startswith(here):
            note(
                f"Whoever reaches {scheduler} can run code on all of its workers; use tls:// and "
                "--tls, or a network of your own."
            )
        return None
    missing = [name for name in TLS_FILES.values() if not (tls / name).is_file()]
    if missing:
        raise BadInput(f"tls: {tls} lacks {', '.join(missing)}")
    security: Any = import_module("distributed.security")
    files = {name: str(tls / file) for name, file in TLS_FILES.items()}
    return security.Security(**files, require_encryption=True)


class DaskEngine:
    """The workers of one scheduler; see window.Engine.

    Args:
        client: connected to it.
    """

    def __init__(self, client: Any) -> None:
        self._client, self._package = client, package_digest()
        self._workers: dict[str, Worker | None] = {}
        self._futures: dict[str, tuple[Any, str]] = {}

    def wait_for(self, labels: Sequence[str]) -> None:
        """Wait until there are workers, and those with these labels.

        Raises:
            BadInput: they don't come.
        """
        until = time.monotonic() + SECONDS_TO_COME
        while True:
            there = self.workers()
            missing = [label for label in labels if label not in {one.label for one in there}]
            if there and not missing:
                return
            if time.monotonic() > until:
                break
            time.sleep(TICK)
        address = self._client.scheduler.address
        if missing:
            raise BadInput(f"machines: no worker is called {', '.join(missing)}; start it with: "
                           f"dask worker {address} --nthreads 1 --name {missing[0]}")  # fmt: skip
        raise BadInput(
            f"scheduler: no worker came within {SECONDS_TO_COME:g} s; start one on each machine "
            f"with: dask worker {address} --nthreads 1"
        )

    def workers(self) -> list[Worker]:
        """Return the workers that are there now and have the same skipzeros."""
        found = self._client.scheduler_info(n_workers=-1)["workers"]
        for address in self._workers.keys() - found.keys():
            del self._workers[address]
        for address in found.keys() - self._workers.keys():
            self._workers[address] = self._asked(address, str(found[address]["name"]))
        return [worker for worker in self._workers.values() if worker is not None]

    def _asked(self, address: str, label: str) -> Worker | None:
        """Ask a worker what it is; None if it is of no use, which is said."""
        future = self._submit(address, {}, f"skipzeros-about-{time.time_ns()}")
        try:
            about = future.result(timeout=SECONDS_TO_ANSWER)
        except Exception as error:  # whatever its machine comes up with
            why = reason(error)
            if "skipzeros" in why:
                why = "skipzeros must be installed on scheduler and workers"
            note(f"Worker {label} is of no use: {why}.")
            return None
        if about["package"] != self._package:
            note(f"Worker {label} is of no use: it has another skipzeros than this machine.")
            return None
        return Worker(address, label, about)

    def _submit(self, address: str, job: Mapping[str, Any], key: str) -> Any:
        with warnings.catch_warnings():
            # A segment brings its weights with it, and nobody else needs them.
            warnings.filterwarnings("ignore", message="Sending large graph")
            return self._client.submit(
                do_job, dict(job), key, key=key, workers=[address], pure=False, retries=0
            )

    def submit(self, worker: Worker, job: Mapping[str, Any], name: str) -> str:
        """Begin a job on a worker; return a ticket."""
        key = f"skipzeros-{name}-{time.time_ns()}"
        self._futures[key] = self._submit(worker.address, job, key), worker.address
        return key

    def ended(self) -> Iterator[tuple[str, Any]]:
        """Wait a moment, and yield the tickets that have ended, each with its answer."""
        time.sleep(TICK)
        for key, (future, address) in list(self._futures.items()):
            if not future.done() and address in self._workers:
                continue
            del self._futures[key]
            if future.status == "finished":
                yield key, future.result()
            else:
                error = future.exception() if future.status == "error" else None
                future.cancel()
                yield key, LostError(GONE if error is None else reason(error))

    def cancel(self, ticket: Any) -> None:
        """End a job that is no longer wanted."""
        future, _ = self._futures.pop(ticket)
        future.cancel()
