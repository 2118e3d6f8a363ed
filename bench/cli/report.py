"""`skipzeros report`: what it takes."""

from __future__ import annotations

from pathlib import Path

import click

from ..outcomes import BadInput
from ..report.tables import ReportDocument, report_document
from ..report.tables import report as report_folders
from .as_json import json_option, print_json


@click.command()
@click.argument(
    "folders",
    nargs=-1,
    required=True,
    metavar="FOLDER...",
    type=click.Path(path_type=Path, file_okay=False),
)
@click.option(
    "--markdown", is_flag=True, help="Print the tables as Markdown, as for a pull request."
)
@json_option(ReportDocument)
def report(folders: tuple[Path, ...], markdown: bool, as_json: bool) -> None:
    """Print the tables of the runs in each FOLDER again, and write report.html into the first.

    Both come from the CSVs alone; the page needs no network.
    """
    if markdown and as_json:
        raise BadInput("--markdown and --json: give one of them")
    if as_json:
        print_json(report_document(folders))
    else:
        report_folders(folders, markdown)
