"""`skipzeros check`: what it takes."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from ..commands.check import check as check_networks
from ..equality.cases import Case
from ..outcomes import BadInput, exit_code
from ..show.check import notes, print_check, tell
from ..show.checked import CheckDocument, check_document
from ..sweep.dask_engine import dask_engine
from ..text.table import print_lines
from .as_json import json_option, print_json
from .options import (
    CORES,
    NETWORK,
    NO_SANDBOX,
    SCENARIO,
    SCHEDULER,
    TIMEOUT,
    certify_option,
    experiment_of,
    is_given,
)
from .source import DATA

# What a case of the matrix has of its own.
OF_THE_DATA = (
    "data", "reviews", "certify", "hidden", "learning_rate", "batch_size", "dtype", "input", "seed",
)  # fmt: skip


@click.command()
@NETWORK
@DATA
@click.option(
    "--reviews",
    type=click.IntRange(1),
    help="How many training reviews to use, from the first on. Default: all.",
)
@SCENARIO
@CORES
@certify_option("all")
@click.option(
    "--compare",
    nargs=2,
    metavar="A B",
    help="Two networks: tell where their outputs part in this pass, and how fast.",
)
@click.option("--quick", is_flag=True, help="Leave out the matrix of small made scenarios.")
@click.option(
    "--case",
    metavar="CASE",
    callback=lambda context, option, text: None if text is None else Case.parse(text),
    help="Try nothing but one case of that matrix, such as hidden=17,life=slices.",
)
@click.option(
    "--workers",
    type=click.IntRange(1),
    metavar="N",
    help="Judge the steps of a network in segments, by N processes of this machine.",
)
@SCHEDULER
@json_option(CheckDocument)
@TIMEOUT
@NO_SANDBOX
def check(
    names: tuple[str, ...],
    compare: tuple[str, str] | None,
    *,
    quick: bool,
    case: Case | None,
    workers: int | None,
    scheduler: str,
    scheduler_file: Path | None,
    tls: Path | None,
    as_json: bool,
    **shared: Any,
) -> None:
    """Certify the networks, without timing them: on the data, and in small made scenarios.

    Undeclared threads, other processes and times are judged by run and gate. With --workers, or the
    workers of a --scheduler of Dask, many steps are judged at the same time.

    Exit codes: 0 all well, 2 bad input, 3 a network is incorrect or refused, 4 one is
    uncertified, 6 one failed.
    """
    if compare and compare[0] == compare[1]:
        raise BadInput("--compare: name two different networks")
    if case and (compare or quick):
        raise BadInput("--case goes neither with --compare nor with --quick")
    for option in OF_THE_DATA if case else ():
        if is_given(option):
            name = "--" + option.replace("_", "-")
            raise BadInput(f"--case has its own reviews and scenario: leave out {name}")
    where = {"--workers": workers, "--scheduler": scheduler, "--scheduler-file": scheduler_file}
    given = [option for option, value in where.items() if value]
    if len(given) > 1:
        raise BadInput(f"{' and '.join(given)}: one of them says who judges")
    if case and given:
        raise BadInput(f"--case is one small scenario: leave out {given[0]}")
    # Those to compare come first; where no other is named, only they are checked.
    experiment = experiment_of((*(compare or ()), *names), **shared)
    with ExitStack() as stack:
        engine = None
        if scheduler or scheduler_file:
            engine = stack.enter_context(
                dask_engine(scheduler=scheduler, scheduler_file=scheduler_file, tls=tls)
            )
        results = check_networks(experiment, quick=quick, case=case, workers=workers, engine=engine)
    code = exit_code(result.status for result in results)
    if as_json:
        print_json(check_document(results, experiment, case, bool(compare)), code)
    else:
        print_check(results, experiment, case)
        print_lines(*notes(results, experiment, case))
        if compare:
            print_lines(tell(results, experiment.scenario.learning_rate))
    sys.exit(code)
