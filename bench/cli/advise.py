"""`skipzeros advise`: what it takes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from ..advice.codes import FRAMEWORKS, code_of
from ..commands.advise import DENSE, SECONDS, by_data
from ..commands.advise import advise as advise_on
from ..outcomes import BadInput, ExitCode, exit_code
from ..report.advice import write_advice_page
from ..report.page import refuse_no_folder
from ..show.advise import AdviceDocument, advice_document, framework_of, lines
from ..text.progress import note
from ..text.table import print_lines
from .as_json import json_option, print_json
from .as_options import with_options
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
@click.option(
    "--html",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a page with the advice, the code for all frameworks, and the runs.",
)
@json_option(AdviceDocument)
@TIMEOUT
@NO_SANDBOX
@NO_WAIT
@out_option("results/advice")
def advise(
    names: tuple[str, ...],
    *,
    seconds: float,
    code: str | None,
    html: Path | None,
    as_json: bool,
    input: str | None,
    **shared: Any,
) -> None:
    """Say which implementation suits DATA, what it gains, and what to write.

    All that can run here is certified and timed on as many reviews as fit; what is said was
    measured. A --network takes part beside what comes with skipzeros.

    Exit codes: 0 there is an advice, 2 bad input, 3 and 4 a --network of yours is incorrect or
    uncertified, 6 no network is certified here.
    """
    if code is not None:
        if as_json or html is not None:
            raise BadInput("--code: prints the code, so leave out --json and --html")
        click.echo(code_of(code).text, nl=False)
        return
    if html is not None:
        refuse_no_folder(html)  # before anything is measured
    experiment = experiment_of(names or (DENSE,), input=input or "counts", **shared)
    if input is None:
        experiment = by_data(experiment)
    found = advise_on(experiment, seconds)
    ended = exit_code(way.status for way in found.ways) if found.best else ExitCode.FAILED
    if html is not None:
        write_advice_page(found, experiment.out, html)
    if as_json:
        print_json(advice_document(found, experiment), ended)
    else:
        print_lines(*map(with_options, lines(found)))
        if framework := framework_of(found):
            print_lines("", code_of(framework).text.rstrip("\n"))
        if html is not None:
            note(f"The page is {html}.")
    sys.exit(ended)
