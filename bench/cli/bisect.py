"""`skipzeros bisect`: what it takes."""

from __future__ import annotations

import sys
from typing import Any

import click

from ..commands.bisect import Wanted
from ..commands.bisect import bisect as run_bisect
from ..commands.gate import BUDGET
from ..outcomes import exit_code
from ..records.schema import BISECT
from ..show.bisect import BisectDocument, bisect_document, print_bisection
from ..text.table import print_lines
from ..timing.rounds import Plan
from .as_json import json_option, print_json
from .options import (
    AUDIT,
    CORES,
    NO_SANDBOX,
    NO_WAIT,
    RESUME,
    SCENARIO,
    TIMEOUT,
    certify_option,
    experiment_of,
    network_names,
    out_option,
    percentage,
    positive,
    reviews_option,
)
from .source import DATA


@click.command()
@click.argument("good")
@click.argument("bad")
@click.option(
    "--network",
    "name",
    required=True,
    metavar="NAME",
    shell_complete=network_names,
    help="The network of the repository: FILE.py:CLASS, package.module:CLASS, or a name.",
)
@click.option(
    "--path",
    "paths",
    multiple=True,
    type=click.Path(),
    help="Only commits that change something below it are candidates; repeatable.",
)
@click.option(
    "--max-slowdown",
    metavar="5%",
    default="5%",
    show_default=True,
    callback=percentage,
    help="How much slower than at GOOD is too much.",
)
@DATA
@reviews_option(suits="a pass of 5 to 50 ms suits")
@SCENARIO
@CORES
@certify_option("all")
@click.option(
    "--rounds",
    type=click.IntRange(1),
    help="Timed passes of each network in each gate, if every look is needed. Default: 300.",
)
@click.option(
    "--budget",
    type=float,
    default=BUDGET,
    show_default=True,
    callback=positive,
    help="Seconds for each gate.",
)
@TIMEOUT
@NO_SANDBOX
@NO_WAIT
@AUDIT
@out_option("results/bisect")
@RESUME
@json_option(BisectDocument)
def bisect(
    good: str,
    bad: str,
    name: str,
    *,
    paths: tuple[str, ...],
    max_slowdown: float,
    rounds: int | None,
    budget: float,
    as_json: bool,
    **shared: Any,
) -> None:
    """Find the commit since which a network is wrong, and the one since which it is slower.

    GOOD and BAD are git revisions, of which GOOD is an ancestor. The commits after it, along first
    parents, are compared with it as a gate does. Nothing is checked out and nothing is built.

    Exit codes: 0 BAD is neither wrong nor slower, 1 slower since the commit that is told, 2 bad
    input, 3 wrong since it, 4 inconclusive or uncertified, 5 GOOD or BAD can't serve, 6 the machine
    or a network failed.
    """
    experiment = experiment_of([name], **shared)
    done = run_bisect(experiment, Wanted(good, bad, paths, max_slowdown), Plan(rounds, budget))
    code = exit_code(done.outcomes)
    if as_json:
        print_json(bisect_document(done, experiment), code)
    else:
        print_bisection(done)
        print_lines(str(experiment.out / BISECT))
    sys.exit(code)
