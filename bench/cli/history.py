"""`skipzeros history`: what it takes."""

from __future__ import annotations

from pathlib import Path

import click

from ..commands.history import add as add_run
from ..commands.history import history as read
from ..commands.history import lines
from ..records.files import json_text
from ..records.rows import HistoryRow
from ..records.schema import HISTORY
from ..show.history import print_added, print_history

FILE = click.option(
    "--file",
    type=click.Path(path_type=Path, dir_okay=False),
    default=HISTORY,
    show_default=True,
    help="The history, made to be committed.",
)


@click.group()
def history() -> None:
    """Keep ratios to an anchor network over commits, and find where they changed."""


@history.command()
@click.argument(
    "folder", type=click.Path(path_type=Path, file_okay=False), default="results/latest"
)
@FILE
@click.option("--anchor", default="", metavar="NAME", help="The network that ratios relate to. "
              "Default: the baseline of the run.")  # fmt: skip
def add(folder: Path, file: Path, anchor: str) -> None:
    """Add a line for each network of the run in FOLDER, with the commit that the run stood in."""
    number, row = add_run(folder, file, anchor)
    print_added(number, row.commit, file)


@history.command()
@FILE
@click.option("--network", "networks", multiple=True, metavar="NAME", help="Whose lines to show; "
              "repeatable. Default: all.")  # fmt: skip
@click.option(
    "--html",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write a page with the charts too.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the lines as JSON, and no table.")
def show(file: Path, networks: tuple[str, ...], html: Path | None, as_json: bool) -> None:
    """Show how fast each network was at each commit, and the steps between them."""
    if as_json:
        rows = [row for row in lines(file, networks) if not networks or row.network in networks]
        click.echo(json_text(HistoryRow, rows).rstrip("\n"))
        return
    found = read(file, networks)
    print_history(found)
    if html is not None:
        from ..report.history import write_history_page

        write_history_page(found, html)
        click.echo(str(html))
