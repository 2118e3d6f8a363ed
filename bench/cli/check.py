"""`skipzeros check`: what it takes."""

from __future__ import annotations

import sys
from typing import Any

import click

from ..commands.check import check as check_networks
from ..outcomes import BadInput, exit_code
from ..show.check import coverage, print_check, tell
from ..text.table import print_lines
from .options import DATA, NETWORK, NO_SANDBOX, SCENARIO, TIMEOUT, certify_option, experiment_of


@click.command()
@NETWORK
@DATA
@click.option(
    "--reviews",
    type=click.IntRange(1),
    help="How many training reviews to use, from the first on. Default: all.",
)
@SCENARIO
@certify_option("all")
@click.option(
    "--compare",
    nargs=2,
    metavar="A B",
    help="Two networks: tell where their outputs part in this pass, and how fast.",
)
@TIMEOUT
@NO_SANDBOX
def check(names: tuple[str, ...], compare: tuple[str, str] | None, **shared: Any) -> None:
    """Certify the networks, without timing them.

    Threads, other processes and times are judged by run and gate.

    Exit codes: 0 all well, 2 bad input, 3 a network is incorrect or refused, 4 one is
    uncertified, 6 one failed.
    """
    if compare and compare[0] == compare[1]:
        raise BadInput("--compare: name two different networks")
    # Those to compare come first; where no other is named, only they are checked.
    experiment = experiment_of((*(compare or ()), *names), **shared)
    results = check_networks(experiment)
    print_check(results, experiment)
    print_lines(coverage(results, experiment))
    if compare:
        print_lines(tell(results, experiment.scenario.learning_rate))
    sys.exit(exit_code(result.status for result in results))
