"""The page of an advice: what is said, the ways, the code for each framework, and the runs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from ..advice.codes import CODES
from ..advice.found import Advice, Way
from ..commands.advise import runs_of
from ..records.files import replacing
from ..show.advise import framework_of, lines
from ..text.amounts import memory_size, multiple, seconds
from .page import page, refuse_no_folder, sections_of
from .source import text
from .words import html_table

HEADS = ("way", "network", "time / advised", "95 % interval", "1,000 reviews", "status",
         "times the limit", "memory")  # fmt: skip


def write_advice_page(found: Advice, folder: Path, path: Path) -> None:
    """Write the page of an advice, self-contained like every page.

    Args:
        folder: of the advice's runs.

    Raises:
        BadInput: it can't be written there.
    """
    refuse_no_folder(path)
    sections, drawn = sections_of(runs_of(found, folder))
    with replacing(path) as file:
        file.write(page([_section(found), *sections], drawn))


def _section(found: Advice) -> str:
    told = "".join(f"<li>{text(line)}</li>" for line in lines(found))
    codes = "".join(
        f"<details{' open' if code.framework == framework_of(found) else ''}>"
        f"<summary>{text(code.framework)}</summary><pre>{text(code.text)}</pre></details>"
        for code in CODES
    )
    ways = html_table(HEADS, [_cells(way) for way in found.ways], "ways", sortable=True)
    return (
        f'<section id="advice"><h2>Advice for {text(found.data)}</h2><ul>{told}</ul>{ways}'
        f"<h3>The code to write</h3>{codes}</section>"
    )


def _cells(way: Way) -> Sequence[tuple[str, float | None]]:
    reach = "" if math.isnan(way.ratio_low) else (
        f"{multiple(way.ratio_low)} to {multiple(way.ratio_high)}"
    )  # fmt: skip
    a_thousand = 1000 * way.median_seconds / way.reviews
    held = way.memory_bytes
    return [
        (way.what, None),
        (way.network, None),
        (multiple(way.ratio), way.ratio),
        (reach, way.ratio_low),
        (seconds(a_thousand), a_thousand),
        (way.status, None),
        (multiple(way.times_limit), way.times_limit),
        ("" if held is None else memory_size(held), math.nan if held is None else held),
    ]
