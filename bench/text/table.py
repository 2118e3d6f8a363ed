"""How commands print: tables that fit the terminal, and lines."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from html import escape

from rich.bar import Bar
from rich.console import Console, JustifyMethod
from rich.table import Table
from rich.text import Text

from ..outcomes import Status, Verdict
from .markdown import one_line

# Piped output has no width of its own; a table cut off at 80 columns would lose its figures.
PIPED_WIDTH = 140
HTML_WIDTH = 10_000

# In a narrower terminal headings are folded at every space, so that figures fit into 80 columns.
NARROW = 120

PROSE = "what it does"  # a column of sentences

COLOURS: dict[str, str] = {
    Status.CERTIFIED: "green",
    Status.INCORRECT: "red",
    Status.REFUSED: "red",
    Status.FAILED: "red",
    Status.UNCERTIFIED: "yellow",
    Verdict.SLOWER: "red",
    Verdict.INCONCLUSIVE: "yellow",
    Verdict.PASS: "green",
    Verdict.FASTER: "green",
    Verdict.NO_BASELINE: "yellow",
}


def console() -> Console:
    """Open standard output: in colour on a terminal, and 140 columns wide where it is piped."""
    # A notebook's output is text here too; its tables are as_html.
    shown = Console(highlight=False, force_jupyter=False)
    text = _text.get()
    collecting = _collected.get() is not None
    if shown.is_terminal and text is None and not collecting:
        return shown
    return Console(
        file=text,
        highlight=False,
        # In HTML nothing needs to be folded.
        width=HTML_WIDTH if collecting else PIPED_WIDTH,
        force_jupyter=False,
        force_terminal=False,
    )


_text: ContextVar[io.StringIO | None] = ContextVar("text", default=None)


@contextmanager
def as_if_piped() -> Iterator[io.StringIO]:
    """Collect what would be printed into a pipe, whatever the environment says of colours."""
    text = io.StringIO()
    before = _text.set(text)
    try:
        yield text
    finally:
        _text.reset(before)


@dataclass(frozen=True)
class Block:
    """What would be printed: lines, or a table."""

    lines: Sequence[str] = ()
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[object]] = ()


_collected: ContextVar[list[Block] | None] = ContextVar("collected", default=None)


@contextmanager
def collected() -> Iterator[list[Block]]:
    """Collect what would be printed, to be shown in another form."""
    blocks: list[Block] = []
    before = _collected.set(blocks)
    try:
        yield blocks
    finally:
        _collected.reset(before)


def as_html(blocks: Iterable[Block]) -> str:
    """Write blocks as HTML; whatever stands in them is text."""
    return "".join(
        _html_table(block)
        if block.columns
        else "".join(f"<p>{escape(line)}</p>" for line in block.lines)
        for block in blocks
    )


def _html_table(block: Block) -> str:
    head = "".join(f"<th>{escape(' '.join(column.split()))}</th>" for column in block.columns)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(str(value))}</td>' for value in row)}</tr>"
        for row in block.rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table: names to the left, figures to the right, statuses in colour."""
    blocks = _collected.get()
    if blocks is not None:
        blocks += [Block(lines=[title]), Block(columns=columns, rows=rows)]
        return
    # Not rich's own title, which is folded to the width of the table.
    print_lines(title)
    shown = console()
    narrow = shown.width < NARROW
    table = Table(box=None, pad_edge=False, padding=(0, 1 if narrow else 2, 0, 0))
    for number, column in enumerate(columns):
        left = number == 0 or column in ("status", PROSE)
        # Folded where a terminal is too narrow, since an ellipsis would hide a figure.
        side: JustifyMethod = "left" if left else "right"
        if narrow and column != PROSE:
            column = column.replace(" %", "\u00a0%").replace(" ", "\n")
        table.add_column(Text(column), justify=side, overflow="fold", no_wrap=number == 0)
    for row in rows:
        # Text, because a network's name or a reason may look like markup.
        table.add_row(
            *(
                value if isinstance(value, Bar) else Text(str(value), COLOURS.get(str(value), ""))
                for value in row
            )
        )
    shown.print(table)


def print_lines(*lines: str) -> None:
    """Print lines as they stand, however long they are."""
    blocks = _collected.get()
    if blocks is not None:
        blocks.append(Block(lines=lines))
        return
    for line in lines:
        console().print(Text(line), soft_wrap=True)


def print_reasons(networks: Iterable[tuple[str, str, str | None]]) -> None:
    """Print a line for each network that has a reason.

    Args:
        networks: the name, the status and the reason of each.
    """
    for name, status, reason in networks:
        if reason:
            # What a network says must not move the cursor.
            print_lines(one_line(f"{name}: {status}, {reason}"))
