"""`skipzeros report`: one self-contained HTML page from the records of one or more folders.

It is made from the CSVs alone, so whoever has them gets the same page. It loads nothing from
elsewhere; its policy lets only its own scripts run, and whatever comes from a CSV is shown as text.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from ..outcomes import BadInput
from ..records.files import replacing
from .compared import compared
from .cost import density, phases, scaling, waste
from .figure import Figure
from .source import Source, text
from .speed import accuracy, parting, speed_ups, strips
from .sweep import is_sweep, sweep_section
from .words import certificates, facts, table, verdict

PAGE = "report.html"
SCRIPTS = ("plotly-basic.min.js", "page.js")
# In the order of the page; each returns None where the records of a folder are not enough for it.
CHARTS = (speed_ups, strips, phases, waste, scaling, density, parting, accuracy)


def write_page(folders: Sequence[Path]) -> Path:
    """Write report.html into the first folder.

    Args:
        folders: each with the records of a run, of `run --vary`, `waste`, `accuracy` or a sweep.

    Returns:
        The path of the page.

    Raises:
        BadInput: a folder has none of these records, or one of them can't be read.
    """
    path = folders[0] / PAGE
    with replacing(path) as file:
        file.write(page(*sections_of(folders)))
    return path


def sections_of(folders: Sequence[Path]) -> tuple[list[str], list[Figure]]:
    """Write the sections of a page about some folders of records, and return them and the charts.

    Raises:
        BadInput: as write_page raises it.
    """
    plain = Source.read_all([folder for folder in folders if not is_sweep(folder)])
    sources = iter(plain)
    names = [Path(os.path.abspath(folder)).name for folder in folders]
    sections = [_contents(names), compared(plain)]
    drawn: list[Figure] = []
    for number, folder in enumerate(folders):
        if is_sweep(folder):
            parts, found = sweep_section(folder)
            end: list[str] = []
        else:
            parts, found, end = _parts(next(sources), f"table-{number}")
        charts = [figure_html(figure, place) for place, figure in enumerate(found, len(drawn))]
        content = "".join([f"<h2>{text(names[number])}</h2>", *parts, *charts, *end])
        sections.append(f'<section id="folder-{number}">{content}</section>')
        drawn += found
    return sections, drawn


def refuse_no_folder(path: Path) -> None:
    """Refuse a page in a folder that isn't there.

    Raises:
        BadInput: there is no such folder.
    """
    if not path.parent.is_dir():
        raise BadInput(f"{path}: there is no folder {path.parent}")


def _contents(names: Sequence[str]) -> str:
    if len(names) < 2:
        return ""
    # Places, not names, are its links: folders in two places may have one name.
    links = "".join(
        f'<li><a href="#folder-{number}">{text(name)}</a></li>' for number, name in enumerate(names)
    )
    return f'<nav aria-label="Folders"><ul>{links}</ul></nav>'


def _parts(source: Source, identity: str) -> tuple[list[str], list[Figure], list[str]]:
    """Return what stands before the charts of a folder, those, and what stands behind them."""
    drawn = [found for chart in CHARTS if (found := chart(source)) is not None]
    told = [f'<p class="verdict">{text(line)}</p>' for line in verdict(source)]
    return [*told, table(source, identity)], drawn, [certificates(source), facts(source)]


def figure_html(figure: Figure, number: int) -> str:
    """Write the place of a chart on the page, with its words; number is that of the chart."""
    return (
        f'<figure><h3 id="title-{number}">{text(figure.title)}</h3>'
        f'<div class="chart" id="chart-{number}" role="img" aria-label="{text(figure.alt)}" '
        f'style="height:{figure.height}px"></div>'
        f"<figcaption>{text(figure.caption)}</figcaption></figure>"
    )


def page(sections: Sequence[str], drawn: Sequence[Figure]) -> str:
    """Write a page of sections in HTML, and of the charts that have their places there."""
    folder = files(__package__)
    scripts = [(folder / name).read_text(encoding="utf-8") for name in SCRIPTS]
    hashes = " ".join(f"'sha256-{_hash(script)}'" for script in scripts)
    charts = [{"data": figure.data, "layout": figure.layout} for figure in drawn]
    # Without a "<", no text in a figure can end the script element.
    embedded = json.dumps(charts, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")
    whole = (folder / "page.html").read_text(encoding="utf-8")
    for name, content in {
        "POLICY": (
            f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; "
            "img-src data: blob:; base-uri 'none'; form-action 'none'"
        ),
        "STYLE": (folder / "page.css").read_text(encoding="utf-8"),
        "SECTIONS": "".join(sections),
        "FIGURES": embedded,
        "SCRIPTS": "".join(f"<script>{script}</script>" for script in scripts),
    }.items():
        whole = whole.replace(f"<!--{name}-->", content, 1)
    return whole


def _hash(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
