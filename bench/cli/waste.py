"""`skipzeros waste`: what it takes."""

from __future__ import annotations

import sys
from typing import Any

import click

from ..commands.waste import account
from ..outcomes import exit_code
from ..show.waste import WasteDocument, print_waste, waste_document
from .as_json import json_option, print_json
from .options import (
    NETWORK,
    NO_SANDBOX,
    NO_WAIT,
    OUT,
    SCENARIO,
    TIMEOUT,
    certify_option,
    experiment_of,
    reviews_option,
)
from .source import DATA


@click.command()
@NETWORK
@DATA
@reviews_option()
@SCENARIO
@certify_option("1000")
@click.option(
    "--rounds",
    type=click.IntRange(1),
    default=6,
    show_default=True,
    help="Timed passes of each network, whole and in parts.",
)
@click.option("--formulas", is_flag=True, help="Print the formulas behind the counts.")
@json_option(WasteDocument)
@TIMEOUT
@NO_SANDBOX
@NO_WAIT
@OUT
def waste(
    names: tuple[str, ...], rounds: int, formulas: bool, as_json: bool, **shared: Any
) -> None:
    """Account for the waste: multiplications, by zero and by one, bytes, memory, time by phase.

    Exit codes: 0 all well, 2 bad input, 3 a network is incorrect or refused, 4 one is
    uncertified, 6 one failed.
    """
    experiment = experiment_of(names, **shared)
    found = account(experiment, rounds)
    code = exit_code(account.result.status for account in found.accounts.values())
    if as_json:
        print_json(waste_document(found, experiment, formulas), code)
    else:
        print_waste(found, experiment, formulas)
    sys.exit(code)
