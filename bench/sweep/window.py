"""Which machine begins which cell when: one cell at a time on each, whatever becomes of workers.

There is a window and no queue: a cell is handed over only when a machine is free, so that one that
ends its worker takes no other with it.
"""

from __future__ import annotations

import shlex
import time
from collections import Counter, deque
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ..records.recording import now
from ..records.rows import AttemptRow, CellRow, columns
from ..text.progress import foretell, note
from .cells import Cell, Sweep

# So long a cell waits for a worker before it is given up for lost.
PATIENCE = 60.0


class LostError(Exception):
    """A worker was lost with its cell, or the engine failed; the message says how."""


@dataclass(frozen=True)
class Worker:
    """A process on some machine that does one job at a time.

    Attributes:
        address: where the engine finds it.
        label: how its owner called it.
        about: what job.fingerprint returns.
    """

    address: str
    label: str
    about: Mapping[str, Any]

    @property
    def machine(self) -> str:
        """Which machine it is on."""
        return str(self.about["machine"])


class Engine(Protocol):
    """What hands jobs to workers."""

    def workers(self) -> Sequence[Worker]:
        """Return the workers that are there now and have the same skipzeros."""

    def submit(self, worker: Worker, job: Mapping[str, Any], name: str) -> Hashable:
        """Begin a job on a worker; return a ticket."""

    def ended(self) -> Iterator[tuple[Hashable, Any]]:
        """Wait a moment, and yield the tickets that have ended, each with its answer.

        The answer of a job whose worker was lost is a LostError.
        """

    def cancel(self, ticket: Hashable) -> None:
        """End a job that is no longer wanted."""


@dataclass(frozen=True)
class Task:
    """A cell to be done, on any machine or on one of them."""

    cell: Cell
    machine: str = ""

    @property
    def name(self) -> str:
        """What its folder and its rows are called."""
        return f"{self.cell.id}@{self.machine}" if self.machine else self.cell.id


@dataclass(frozen=True)
class Begun:
    """A task that a worker has."""

    task: Task
    worker: Worker
    since: float


# Takes a row of cells.csv, the tables and the log.
Keep = Callable[[CellRow, Mapping[str, str], str], None]


class Window:
    """The cells of a sweep, those that run and those that wait.

    Args:
        begin: is told of each attempt before it is made.
        keep: is given what came of each cell.
        known: names of tasks that need not be done.

    Attributes:
        names: of all tasks so far; there are more when a machine comes in a sweep over all.
        running: by their tickets.
    """

    def __init__(
        self,
        sweep: Sweep,
        engine: Engine,
        begin: Callable[[AttemptRow], None],
        keep: Keep,
        known: Callable[[str], bool],
    ) -> None:
        self._sweep, self._engine = sweep, engine
        self._begin, self._keep, self._known = begin, keep, known
        self._waiting: deque[Task] = deque()
        self._machines: set[str] = set()
        self._attempts: Counter[str] = Counter()
        self._seen = time.monotonic()
        self.names: list[str] = []
        self.running: dict[Hashable, Begun] = {}
        if not sweep.everywhere:
            self._add(Task(cell) for cell in sweep.cells)

    @property
    def left(self) -> int:
        """How many tasks are still to be done."""
        return len(self._waiting) + len(self.running)

    def step(self) -> bool:
        """Begin what can be begun, wait a moment, and keep what has ended.

        Returns:
            Whether anything is left to do.
        """
        workers = self._engine.workers()
        self._welcome(workers)
        self._fill(workers)
        for ticket, answer in self._engine.ended():
            begun = self.running.pop(ticket)
            if isinstance(answer, LostError):
                self._lost(begun.task, str(answer))
            else:
                self._done(begun, answer)
        return bool(self.left)

    def stop(self) -> None:
        """End what runs."""
        for ticket in self.running:
            self._engine.cancel(ticket)

    def _add(self, tasks: Iterator[Task]) -> None:
        for task in tasks:
            self.names.append(task.name)
            if not self._known(task.name):
                self._waiting.append(task)

    def _welcome(self, workers: Sequence[Worker]) -> None:
        for worker in workers:
            if worker.machine not in self._machines:
                self._machines.add(worker.machine)
                if self._sweep.everywhere:
                    self._add(Task(cell, worker.machine) for cell in self._sweep.cells)
        there = {worker.machine for worker in workers}
        if there >= {task.machine for task in self._waiting if task.machine} and there:
            self._seen = time.monotonic()
        elif time.monotonic() - self._seen > PATIENCE:
            self._give_up(there)

    def _give_up(self, there: set[str]) -> None:
        """Let go of the tasks that no worker can do."""
        for task in list(self._waiting):
            if not there or (task.machine and task.machine not in there):
                self._waiting.remove(task)
                self._keep_lost(task, f"no worker was there for {PATIENCE:g} s")

    def _fill(self, workers: Sequence[Worker]) -> None:
        busy = {begun.worker.machine for begun in self.running.values()}
        for worker in workers:
            if worker.machine in busy:
                continue
            task = next((t for t in self._waiting if t.machine in ("", worker.machine)), None)
            if task is None:
                continue
            self._waiting.remove(task)
            busy.add(worker.machine)
            self._attempts[task.name] += 1
            self._begin(AttemptRow(
                cell=task.name, machine=worker.machine, label=worker.label, begun=now()
            ))  # fmt: skip
            foretell(
                f"{task.name} begins on worker {worker.label}: {shlex.join(task.cell.arguments)}"
            )
            number = self._attempts[task.name]
            ticket = self._engine.submit(
                worker, task.cell.job(self._sweep.timeout), f"{task.name}-{number}"
            )
            self.running[ticket] = Begun(task, worker, time.monotonic())

    def _lost(self, task: Task, why: str) -> None:
        if self._attempts[task.name] < self._sweep.attempts:
            note(f"{task.name} is begun again: {why}.")
            # Behind all others: if it ends workers, the others are done by then.
            self._waiting.append(task)
        else:
            self._keep_lost(task, f"{why}, {self._attempts[task.name]} times in all")

    def _keep_lost(self, task: Task, why: str) -> None:
        self._keep(self._row(task, state="lost", reason=why), {}, "")

    def _done(self, begun: Begun, answer: Mapping[str, Any]) -> None:
        about = {
            name: answer["about"][name] for name in columns(CellRow) if name in answer["about"]
        }
        took = time.monotonic() - begun.since
        row = self._row(
            begun.task,
            state="failed" if answer["reason"] else "done",
            rc=answer["rc"],
            reason=answer["reason"],
            label=begun.worker.label,
            begun=answer["begun"],
            seconds=answer["seconds"],
            wait_seconds=answer["wait_seconds"],
            engine_seconds=max(0.0, took - answer["seconds"] - answer["wait_seconds"]),
            **about,
        )
        self._keep(row, answer["tables"], answer["log"])
        waited = f", after {row.wait_seconds:.0f} s for another timing there"
        foretell(
            f"{row.cell} is {row.state} in {row.seconds:.0f} s"
            f"{waited if row.wait_seconds >= 1 else ''}; {self.left} to do."
        )

    def _row(self, task: Task, **found: Any) -> CellRow:
        return CellRow(
            cell=task.name,
            attempts=self._attempts[task.name],
            arguments=shlex.join(task.cell.arguments),
            data_digest=task.cell.data[1] if task.cell.data else "",
            **{"package": task.cell.package, **found},
        )
