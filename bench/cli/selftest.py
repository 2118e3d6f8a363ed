"""`skipzeros selftest`: what it takes."""

from __future__ import annotations

import sys
from typing import Any

import click

from ..commands.selftest import selftest as run_selftest
from ..outcomes import ExitCode
from ..show.selftest import SelftestDocument, selftest_document, tell
from .as_json import json_option, print_json
from .options import (
    NO_SANDBOX,
    NO_WAIT,
    SCENARIO,
    TIMEOUT,
    experiment_of,
    network_names,
    out_option,
    percentage,
    reviews_option,
)
from .source import DATA


@click.command()
@click.option(
    "--network",
    "name",
    default="add-reduce",
    show_default=True,
    metavar="NAME",
    shell_complete=network_names,
    help="The network to try it on: a name, or your own as FILE.py:CLASS.",
)
@DATA
@reviews_option(1000)
@SCENARIO
@click.option(
    "--max-slowdown",
    metavar="5%",
    default="5%",
    show_default=True,
    callback=percentage,
    help="The slowdown that the gates are to find.",
)
@click.option(
    "--gates",
    type=click.IntRange(1),
    default=20,
    show_default=True,
    help="How many real gates to run on what should pass and on what should be slower.",
)
@click.option(
    "--slowdown",
    "slowdowns",
    metavar="10%",
    multiple=True,
    callback=lambda context, option, texts: tuple(
        0.0 if text.strip() in ("0", "0%") else percentage(context, option, text) for text in texts
    ),
    help="Also run gates on this slowdown; may be given several times.",
)
@click.option("--noise", is_flag=True, help="Keep every core busy meanwhile.")
@json_option(SelftestDocument)
@TIMEOUT
@NO_SANDBOX
@NO_WAIT
@out_option("results/selftest")
def selftest(
    name: str,
    max_slowdown: float,
    gates: int,
    slowdowns: tuple[float, ...],
    noise: bool,
    as_json: bool,
    **shared: Any,
) -> None:
    """Measure the gate on this machine: false alarms, power, the smallest change it can tell.

    Exit codes: 0 all well, 2 bad input, 4 a gate gave the wrong verdict, 6 the network failed.
    """
    experiment = experiment_of([name], **shared)
    found = run_selftest(experiment, max_slowdown, gates, noise, slowdowns)
    code = ExitCode.INCONCLUSIVE if found.wrong else ExitCode.OK
    if as_json:
        print_json(selftest_document(found, max_slowdown, noise, experiment), code)
    else:
        tell(found, max_slowdown, noise, experiment.out)
    sys.exit(code)
