"""`skipzeros why`: what it takes."""

from __future__ import annotations

import sys
from typing import Any

import click

from ..commands.why import ROUNDS, refuse_other_than_two
from ..commands.why import why as explain
from ..networks.registry import resolve
from ..outcomes import exit_code
from ..show.why import WhyDocument, print_why, why_document
from .as_json import json_option, print_json
from .options import (
    CORES,
    NO_SANDBOX,
    NO_WAIT,
    OUT,
    SCENARIO,
    TIMEOUT,
    certify_option,
    experiment_of,
    network_names,
    reviews_option,
)
from .source import DATA


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="A [B]", shell_complete=network_names)
@click.option("--against", metavar="REV", help="Compare the one network with itself at this git "
              "revision.")  # fmt: skip
@DATA
@reviews_option()
@SCENARIO
@CORES
@certify_option("1000")
@click.option(
    "--rounds",
    type=click.IntRange(1),
    default=ROUNDS,
    show_default=True,
    help="Timed passes of each network, whole and in parts.",
)
@click.option("--profile", is_flag=True, help="Write a flame graph of each network's passes into "
              "the --out folder, by py-spy.")  # fmt: skip
@json_option(WhyDocument)
@TIMEOUT
@NO_SANDBOX
@NO_WAIT
@OUT
def why(
    names: tuple[str, ...],
    against: str | None,
    rounds: int,
    profile: bool,
    as_json: bool,
    **shared: Any,
) -> None:
    """Explain the difference between two networks, from what is counted and measured.

    A and B are networks, named as for --network; or A alone is compared with itself at a revision.

    Exit codes: 0 all well, 2 bad input, 3 a network is incorrect or refused, 4 one is
    uncertified, 6 one failed.
    """
    refuse_other_than_two(resolve(names), against)
    experiment = experiment_of(names, **shared)
    found = explain(experiment, against, rounds, profile)
    code = exit_code(side.result.status for side in found.sides)
    if as_json:
        print_json(why_document(found, experiment), code)
    else:
        print_why(found, experiment)
    sys.exit(code)
