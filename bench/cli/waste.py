"""`skipzeros waste`: what it takes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from .options import (
    DATA,
    NETWORK,
    OUT,
    SCENARIO,
    TIMEOUT,
    certify_option,
    exit_code,
    first_reviews,
    networks_named,
    read_corpus,
    scenario_of,
)


@click.command(short_help="Where does every multiplication and byte go?")
@NETWORK
@DATA
@click.option(
    "--reviews", type=click.IntRange(1), default=2000, show_default=True,
    help="The first so many training reviews.",
)  # fmt: skip
@SCENARIO
@certify_option("1000")
@click.option(
    "--rounds", type=click.IntRange(1), default=6, show_default=True,
    help="Timed passes of each network, whole and in parts.",
)  # fmt: skip
@click.option("--formulas", is_flag=True, help="Print the formulas behind the counts.")
@TIMEOUT
@OUT
def waste(
    names: tuple[str, ...], data: str, split: str, reviews: int, sample: int | None, rounds: int,
    formulas: bool, timeout: float, out: Path, **scenario: Any,
) -> None:  # fmt: skip
    """Account for the waste: multiplications, by zero and by one, bytes, memory, time by phase.

    Exit codes: 0 all well, 2 bad input, 3 a network is incorrect, 4 one is uncertified, 6 one
    failed.
    """
    from ..commands.waste import account
    from ..show.waste import print_waste

    networks = networks_named(names)
    corpus, setting = read_corpus(data, split), scenario_of(scenario)
    training = setting.reviews(first_reviews(corpus, reviews))
    found = account(networks, training, corpus.name, setting, sample, rounds, timeout, out)
    print_waste(found, training, corpus.name, setting, formulas, out)
    sys.exit(exit_code([one.result.status for one in found.accounts.values()]))
