"""`skipzeros run`: what it takes."""

from __future__ import annotations

import sys
from typing import Any, NoReturn

import click

from ..commands.experiment import Experiment
from ..commands.run import BUDGET
from ..commands.run import run as run_networks
from ..commands.scaling import scale
from ..cost.sizes import Vary
from ..outcomes import BadInput, Status, exit_code
from ..records.files import csv_text
from ..records.rows import SummaryRow
from ..records.schema import SCALING
from ..show.run import RunDocument, print_run_and_lines, run_document, without_baseline
from ..show.scaling import ScalingDocument, print_scaling, scaling_document
from ..text.table import print_lines
from ..timing.rounds import Plan
from .as_json import json_option, print_json
from .options import (
    AUDIT,
    CORES,
    NETWORK,
    NO_SANDBOX,
    NO_WAIT,
    OUT,
    RESUME,
    SCENARIO,
    TIMEOUT,
    certify_option,
    experiment_of,
    is_given,
    network_names,
    percentage,
    positive,
    reviews_option,
    varied,
)
from .source import DATA


@click.command()
@NETWORK
@click.option(
    "--baseline",
    "baselines",
    multiple=True,
    metavar="NAME",
    shell_complete=network_names,
    help="The network that all times are compared with; added if it isn't named. Repeatable: the "
    "records have the ratios to the first. Default: dense.",
)
@DATA
@reviews_option()
@SCENARIO
@CORES
@certify_option("1000")
@click.option(
    "--rounds",
    type=click.IntRange(1),
    help="Timed passes of each network. Default: at least 6, until the budget is spent.",
)
@click.option(
    "--precision",
    metavar="1%",
    callback=percentage,
    help="Stop once every interval reaches no further than this from its ratio.",
)
@click.option(
    "--budget",
    type=float,
    default=BUDGET,
    show_default=True,
    callback=positive,
    help="Seconds for the timed rounds; beside --rounds it counts only if it is given too.",
)
@click.option(
    "--vary",
    metavar="NAME=N,N,...",
    callback=varied,
    help="Run once for each value of hidden, vocabulary, words, reviews, batch-size or threads, "
    "and tell how the cost grows; the budget is shared.",
)
@json_option(RunDocument, ScalingDocument)
@click.option("--csv", type=click.Choice(["-"]), help="Print the rows as a CSV, and no table: '-'.")
@TIMEOUT
@NO_SANDBOX
@NO_WAIT
@AUDIT
@OUT
@RESUME
def run(
    names: tuple[str, ...],
    baselines: tuple[str, ...],
    *,
    rounds: int | None,
    precision: float | None,
    budget: float,
    vary: Vary | None,
    as_json: bool,
    csv: str | None,
    **shared: Any,
) -> None:
    """Certify the networks, time one training pass of each, and write it down.

    Exit codes: 0 all well, 2 bad input, 3 a network is incorrect or refused, 4 one is
    uncertified, 5 the named baseline isn't certified, 6 a network failed.
    """
    if as_json and csv:
        raise BadInput("--json and --csv: give one of them")
    if csv and vary:
        raise BadInput("--csv prints the rows of one run, and --vary makes several; it has --json")
    if vary and len(baselines) > 1:
        raise BadInput("--vary: give one --baseline at most")
    experiment = experiment_of(names, baselines=baselines or ("dense",), **shared)
    bound = budget if rounds is None or is_given("budget") else None
    plan = Plan(rounds, bound, precision)
    if vary is not None:
        _run_varied(experiment, plan, vary, bool(baselines), as_json)
    done = run_networks(experiment, plan)
    without = without_baseline(done, experiment)
    code = exit_code((result.status for result in done.results), bool(baselines and without))
    if as_json or csv:
        if as_json:
            print_json(run_document(done, experiment), code)
        else:
            click.echo(csv_text(SummaryRow, done.rows).rstrip("\n"))
        for line in without:
            click.echo(line, err=True)
    else:
        print_run_and_lines(done, experiment)
    sys.exit(code)


def _run_varied(
    experiment: Experiment, plan: Plan, vary: Vary, baseline_is_given: bool, as_json: bool
) -> NoReturn:
    fixed = vary.name.replace("-", "_")
    if fixed in ("hidden", "reviews", "batch_size", "threads") and is_given(fixed):
        raise BadInput(f"--{vary.name} and --vary {vary.name}=...: give one of them")
    rows = scale(experiment, plan, vary)
    own = [row.status for row in rows if row.network == experiment.baseline]
    serves = all(status == Status.CERTIFIED for status in own)
    code = exit_code((row.status for row in rows), baseline_is_given and not serves)
    if as_json:
        print_json(scaling_document(rows, vary, experiment), code)
    else:
        print_scaling(rows, vary)
        print_lines(str(experiment.out / SCALING))
    sys.exit(code)
