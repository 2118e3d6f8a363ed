"""What `skipzeros accuracy` prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..commands.experiment import Experiment
from ..equality.result import Result
from ..networks.scenario import Scenario
from ..outcomes import Status
from ..records.documents import Measured
from ..records.machine import machine
from ..records.rows import AccuracyRow
from ..records.schema import ACCURACY
from ..text.amounts import percent
from ..text.table import print_lines, print_reasons, print_table

MEANING = "Train: while passing once, each review before its own update. Test: after the pass."


@dataclass(frozen=True, kw_only=True)
class TrainedRow:
    """What is known of the network in one scenario; only a certified one has accuracies."""

    input: str
    learning_rate: float
    status: Status
    reason: str


@dataclass(frozen=True, kw_only=True)
class AccuracyDocument(Measured):
    """How many reviews come out right: a row for each input, rate and seed, as in accuracy.csv.

    Attributes:
        setting: where nothing was asked for, input and learning_rate are those of the rows.
        network: that learnt.
        results: of a short certificate in each scenario.
    """

    name = "accuracy"
    of = "accuracy"

    network: str
    results: list[TrainedRow]
    rows: list[AccuracyRow]


def accuracy_document(
    rows: Sequence[AccuracyRow],
    results: Sequence[Result],
    scenarios: Sequence[Scenario],
    experiment: Experiment,
) -> AccuracyDocument:
    """Return how many reviews come out right, for other programs.

    Args:
        results: one for each of the scenarios.
    """
    found = [
        TrainedRow(
            input=scenario.input,
            learning_rate=scenario.learning_rate,
            status=result.status,
            reason=result.reason,
        )
        for scenario, result in zip(scenarios, results, strict=True)
    ]
    return AccuracyDocument(
        files=[experiment.out / ACCURACY],
        notes=[MEANING],
        machine=machine(experiment.sandbox),
        setting=experiment.setting,
        network=results[0].name,
        results=found,
        rows=[*rows],
    )


def print_accuracy(
    rows: Sequence[AccuracyRow], results: Sequence[Result], experiment: Experiment
) -> None:
    """Print the first seed's accuracies, and beside them how far the seeds are apart."""
    seed = experiment.scenario.seed
    shown, seeds = [], len({row.seed for row in rows})
    for name, rate in dict.fromkeys((row.input, row.learning_rate) for row in rows):
        own = [row for row in rows if (row.input, row.learning_rate) == (name, rate)]
        figures = []
        for column in ("train_accuracy", "test_accuracy"):
            values = [getattr(row, column) for row in own]
            figures.append(percent(values[0]))
            if seeds > 1:
                spread = f"{percent(min(values))} to {percent(max(values))}"
                figures += [percent(float(np.median(values))), spread]
        shown.append((name, rate, *figures))
    if rows:
        columns = ["input", "rate"]
        for part in ("train", "test"):
            columns.append(f"{part}, seed {seed}")
            if seeds > 1:
                columns += ["median", f"{seeds} seeds"]
        print_table(
            f"Reviews right after one pass of {results[0].name} over {rows[0].train_reviews:,} "
            f"reviews of {experiment.corpus.name}, tested on {rows[0].test_reviews:,}",
            columns,
            shown,
        )
    print_reasons((result.name, result.status, result.reason) for result in results)
    print_lines(
        MEANING,
        str(experiment.out / ACCURACY),
    )
