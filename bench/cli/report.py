"""`skipzeros report`: what it takes."""

from __future__ import annotations

from pathlib import Path

import click

from ..report.tables import report as report_folders


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
def report(folders: tuple[Path, ...], markdown: bool) -> None:
    """Print the tables of the runs in each FOLDER again, and write report.html into the first.

    Both come from the CSVs alone; the page needs no network.
    """
    report_folders(folders, markdown)
