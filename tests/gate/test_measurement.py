"""When a gate goes on timing, when it ends, and how many rounds its budget has room for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from skipzeros import Reviews
from skipzeros.bench.equality.certificate import Certificate
from skipzeros.bench.equality.judge import Tally
from skipzeros.bench.equality.result import Result
from skipzeros.bench.gate import measurement as module
from skipzeros.bench.gate.comparison import Comparison
from skipzeros.bench.gate.controls import Controls
from skipzeros.bench.gate.decide import ROUNDS, SetRounds
from skipzeros.bench.gate.measurement import FEW_ROUNDS, Measurement, entries_of
from skipzeros.bench.networks.scenario import Scenario
from skipzeros.bench.outcomes import Status
from skipzeros.bench.workers.entry import Entry
from skipzeros.bench.workers.limits import Limits
from skipzeros.bench.workers.shared_reviews import write_reviews

SET_SECONDS = 10.0


class Foreseen(Measurement):
    """Sets that take ten seconds, and of which it is known what they show."""

    def __init__(self, budget: float) -> None:
        recording: Any = SimpleNamespace(rows=[], passes=lambda first, last: None)
        super().__init__(
            Scenario(), recording, Limits(60), judged=None, rounds=ROUNDS, budget=budget, audit=0
        )
        self.timed: list[set[str]] = []

    @property
    def elapsed(self) -> float:
        return SET_SECONDS * self.sets

    def _time_set(self, entries: Sequence[Entry]) -> None:
        self.sets += 1
        self.timed.append({entry.name for entry in entries})
        self._set_seconds = SET_SECONDS
        self._entry_seconds = SET_SECONDS / len(entries)


@pytest.fixture
def controls(few_reviews: Reviews, tmp_path: Path) -> Controls:
    (tmp_path / "reviews").mkdir()
    entry = Entry("csr", "csr", write_reviews(few_reviews, tmp_path / "reviews"))
    return Controls.of(entry, 0.05, few_reviews, few_reviews, tmp_path / "longer")


def mine(controls: Controls, name: str = "mine") -> Comparison:
    original = controls.copy.baseline
    return Comparison(replace(original, name=name), original, controls.copy.threshold)


def foreseen(
    monkeypatch: pytest.MonkeyPatch,
    compared: Mapping[Comparison, tuple[float, float]],
    budget: float = 1e6,
    pass_seconds: float = 0.01,
) -> Foreseen:
    """A measurement in which each comparison has such a ratio and noise of its rounds."""
    measurement = Foreseen(budget)
    for entry in entries_of(list(compared)):
        known = Certificate(Status.CERTIFIED, "", Tally(), None, "", pass_seconds, 1.0)
        measurement.results[entry.name] = Result(entry.name, Status.CERTIFIED, certificate=known)
    shown = {one.network.name: values for one, values in compared.items()}

    def evidence(passes: None, network: str, *_: str) -> tuple[dict[int, SetRounds], str]:
        ratio, noise = shown[network]
        rng = np.random.default_rng(1)
        logs = np.log(ratio) + noise * rng.normal(size=(measurement.sets, ROUNDS))
        return {number: SetRounds(one, one, 1.0) for number, one in enumerate(logs)}, "cpu"

    monkeypatch.setattr(module, "evidence", evidence)
    return measurement


def test_a_gate_ends_once_all_is_plain_though_its_test_of_itself_is_undecided(
    controls: Controls, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, quiet, loud = mine(controls), 0.01, 0.08
    noisy = {controls.copy: (1.0, loud), controls.longer: (1 + controls.words, loud)}
    measurement = foreseen(monkeypatch, noisy | {own: (2.0, loud)})
    assert measurement.stage([own], controls) == ""
    assert (measurement.verdict(own), measurement.sets) == ("slower", 4)
    assert not measurement.verdict(controls.longer)
    # What is slower by less is timed on beside it.
    measurement = foreseen(monkeypatch, noisy | {own: (1.06, quiet)})
    assert measurement.stage([own], controls) == ""
    assert measurement.sets == 8
    assert "mine" in measurement.timed[-1]


def test_what_is_decided_is_not_timed_on_where_the_test_came_out_well(
    controls: Controls, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, other = mine(controls), mine(controls, "other")
    quiet = {controls.copy: (1.0, 0.01), controls.longer: (1 + controls.words, 0.01)}
    measurement = foreseen(monkeypatch, quiet | {own: (1.1, 0.01), other: (1.025, 0.03)})
    measurement.stage([own, other], controls)
    assert measurement.timed[3] == {"csr", "csr (copy)", controls.longer.network.name} | {
        "mine", "other"
    }  # fmt: skip
    assert measurement.timed[4] == {"csr", "other"}


def test_the_budget_keeps_room_for_the_confirmation(
    controls: Controls, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, other = mine(controls), mine(controls, "other")
    compared = {
        controls.copy: (1.0, 0.01),
        controls.longer: (1 + controls.words, 0.01),
        own: (1.1, 0.01),
        other: (1.025, 0.03),
    }
    # Four sets of five networks, and then four of the two that are to be confirmed: 16 s.
    for budget, sets in ((65.0, 4), (67.0, 5)):
        measurement = foreseen(monkeypatch, compared, budget)
        assert "the budget of" in measurement.stage([own, other], controls)
        assert (measurement.verdict(own), measurement.sets) == ("slower", sets)


def test_where_the_budget_has_no_room_for_two_looks_sets_have_fewer_rounds(
    controls: Controls, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared = dict.fromkeys([mine(controls), *controls.both], (1.0, 0.01))
    # 4 networks, 4 sets, 25 rounds: 400 passes of 1 s for a look.
    for budget, rounds, told in ((1000.0, ROUNDS, ""), (500.0, FEW_ROUNDS, ""), (50.0, 6, "than")):
        measurement = foreseen(monkeypatch, compared, budget, pass_seconds=1.0)
        assert told in measurement.beyond_budget(list(compared))
        assert bool(measurement.beyond_budget(list(compared))) == bool(told)
        assert measurement.rounds == rounds
