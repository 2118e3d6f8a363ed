"""The page of a sweep: what went wrong, what each cell found, and what machines say together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from skipzeros.bench.cli import cli
from skipzeros.bench.records.rows import CellRow
from skipzeros.bench.sweep.folders import Folders

COMPILED = Path(__file__).parents[2] / "results" / "compiled"
ROW = CellRow(cell="", state="done", rc=0, attempts=1, cpu="a <kind>", arguments="--seed 1")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three machines, on the last of which the order of two networks is another one."""
    names = ["passes.csv", "summary.csv"]
    tables = {name: pd.read_csv(COMPILED / name) for name in names}
    swapped = {name: table.copy() for name, table in tables.items()}
    other = {"compiled": "add-reduce", "add-reduce": "compiled"}
    for table in swapped.values():
        table["network"] = table["network"].replace(other)
    into = Folders(tmp_path / "out", resume=False)
    for number, found in enumerate((tables, tables, swapped)):
        row = replace(ROW, cell=f"c@m{number}", machine=f"m{number}", label=f"left{number}")
        texts = {name: table.to_csv(index=False) for name, table in found.items()}
        into.keep(row, texts, "")
    lost = replace(ROW, cell="gone", state="lost", rc=None, reason="its <worker> is gone")
    into.keep(lost, {}, "")
    into.conclude(["c@m0", "c@m1", "c@m2", "gone"])
    return tmp_path / "out"


def test_the_page_has_what_is_not_done_first_and_a_chart_of_machines(folder: Path) -> None:
    result = CliRunner().invoke(cli, ["report", str(folder)])
    assert result.exit_code == 0, result.output
    page = (folder / "report.html").read_text()
    assert "3 of 4 cells are done, on 3 machines." in page
    assert page.index("its &lt;worker&gt; is gone") < page.index("How many times faster")
    assert "a &lt;kind&gt;" in page
    assert ">Machine by machine<" in page
    assert page.count('role="img"') == 1
    line = "compiled is faster than add-reduce on m0, m1, and slower on m2."
    assert line in page
    assert line in " ".join(result.output.split())


def test_a_sweep_and_a_run_stand_on_one_page(folder: Path) -> None:
    result = CliRunner().invoke(cli, ["report", str(folder), str(COMPILED)])
    assert result.exit_code == 0, result.output
    page = (folder / "report.html").read_text()
    assert ">out<" in page
    assert ">compiled<" in page
    assert page.count('<section id="folder-') == 2
