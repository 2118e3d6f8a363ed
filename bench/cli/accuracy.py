"""`skipzeros accuracy`: what it takes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from ..outcomes import BadInput
from .options import (
    DATA,
    OUT,
    SCENARIO,
    exit_code,
    first_reviews,
    is_given,
    network_names,
    read_corpus,
    scenario_of,
)


@click.command(short_help="How many reviews come out right?")
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
    "--reviews", type=click.IntRange(1), help="Train on the first so many reviews. Default: all."
)
@SCENARIO
@click.option(
    "--seeds",
    type=click.IntRange(1),
    default=10,
    show_default=True,
    help="How many seeds, from --seed on, show how far one draw may be from another.",
)
@OUT
def accuracy(
    name: str, data: str, split: str, reviews: int | None, seeds: int,
    out: Path, **scenario: Any,
) -> None:  # fmt: skip
    """Train once on presence and on counts: how many reviews come out right, as the lesson asks.

    Without --input and --learning-rate: presence at 0.1, counts at 0.001 and 0.01.
    """
    from ..commands.accuracy import settings, train_and_test
    from ..networks.registry import load
    from ..show.accuracy import print_accuracy

    candidate = load(name)
    corpus = read_corpus(data, split)
    if not len(corpus.test):
        raise BadInput(
            f"--data {data}: no reviews are left to test on; the lesson's split keeps the last "
            f"1,000 for that, and there are {len(corpus.train):,} in all"
        )
    given = {key for key in ("input", "learning_rate") if is_given(key)}
    training = first_reviews(corpus, reviews)
    setting = scenario_of(scenario)
    rows, results = train_and_test(
        candidate, training, corpus.test, settings(setting, given), seeds, out
    )
    print_accuracy(rows, results, corpus.name, setting.seed, out)
    sys.exit(exit_code([result.status for result in results]))
