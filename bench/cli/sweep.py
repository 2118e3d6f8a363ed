"""`skipzeros sweep`: what it takes."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from ..commands.sweep import sweep as run_sweep
from ..outcomes import BadInput, ExitCode, worst
from ..records.rows import CellRow
from ..show.sweep import (
    PlannedDocument,
    PlannedRow,
    SweepDocument,
    print_sweep,
    sweep_document,
)
from ..sweep.cells import Sweep, read_sweep
from ..sweep.collect import collect
from ..sweep.dask_engine import dask_engine
from .as_json import json_option, print_json
from .options import SCHEDULER, TALK, out_option
from .run import run
from .source import files


def checked(arguments: Sequence[str]) -> None:
    """Refuse words that `skipzeros run` doesn't take.

    Raises:
        BadInput: it says which.
    """
    try:
        with run.make_context("run", list(arguments)):
            pass
    except click.UsageError as error:
        raise BadInput(error.format_message().rstrip(".")) from None


def planned(path: Path, yes: bool = False) -> Sweep:
    """Read the file of a sweep.

    Raises:
        BadInput: as read_sweep raises it.
    """
    names = [word.removeprefix("--") for one in run.params for word in one.opts]
    return read_sweep(path, names, checked, yes)


@click.command()
@click.argument(
    "paths", nargs=-1, metavar="SWEEP.toml", type=click.Path(path_type=Path), shell_complete=files
)
@click.option("--local", type=click.IntRange(1), metavar="N", help="Start N workers here.")
@SCHEDULER
@click.option(
    "--collect",
    "collected",
    is_flag=True,
    help="Make a sweep of finished runs: the arguments are their folders.",
)
@out_option("results/sweep")
@click.option("--resume", is_flag=True, help="Do only the cells that are not done there.")
@click.option("--retry-failed", is_flag=True, help="With --resume: those that failed once more.")
@click.option("--dry-run", is_flag=True, help="Print the cells, and run none.")
@click.option("--yes", is_flag=True, help="Allow more than 10,000 cells.")
@json_option(SweepDocument, PlannedDocument)
@TALK
def sweep(
    paths: tuple[Path, ...],
    *,
    local: int | None,
    scheduler: str,
    scheduler_file: Path | None,
    tls: Path | None,
    collected: bool,
    out: Path,
    resume: bool,
    retry_failed: bool,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Run many scenarios, each in a run of its own, on as many machines as there are.

    Exit codes: 0 all cells are done and well, 2 bad input, 6 a cell failed or was lost; else the
    worst code of a cell.
    """
    if collected:
        if not paths:
            raise BadInput("--collect: name the folders of finished runs")
        rows: Sequence[CellRow] = collect(paths, out)
    else:
        if len(paths) != 1:
            raise BadInput("name one file of TOML that describes the sweep")
        plan = planned(paths[0], yes)
        if dry_run:
            planned_rows = [
                PlannedRow(cell=cell.id, arguments=shlex.join(cell.arguments))
                for cell in plan.cells
            ]
            if as_json:
                print_json(PlannedDocument(files=[], notes=[], rows=planned_rows))
            else:
                for row in planned_rows:
                    click.echo(f"{row.cell} skipzeros run {row.arguments}")
            return
        if sum(map(bool, (local, scheduler, scheduler_file))) != 1:
            raise BadInput("say where: --local 1, --scheduler ADDRESS or --scheduler-file FILE")
        with dask_engine(
            local=local or 0, scheduler=scheduler, scheduler_file=scheduler_file, tls=tls,
            labels=plan.machines,
        ) as engine:  # fmt: skip
            rows = run_sweep(plan, engine, out, resume=resume, retry_failed=retry_failed)
    all_done = all(row.state == "done" for row in rows)
    code = worst(row.rc for row in rows) if all_done else ExitCode.FAILED
    if as_json:
        print_json(sweep_document(rows, out), code)
    else:
        print_sweep(rows, out)
    sys.exit(code)
