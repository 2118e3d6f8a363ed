"""What the page says in words and tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..records import MACHINE_COLUMNS, PASSES
from ..table import figure, interval, percent, seconds, times
from .source import Source, text

HEADS = (
    "network", "status", "one pass", "reviews/s", "times faster", "95 % interval",
    "times the limit", "train accuracy",
)  # fmt: skip


def verdict(source: Source) -> list[str]:
    """The answer in one sentence, and what stands against it."""
    ready, every = source.certified, source.summary
    if every.empty:
        return []
    if ready.empty:
        return ["No network is certified, so none has a speed."]
    best, count = ready.iloc[0], len(ready)
    line = f"{best['network']} is the fastest of {count} certified networks"
    if source.baseline and best["network"] != source.baseline:
        reach = interval(best["ratio_low"], best["ratio_high"])
        line += f": {times(best['ratio'])} times as fast as {source.baseline}"
        line += f" ({reach})" if reach else ""
    line += (
        f", {seconds(best['median_seconds'])} for one training pass over {best['reviews']:,} "
        f"reviews of {best['data']}."
    )
    lines = [line]
    for status in ("incorrect", "uncertified", "failed"):
        names = every.loc[every["status"] == status, "network"].tolist()
        if names:
            lines.append(f"{status.capitalize()}, and without a speed: {', '.join(names)}.")
    return lines


def table(source: Source) -> str:
    """The summary, to be sorted and filtered."""
    if source.summary.empty:
        return ""
    rows = [
        [
            (row["network"], None),
            (row["status"], None),
            (seconds(row["median_seconds"]), row["median_seconds"]),
            (figure(row["reviews_per_second"], ",.0f"), row["reviews_per_second"]),
            (times(row["ratio"]), 1 / row["ratio"] if row["ratio"] else math.nan),
            (interval(row["ratio_low"], row["ratio_high"]), row["ratio_low"]),
            (figure(row["times_limit"], ".3g"), row["times_limit"]),
            (percent(row["train_accuracy"]), row["train_accuracy"]),
        ]
        for row in source.summary.to_dict("records")
    ]
    identity = f"table-{text(source.name)}"
    return (
        f'<label>Show networks with <input type="search" data-table="{identity}" '
        f'placeholder="any name or status"></label>'
        f"{_table(HEADS, rows, identity, sortable=True)}"
        f"<p class=note>Times faster: than {text(source.baseline or 'nothing')}, in pairs.</p>"
    )


def certificates(source: Source) -> str:
    """On what each certificate rests, and why a network has none."""
    if source.summary.empty:
        return ""
    rows = [
        [
            (row["network"], None),
            (row["status"], None),
            (figure(row["reviews_certified"], ",.0f"), row["reviews_certified"]),
            (figure(row["worst_error_ratio"], ".3f"), row["worst_error_ratio"]),
            ("" if isinstance(row["reason"], float) else row["reason"], None),
        ]
        for row in source.summary.to_dict("records")
    ]
    heads = ("network", "status", "reviews judged", "worst error / bound", "reason")
    return (
        "<h3>Is it the same network?</h3>"
        f"{_table(heads, rows, f'certificates-{text(source.name)}')}"
        "<p class=note>Each judged step starts from the network's own weights and is compared "
        "with an extended-precision reference; below 1 every figure lies within the bound that "
        "rounding allows.</p>"
    )


def facts(source: Source) -> str:
    """Machine and data."""
    passes = source.tables[PASSES]
    if passes.empty:
        return ""
    row = passes.iloc[0]
    found = {
        "data": f"{row['data']}: {row['reviews']:,} reviews, {row['nonzeros']:,} words present, "
        f"{row['vocabulary_size']:,} in the vocabulary",
        "scenario": f"{row['input']}, hidden {row['hidden']}, batches of {row['batch_size']}, "
        f"{row['dtype']}, rate {row['learning_rate']}, seed {row['seed']}",
        "run": row["run_id"],
        **{name: row[name] for name in (*MACHINE_COLUMNS, "numba")},
    }
    items = "".join(
        f"<dt>{text(name.replace('_', ' '))}</dt><dd>{text(value)}</dd>"
        for name, value in found.items()
        if not (isinstance(value, float) and math.isnan(value))
    )
    return f"<h3>Machine and data</h3><dl>{items}</dl>"


def _table(
    heads: Sequence[str], rows: Sequence[Sequence[Any]], identity: str, sortable: bool = False
) -> str:
    """Each cell is what is shown, and the number that it is sorted by, if it is one."""
    head = "".join(
        f'<th scope="col">{f"<button type=button>{text(one)}</button>" if sortable else text(one)}'
        "</th>"
        for one in heads
    )
    body = "".join(f"<tr>{''.join(_cell(*one) for one in row)}</tr>" for row in rows)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="Table">'
        f'<table id="{identity}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _cell(shown: Any, number: float | None) -> str:
    if number is None:
        return f'<td class="text">{text(shown)}</td>'
    value = "" if math.isnan(number) else repr(float(number))
    return f'<td data-value="{value}">{text(shown)}</td>'
