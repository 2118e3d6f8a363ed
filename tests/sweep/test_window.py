"""Which machine does which cell: nothing is lost, nothing is done twice, whatever workers do."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skipzeros.bench.commands.sweep import sweep
from skipzeros.bench.records.rows import AttemptRow, CellRow
from skipzeros.bench.sweep import window
from skipzeros.bench.sweep.cells import Cell, Sweep
from skipzeros.bench.sweep.window import LostError, Window, Worker

SUMMARY = "network,status\ncsr,certified\n"


def cells(number: int) -> tuple[Cell, ...]:
    return tuple(Cell(f"cell{n}", ("--seed", str(n)), {}, None, "code") for n in range(number))


def worker(name: str, machine: str) -> Worker:
    return Worker(name, name, {"machine": machine, "cpu": f"cpu of {machine}", "package": "code"})


class Fake:
    """An engine without processes: its workers answer, or die, as they are told to.

    Args:
        killers: cells that end their worker.
    """

    def __init__(self, *workers: Worker, killers: Sequence[str] = (), seed: int = 0) -> None:
        self.there, self.killers = list(workers), killers
        self.random = random.Random(seed)
        self.running: dict[Hashable, tuple[Worker, str]] = {}
        self.most_on_a_machine = 0
        self.begun: Counter[str] = Counter()

    def workers(self) -> Sequence[Worker]:
        return list(self.there)

    def submit(self, worker: Worker, job: Mapping[str, Any], name: str) -> Hashable:
        assert worker in self.there
        self.running[name] = (worker, name.rpartition("-")[0])
        self.begun[name.rpartition("-")[0]] += 1
        on = Counter(one.machine for one, _ in self.running.values())
        self.most_on_a_machine = max(self.most_on_a_machine, *on.values())
        return name

    def ended(self) -> Iterator[tuple[Hashable, Any]]:
        for ticket in self.random.sample([*self.running], -(-len(self.running) // 2)):
            on, name = self.running.pop(ticket)
            if name.partition("@")[0] in self.killers:
                yield ticket, LostError("its worker is gone")
            else:
                yield ticket, answer(on)

    def cancel(self, ticket: Hashable) -> None:
        self.running.pop(ticket)


def answer(on: Worker, reason: str = "") -> dict[str, Any]:
    return {
        "rc": 0, "reason": reason, "tables": {"summary.csv": SUMMARY}, "log": "fine",
        "begun": "2026-01-01T00:00:00Z", "seconds": 1.0, "wait_seconds": 0.5, "about": on.about,
    }  # fmt: skip


def states(rows: Sequence[CellRow]) -> dict[str, str]:
    return {row.cell: row.state for row in rows}


@settings(max_examples=20)
@given(
    number=st.integers(1, 12),
    machines=st.lists(st.sampled_from("abc"), min_size=1, max_size=6),
    killers=st.sets(st.integers(0, 11), max_size=3),
    everywhere=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_every_cell_has_one_end_and_none_shares_a_machine(
    number: int, machines: list[str], killers: set[int], everywhere: bool, seed: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:  # fmt: skip
    engine = Fake(
        *(worker(f"w{n}", machine) for n, machine in enumerate(machines)),
        killers=[f"cell{n}" for n in killers],
        seed=seed,
    )
    out = tmp_path_factory.mktemp("sweep")
    planned = Sweep(cells(number), everywhere=everywhere, attempts=2)
    rows = sweep(planned, engine, out)
    wanted = {cell.id for cell in planned.cells}
    if everywhere:
        wanted = {f"{name}@{machine}" for name in wanted for machine in machines}
    assert states(rows) == {
        name: "lost" if int(name.partition("@")[0][4:]) in killers else "done" for name in wanted
    }
    assert engine.most_on_a_machine == 1
    assert set(engine.begun) == wanted
    assert all(engine.begun[row.cell] == row.attempts for row in rows)
    assert {row.attempts for row in rows if row.state == "done"} <= {1}
    assert {row.attempts for row in rows if row.state == "lost"} <= {2}


def test_what_is_done_is_not_done_again_and_what_was_lost_is(tmp_path: Path) -> None:
    planned = Sweep(cells(4), attempts=1)
    first = Fake(worker("w", "a"), killers=["cell2"])
    assert states(sweep(planned, first, tmp_path))["cell2"] == "lost"
    second = Fake(worker("w", "a"))
    rows = sweep(planned, second, tmp_path, resume=True)
    assert set(second.begun) == {"cell2"}
    assert set(states(rows).values()) == {"done"}
    third = Fake(worker("w", "a"))
    sweep(planned, third, tmp_path)
    assert set(third.begun) == {cell.id for cell in planned.cells}


class Refusing(Fake):
    def ended(self) -> Iterator[tuple[Hashable, Any]]:
        for ticket, found in super().ended():
            yield ticket, {**found, "reason": "no such data"}


def test_a_failed_cell_is_tried_again_only_if_asked(tmp_path: Path) -> None:
    planned = Sweep(cells(2))
    rows = sweep(planned, Refusing(worker("w", "a")), tmp_path)
    assert states(rows) == {"cell0": "failed", "cell1": "failed"}
    assert rows[0].reason == "no such data"
    again = Fake(worker("w", "a"))
    sweep(planned, again, tmp_path, resume=True)
    assert not again.begun
    rows = sweep(planned, again, tmp_path, resume=True, retry_failed=True)
    assert set(states(rows).values()) == {"done"}


class Late(Fake):
    """A second machine comes after the first cell."""

    def ended(self) -> Iterator[tuple[Hashable, Any]]:
        yield from super().ended()
        if len(self.there) == 1:
            self.there.append(worker("late", "b"))


def test_a_machine_that_comes_late_helps(tmp_path: Path) -> None:
    engine = Late(worker("w", "a"))
    rows = sweep(Sweep(cells(6)), engine, tmp_path)
    assert {row.machine for row in rows} == {"a", "b"}
    engine = Late(worker("w", "a"))
    rows = sweep(Sweep(cells(2), everywhere=True), engine, tmp_path)
    assert {row.cell for row in rows} == {"cell0@a", "cell1@a", "cell0@b", "cell1@b"}


class Leaving(Fake):
    """Its only worker is gone after the first cell."""

    def ended(self) -> Iterator[tuple[Hashable, Any]]:
        yield from super().ended()
        self.there.clear()


def test_cells_without_a_worker_are_given_up_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window, "PATIENCE", 0.05)
    rows = sweep(Sweep(cells(2)), Leaving(worker("w", "a")), tmp_path)
    assert sorted(states(rows).values()) == ["done", "lost"]
    assert "no worker was there" in next(row.reason for row in rows if row.state == "lost")


def test_attempts_are_written_down_before_they_are_made(tmp_path: Path) -> None:
    seen: list[AttemptRow] = []

    class Checking(Fake):
        def submit(self, worker: Worker, job: Mapping[str, Any], name: str) -> Hashable:
            assert seen[-1].cell == name.rpartition("-")[0]
            return super().submit(worker, job, name)

    engine = Checking(worker("w", "a"))
    steps = Window(Sweep(cells(3)), engine, seen.append, lambda *_: None, lambda _: False)
    while steps.step():
        pass
    assert [attempt.machine for attempt in seen] == ["a", "a", "a"]


class Interrupted(Fake):
    def ended(self) -> Iterator[tuple[Hashable, Any]]:
        raise KeyboardInterrupt
        yield


def test_what_runs_is_ended_when_the_sweep_is_interrupted(tmp_path: Path) -> None:
    engine = Interrupted(worker("w", "a"), worker("v", "b"))
    with pytest.raises(KeyboardInterrupt):
        sweep(Sweep(cells(3)), engine, tmp_path)
    assert not engine.running
    assert len((tmp_path / "attempts.csv").read_text().splitlines()) == 3
    assert (tmp_path / "cells.csv").read_text().count("\n") == 1
