"""`skipzeros history`: what it takes."""

from __future__ import annotations

from pathlib import Path

import click

from ..commands.history import add as add_run
from ..commands.history import lines, series_of
from ..history.steps import steps_can_be_found
from ..records.schema import HISTORY
from ..show.history import (
    AddedDocument,
    HistoryDocument,
    added_notes,
    history_document,
    print_history,
)
from ..text.table import print_lines
from .as_json import json_option, print_json

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
@json_option(AddedDocument)
def add(folder: Path, file: Path, anchor: str, as_json: bool) -> None:
    """Add a line for each network of the run in FOLDER, with the commit that the run stood in."""
    number, rows = add_run(folder, file, anchor)
    notes = added_notes(number, rows[0].commit, file)
    if as_json:
        print_json(AddedDocument(files=[file], notes=notes, added=number, rows=rows))
    else:
        print_lines(*notes)


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
@json_option(HistoryDocument)
def show(file: Path, networks: tuple[str, ...], html: Path | None, as_json: bool) -> None:
    """Show how fast each network was at each commit, and the steps between them."""
    rows = lines(file, networks)
    found = None
    # Only steps need ruptures, and the lines are worth having without them.
    if html or not as_json or steps_can_be_found():
        found = series_of(rows, networks)
    if html is not None and found is not None:
        from ..report.history import write_history_page

        write_history_page(found, html)
    if as_json:
        named = [row for row in rows if not networks or row.network in networks]
        print_json(history_document(named, found, [*filter(None, (file, html))]))
    elif found is not None:
        print_history(found)
        if html is not None:
            click.echo(str(html))
