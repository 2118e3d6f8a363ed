"""Several folders of records side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..records.machine import FINGERPRINT
from ..records.schema import PASSES, SCENARIO_COLUMNS
from ..text.amounts import interval, times
from .source import Source, text
from .words import html_table, verdict

# Two ratios are of the same thing only if all of these are equal.
ALIKE = ("reviews", *SCENARIO_COLUMNS, *FINGERPRINT)


def compared(sources: Sequence[Source]) -> str:
    """Write how many times faster each network is in each folder, and where the folders differ.

    Returns:
        A section in HTML; empty for fewer than two folders with ratios.
    """
    timed = [source for source in sources if source.baseline]
    if len(timed) < 2:
        return ""
    names = list(dict.fromkeys(name for source in timed for name in source.certified["network"]))
    rows = [[(name, None), *(_faster(source, name) for source in timed)] for name in names]
    verdicts = "".join(
        f"<p>{text(source.name)}: {text(verdict(source)[0])}</p>" for source in timed
    )
    heads = [
        "network",
        *(f"{source.name}: times faster than {source.baseline}" for source in timed),
    ]
    return (
        f'<section id="compared"><h2>Side by side</h2>{verdicts}'
        f"{html_table(heads, rows, sortable=True)}"
        f"<p class=note>{text(_warning(timed))}</p></section>"
    )


def _faster(source: Source, network: str) -> tuple[str, float]:
    own = source.certified[source.certified["network"] == network]
    if own.empty or math.isnan(own["ratio"].iloc[0]):
        return "", math.nan
    row = own.iloc[0]
    reach = interval(row["ratio_low"], row["ratio_high"])
    return times(row["ratio"]) + (f" ({reach})" if reach else ""), 1 / row["ratio"]


def _warning(timed: Sequence[Source]) -> str:
    known = [source.tables[PASSES].iloc[0] for source in timed if len(source.tables[PASSES])]
    told = []
    for column in ALIKE:
        values: list[Any] = list(dict.fromkeys(str(row[column]) for row in known))
        if len(values) > 1:
            told.append(f"{column.replace('_', ' ')} ({', '.join(values)})")
    differ = f"These runs differ in {'; '.join(told)}. " if told else ""
    return (
        f"{differ}Each ratio was measured in one run; ratios of different runs compare only as "
        "far as their machines and moments do."
    )
