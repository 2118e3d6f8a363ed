"""`skipzeros accuracy`: what it takes."""

from __future__ import annotations

import sys
from typing import Any

import click

from ..commands.accuracy import settings, train_and_test
from ..outcomes import exit_code
from ..show.accuracy import AccuracyDocument, accuracy_document, print_accuracy
from .as_json import json_option, print_json
from .options import NO_SANDBOX, OUT, SCENARIO, TALK, experiment_of, is_given, network_names
from .source import DATA


@click.command()
@click.option(
    "--network",
    "name",
    default="csr",
    show_default=True,
    metavar="NAME",
    shell_complete=network_names,
    help="The network that learns: a name, or your own as FILE.py:CLASS.",
)
@DATA
@click.option(
    "--reviews",
    type=click.IntRange(1),
    help="How many reviews to train on, from the first on. Default: all.",
)
@SCENARIO
@click.option(
    "--seeds",
    type=click.IntRange(1),
    default=10,
    show_default=True,
    help="Train with so many seeds, from --seed on, to show how far they are apart.",
)
@json_option(AccuracyDocument)
@TALK
@NO_SANDBOX
@OUT
def accuracy(name: str, seeds: int, as_json: bool, **shared: Any) -> None:
    """Train once on presence and on counts: how many reviews come out right, as the lesson asks.

    Without --input and --learning-rate: presence at 0.1, counts at 0.001 and 0.01.
    """
    experiment = experiment_of([name], **shared)
    given = {option for option in ("input", "learning_rate") if is_given(option)}
    scenarios = settings(experiment.scenario, given)
    rows, results = train_and_test(experiment, scenarios, seeds)
    code = exit_code(result.status for result in results)
    if as_json:
        print_json(accuracy_document(rows, results, scenarios, experiment), code)
    else:
        print_accuracy(rows, results, experiment)
    sys.exit(code)
