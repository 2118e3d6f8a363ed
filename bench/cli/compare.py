"""`skipzeros compare`: what it takes."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ..commands.compare import THRESHOLD
from ..commands.compare import compare as compare_runs
from ..outcomes import exit_code
from ..show.compare import ComparedDocument, compared_document, print_compared
from .as_json import json_option, print_json
from .options import percentage

FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command()
@click.argument("before", type=FOLDER)
@click.argument("after", type=FOLDER)
@click.option("--anchor", default="", metavar="NAME", help="The network that ratios relate to. "
              "Default: the baseline of both runs.")  # fmt: skip
@click.option(
    "--threshold",
    metavar="5%",
    callback=percentage,
    default=f"{THRESHOLD:.0%}",
    show_default=True,
    help="The change that counts.",
)
@json_option(ComparedDocument)
def compare(before: Path, after: Path, anchor: str, threshold: float, as_json: bool) -> None:
    """Compare two runs of one scenario: which networks became faster or slower?

    BEFORE and AFTER are folders that `skipzeros run` wrote. Only ratios to a network that both have
    are compared, never seconds.

    Exit codes: 0 all well, 1 one is slower, 2 bad input, 3 one is incorrect or refused, 4 unclear
    or uncertified, 6 one failed.
    """
    done = compare_runs(before, after, anchor, threshold)
    code = exit_code(row.verdict for row in done.rows)
    if as_json:
        print_json(compared_document(done, before, after), code)
        for line in done.warnings:
            click.echo(line, err=True)
    else:
        print_compared(done)
    sys.exit(code)
