"""`skipzeros advise`: what it runs, and what it makes of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from skipzeros import Reviews, Scenario
from skipzeros.bench.advice import slices as slices_module
from skipzeros.bench.advice.codes import LINEAR, TORCH
from skipzeros.bench.advice.found import BatchRow
from skipzeros.bench.cli import cli
from skipzeros.bench.commands import advise as command
from skipzeros.bench.commands import vocabulary_sizes
from skipzeros.bench.commands.experiment import Experiment
from skipzeros.bench.corpus import Corpus
from skipzeros.bench.networks.registry import resolve
from skipzeros.bench.outcomes import Status
from skipzeros.bench.records.rows import SummaryRow

NUMBA = "numba_loops.py:NumbaLoops"
Seconds = Callable[[str, int], float]


def experiment(tmp_path: Path, **scenario: Any) -> Experiment:
    reviews, words, size = 400, 10, 1000
    indices = np.random.default_rng(1).permuted(np.tile(np.arange(size), (reviews, 1)), axis=1)
    train = Reviews(
        np.arange(reviews + 1) * words, indices[:, :words].ravel(), None, np.zeros(reviews), size
    )
    return Experiment(
        networks=resolve(["dense"]),
        corpus=Corpus("made", train, train[:50]),
        scenario=Scenario(**({"batch_size": 4} | scenario)),
        out=tmp_path,
    )


class Machine:
    """Runs that take as long as a model says: seconds(network, size of the vocabulary)."""

    def __init__(self, seconds: Seconds, wrong: str = "") -> None:
        self.seconds, self.wrong, self.runs = seconds, wrong, dict[str, Experiment]()

    def run(self, case: Experiment, plan: object, sets: int) -> object:
        self.runs[case.out.name] = case
        names = [one.name for one in case.networks]
        size = case.corpus.train.vocabulary_size
        passes = [
            {"network": name, "set": round_ % 3, "round": round_, "waits": 0,
             "cpu_seconds": (took := self.seconds(name, size) * (1 + 0.01 * (round_ % 3))),
             "wall_seconds": took}
            for name in names
            for round_ in range(6)
            if name != self.wrong
        ]  # fmt: skip
        rows = [self._row(name, size, case) for name in names]
        order = sorted(
            (row for row in rows if row.status == Status.CERTIFIED), key=lambda r: r.median_seconds
        )
        rows = [
            SummaryRow(**(vars(row) | {"rank": order.index(row) + 1 if row in order else None}))
            for row in rows
        ]
        return SimpleNamespace(rows=rows, passes=pd.DataFrame(passes))

    def _row(self, name: str, size: int, case: Experiment) -> SummaryRow:
        status = Status.INCORRECT if name == self.wrong else Status.CERTIFIED
        took = self.seconds(name, size) if name != self.wrong else float("nan")
        return SummaryRow(
            network=name, status=status, median_seconds=took, clock="cpu",
            reason="it is wrong" if name == self.wrong else "", **vars(case.setting),
        )  # fmt: skip


def dense_grows(name: str, size: int) -> float:
    """Dense takes 1 ms for each word of the vocabulary, loops in numba 100 ms however many."""
    dense = {"dense": 1e-3 * size, LINEAR.network.name: 2e-3 * size}
    return dense.get(name, {NUMBA: 0.1, TORCH.network.name: 0.3}.get(name, 0.2))


@pytest.fixture
def advised(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., tuple[Any, Machine]]:
    def advise(
        seconds: Seconds = dense_grows,
        *,
        wrong: str = "",
        step: float = 1e-6,
        budget: float = 1000.0,
        **scenario: Any,
    ) -> tuple[Any, Machine]:
        machine = Machine(seconds, wrong)
        for module in (command, vocabulary_sizes):
            monkeypatch.setattr(module, "run", machine.run)
        monkeypatch.setattr(command, "memory_held", lambda entry, case: 1000)
        monkeypatch.setattr(
            command, "batch_sizes",
            lambda case, sizes, *_: [BatchRow(batch_size=size) for size in sizes],
        )  # fmt: skip
        monkeypatch.setattr(slices_module, "dense_step_seconds", lambda *_: step)
        return command.advise(experiment(tmp_path, **scenario), budget), machine

    return advise


pytestmark = pytest.mark.skipif(bool(LINEAR.missing), reason=f"needs {LINEAR.missing}")


def test_the_fastest_certified_way_is_advised(advised: Any) -> None:
    found, machine = advised()
    assert found.best == NUMBA
    assert found.as_fast == []
    ratios = {way.network: way.ratio for way in found.ways}
    assert ratios["dense"] == pytest.approx(10)
    assert found.torch_ratio == pytest.approx(0.3 / 2)
    assert set(machine.runs) >= {"ways"}
    assert "dense" not in machine.runs  # it was quick enough to be timed with the others


def test_a_wrong_network_is_not_advised_however_fast(advised: Any) -> None:
    found, _ = advised(wrong=NUMBA)
    assert found.best != NUMBA
    assert next(way for way in found.ways if way.network == NUMBA).reason == "it is wrong"


def test_what_is_as_fast_is_told(advised: Any) -> None:
    found, _ = advised(lambda name, size: 0.1)
    ready = [way.network for way in found.certified]
    assert sorted([found.best, *found.as_fast]) == sorted(ready)


def test_slow_dense_networks_are_timed_apart_beside_the_best(advised: Any) -> None:
    found, machine = advised(step=0.1, budget=100.0)
    assert {one.name for one in machine.runs["dense"].networks} == {
        NUMBA, TORCH.network.name, "dense", LINEAR.network.name,
    }  # fmt: skip
    assert "dense" not in {one.name for one in machine.runs["ways"].networks}
    assert len(machine.runs["dense"].reviews) < len(machine.runs["ways"].reviews)
    # Each once, though two of them were in both runs.
    names = [way.network for way in found.ways]
    assert len(names) == len(set(names))


def test_dense_that_takes_too_long_is_named_with_the_seconds_that_would_do(advised: Any) -> None:
    found, machine = advised(step=5.0, budget=100.0)
    assert found.way("dense") is None
    assert list(machine.runs) == ["ways"]
    assert found.vocabularies == []
    (line,) = found.left_out
    assert "Dense products were not timed, because a step for a batch of 4 took 5.00 s" in line
    assert "seconds=" in line


def test_it_finds_the_vocabulary_at_which_dense_wins(advised: Any) -> None:
    found, _ = advised()
    # They meet at 100 words; what is tried lies there.
    assert [row.vocabulary_size for row in found.vocabularies] == [100]
    (row,) = found.vocabularies
    assert row.ratio == pytest.approx(1, rel=0.05)
    assert row.density == pytest.approx(0.1)


def test_without_zeros_no_smaller_vocabulary_is_tried(advised: Any) -> None:
    found, _ = advised(lambda name, size: 0.01 if name == NUMBA else 10 + size)
    # Reviews have 10 words.
    assert [row.vocabulary_size for row in found.vocabularies] == [10]
    assert found.vocabularies[0].density == 1


def test_where_dense_is_the_best_a_larger_vocabulary_is_tried(advised: Any) -> None:
    found, _ = advised(lambda name, size: 1e-5 * size if name == "dense" else 0.1)
    assert found.best == "dense"
    assert [row.vocabulary_size for row in found.vocabularies] == [10_000]


def test_what_there_is_no_time_for_is_named_and_not_done(advised: Any) -> None:
    found, machine = advised(budget=1e-3)
    assert list(machine.runs) == ["ways"]
    assert found.batches == found.vocabularies == []
    assert all(way.memory_bytes is None for way in found.ways)
    told = " ".join(found.left_out)
    for part in ("memory", "batches of 64", "dense"):
        assert part in told


def test_runs_of_another_advice_are_none_of_this_one(advised: Any, tmp_path: Path) -> None:
    (tmp_path / "vocabulary=7").mkdir()
    found, machine = advised(step=0.1, budget=100.0)
    assert {path.name for path in command.runs_of(found, tmp_path)} == set(machine.runs)


def test_threads_let_networks_that_declare_them_take_part(
    advised: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, machine = advised(threads=2)
    assert "compiled-threads" in {one.name for one in machine.runs["ways"].networks}
    _, machine = advised()
    assert "compiled-threads" not in {one.name for one in machine.runs["ways"].networks}


@pytest.mark.parametrize(("value", "wanted"), [(2.0, "presence"), (0.25, "counts")])
def test_data_with_fractions_are_taken_as_counts(value: float, wanted: str, tmp_path: Path) -> None:
    reviews = Reviews.from_lists([[0, 2], [1]], [0, 1], 3, [[1.0, value], [1.0]])
    case = Experiment(networks=[], corpus=Corpus("x", reviews, reviews[:0]), out=tmp_path)
    assert command.by_data(case).scenario.input == wanted


def test_wrong_words_are_told_before_anything_is_measured(tmp_path: Path) -> None:
    for arguments, message in (
        (["--code", "cobol"], "'cobol' is not one of"),
        (["--seconds", "0"], "must be a number above 0"),
        (["no/such.csv"], "no/such.csv"),
        (["--html", str(tmp_path / "no" / "page.html")], "there is no folder"),
        (["--code", "numpy", "--json"], "leave out --json and --html"),
        (["--network", "no-such"], "no network is called 'no-such'"),
    ):
        result = CliRunner().invoke(cli, ["advise", *arguments])
        assert result.exit_code == 2, result.output
        assert message in result.output


@pytest.mark.slow
def test_an_advice_on_real_networks(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    command_line = ["advise", "synthetic", "--seconds", "5", "--hidden", "4", "--json", "--quiet",
                    "--html", str(page), "--out", str(tmp_path / "out")]  # fmt: skip
    result = CliRunner().invoke(cli, command_line)
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["best"] in {row["network"] for row in found["rows"]}
    assert all(row["status"] == "certified" for row in found["rows"]), found["rows"]
    assert len(found["notes"]) <= 12
    shown = page.read_text("utf-8")
    assert 'id="advice"' in shown
    for framework in ("numpy", "scipy", "numba"):
        assert f"<summary>{framework}</summary>" in shown
