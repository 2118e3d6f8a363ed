"""`skipzeros accuracy`: one pass on presence, one on counts; how many reviews come out right?"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any

from ...impls.reviews import Reviews
from ..equality.result import Result
from ..networks.guard import blame, checked_outputs
from ..networks.scenario import Scenario
from ..outcomes import BadInput, Failed, Incorrect, Status
from ..records.files import make_folder, write_table
from ..records.rows import AccuracyRow
from ..records.schema import ACCURACY
from ..records.summary import accuracy
from ..text.amounts import whole
from ..text.progress import Advance, progress_bar
from ..timing.memory import refuse_what_cannot_fit
from ..workers.driver import Driver
from ..workers.temporary_folder import temporary_folder
from ..workers.worker_sets import certify, entries_for, workers
from .experiment import Experiment

# What the lesson tried: counts needed smaller rates, and did not help.
LESSON_RATES = {"presence": (0.1,), "counts": (0.001, 0.01)}

# Enough to see that a network is wrong before its accuracy is believed.
REVIEWS_CERTIFIED = 300


def settings(scenario: Scenario, given: Collection[str]) -> list[Scenario]:
    """Return the scenarios to train in: the lesson's inputs and rates where none are given.

    Args:
        given: which of "input" and "learning_rate" the user gave; scenario has their values.
    """
    inputs = [scenario.input] if "input" in given else list(LESSON_RATES)
    return [
        replace(scenario, input=name, learning_rate=rate)
        for name in inputs
        for rate in ([scenario.learning_rate] if "learning_rate" in given else LESSON_RATES[name])
    ]


def train_and_test(
    experiment: Experiment, scenarios: Sequence[Scenario], seeds: int
) -> tuple[list[AccuracyRow], list[Result]]:
    """Train once for each scenario and seed, then test; write accuracy.csv.

    Args:
        experiment: of one network; its corpus has reviews to test on.
        seeds: how many, from the scenario's own on.

    Returns:
        The rows of accuracy.csv, and the result of a short certificate in each scenario; where
        the network isn't certified there are no rows.

    Raises:
        BadInput: there are no reviews to test on, the network can't be had as it was named, the
            weights can't fit into memory, or the folder can't be written.
    """
    whole("seeds", seeds, 1)
    ((name, _),) = experiment.networks
    corpus, training = experiment.corpus, experiment.corpus.train[: experiment.first]
    if not len(corpus.test):
        raise BadInput(
            f"{corpus.name}: no reviews are left to test on, of {len(corpus.train):,} in all; "
            "test='20%' keeps some for that"
        )
    make_folder(experiment.out)
    refuse_what_cannot_fit(training.vocabulary_size, scenarios[0], 3)
    rows, results = [], []
    with progress_bar(f"training {name}", len(scenarios) * seeds) as advance:
        for scenario in scenarios:
            result, found = _in_scenario(experiment, scenario, seeds, advance)
            results.append(result)
            rows += found
    write_table(experiment.out / ACCURACY, AccuracyRow, rows)
    return rows, results


def _in_scenario(
    experiment: Experiment, scenario: Scenario, seeds: int, advance: Advance
) -> tuple[Result, list[AccuracyRow]]:
    """Certify a network on a few reviews, then train and test it, each in a worker of its own."""
    training = scenario.reviews(experiment.corpus.train[: experiment.first])
    rows: list[AccuracyRow] = []
    with temporary_folder() as folder:
        short = entries_for(experiment.networks, training[:REVIEWS_CERTIFIED], folder)
        found = certify(short, scenario, experiment.limits, judged=None, whole_passes=1)
        (result,) = found.values()
        if not result.certified:
            return result, rows
        entries = entries_for(experiment.networks, training, folder)
        with workers(entries, scenario, experiment.limits) as started:
            (driver,) = started.drivers
            test = scenario.reviews(experiment.corpus.test)
            try:
                for row in _passes(driver, training, test, scenario, seeds):
                    rows.append(row)
                    advance(1)
            except Incorrect as fault:
                return result.with_status(Status.INCORRECT, str(fault)), []
            except Failed as failure:
                return result.with_status(Status.FAILED, str(failure)), []
    return result, rows


def _passes(
    driver: Driver, training: Reviews, test: Reviews, scenario: Scenario, seeds: int
) -> Iterator[AccuracyRow]:
    """Train and test once for each seed, and yield its row."""
    prepared: list[Any] = []
    for seed in range(scenario.seed, scenario.seed + seeds):
        weights = replace(scenario, seed=seed).first_weights(training.vocabulary_size)
        with driver.answering(), blame("training"):
            learner = scenario.build(driver.network, *weights)
            if not prepared:
                # Prepared reviews stay valid for every instance.
                prepared = [learner.prepare(part) for part in (training, test)]
            trained = checked_outputs(learner.train(prepared[0]), len(training), "train")
            predicted = checked_outputs(learner.predict(prepared[1]), len(test), "predict")
        yield AccuracyRow(
            input=scenario.input,
            learning_rate=scenario.learning_rate,
            seed=seed,
            train_reviews=len(training),
            test_reviews=len(test),
            train_accuracy=accuracy(trained, training.labels),
            test_accuracy=accuracy(predicted, test.labels),
        )
