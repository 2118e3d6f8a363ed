"""`skipzeros advise`: what it takes."""

from __future__ import annotations

import sys
from typing import Any

import click

from ..advice.codes import FRAMEWORKS, code_of
from ..commands.advise import DENSE, SECONDS, by_data
from ..commands.advise import advise as advise_on
from ..outcomes import ExitCode, exit_code
from ..show.advise import print_advice
from .options import (
    CORES,
    NETWORK,
    NO_SANDBOX,
    NO_WAIT,
    TIMEOUT,
    experiment_of,
    out_option,
    positive,
    scenario_options,
)
from .source import SOURCE, files


@click.command()
@click.argument("data", default="synthetic", shell_complete=files)
@NETWORK
@SOURCE
@scenario_options(hidden=64, batch_size=256, dtype="float32", values=None)
@CORES
@click.option(
    "--seconds",
    type=float,
    default=SECONDS,
    show_default=True,
    callback=positive,
    help="About how long it may take; what doesn't fit is left out, and named.",
)
@click.option(
    "--code", type=click.Choice(FRAMEWORKS), help="Print the code to write, and measure nothing."
)
@TIMEOUT
@NO_SANDBOX
@NO_WAIT
@out_option("results/advice")
def advise(
    names: tuple[str, ...], *, seconds: float, code: str | None, input: str | None, **shared: Any
) -> None:
    """Say which implementation suits DATA, what it gains, and what to write.

    All that can run here is certified and timed on as many reviews as fit; what is said was
    measured. A --network takes part beside what comes with skipzeros.

    Exit codes: 0 there is an advice, 2 bad input, 6 no network is certified here.
    """
    if code is not None:
        click.echo(code_of(code).text, nl=False)
        return
    experiment = experiment_of(names or (DENSE,), input=input or "counts", **shared)
    found = advise_on(experiment if input else by_data(experiment), seconds)
    print_advice(found)
    sys.exit(exit_code(way.status for way in found.ways) if found.best else ExitCode.FAILED)
