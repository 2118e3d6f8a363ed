"""What the page says in words and tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..outcomes import Status
from ..records.machine import Machine
from ..records.rows import columns
from ..records.schema import ACCURACY, PASSES, SCALING, WASTE
from ..text.amounts import figure, interval, multiple, percent, seconds, times
from ..text.table import COLOURS
from .source import Source, text

# The most important first, because a phone shows no more.
HEADS = (
    "network", "times faster", "95 % interval", "one pass", "status", "reviews/s",
    "times the limit", "train accuracy",
)  # fmt: skip
TEXTS = ("network", "status", "reason")  # columns of words


def verdict(source: Source) -> list[str]:
    """Write the answer in one sentence, and a line for each status that has no speed."""
    ready, every = source.certified, source.summary
    if every.empty:
        return [line for tell in (_waste, _growth, _accuracy) if (line := tell(source))]
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
    for status in (Status.INCORRECT, Status.REFUSED, Status.UNCERTIFIED, Status.FAILED):
        names = every.loc[every["status"] == status, "network"].tolist()
        if names:
            lines.append(f"{status.capitalize()}, and without a speed: {', '.join(names)}.")
    return lines


def _waste(source: Source) -> str:
    rows = source.certified_in(WASTE).dropna(subset=["pass_seconds", "multiplications"])
    if rows.empty:
        return ""
    slow, fast = (rows.loc[rows["pass_seconds"].agg(end)] for end in ("idxmax", "idxmin"))
    share = slow["by_zero"] / slow["multiplications"] if slow["multiplications"] else 0
    each = [f"{row['multiplications'] / row['reviews']:,.0f}" for row in (slow, fast)]
    return (
        f"{slow['network']} multiplies {each[0]} times for a review, {percent(share)} of them by "
        f"zero; {fast['network']}, the fastest, {each[1]} times."
    )


def _growth(source: Source) -> str:
    rows = source.certified_in(SCALING).dropna(subset=["exponent"])
    powers = rows.drop_duplicates("network").sort_values("exponent", ascending=False)
    if powers.empty:
        return ""
    told = ", ".join(
        # Rounded before 0 is added, which turns -0.00 into 0.00.
        "{} {:.2f} ({:.2f} to {:.2f})".format(
            row["network"],
            *(round(row[f"exponent{end}"], 2) + 0.0 for end in ("", "_low", "_high")),
        )
        for row in powers.to_dict("records")
    )
    return f"The cost of a pass grows with {powers['vary'].iloc[0]} to the power of: {told}."


def _accuracy(source: Source) -> str:
    rows = source.tables[ACCURACY]
    told = [
        f"{kind} at rate {rate:g} gets {percent(own['train_accuracy'].iloc[0])} right"
        for (kind, rate), own in rows.groupby(["input", "learning_rate"], sort=False)
    ]
    return f"In one training pass {', '.join(told)}." if told else ""


def table(source: Source, identity: str) -> str:
    """Write the summary as a table in HTML that can be sorted and filtered.

    Args:
        identity: the id of the table, which no other element of the page has.
    """
    if source.summary.empty:
        return ""
    rows = [
        [
            (row["network"], None),
            (times(row["ratio"]), 1 / row["ratio"] if row["ratio"] else math.nan),
            (interval(row["ratio_low"], row["ratio_high"]), row["ratio_low"]),
            (seconds(row["median_seconds"]), row["median_seconds"]),
            (row["status"], None),
            (figure(row["reviews_per_second"], ",.0f"), row["reviews_per_second"]),
            (multiple(row["times_limit"]), row["times_limit"]),
            (percent(row["train_accuracy"]), row["train_accuracy"]),
        ]
        for row in source.summary.to_dict("records")
    ]
    return (
        f'<label>Show networks with <input type="search" data-table="{identity}" '
        f'placeholder="any name or status"></label> <output aria-live="polite"></output>'
        f"{html_table(HEADS, rows, identity, sortable=True)}"
        f"<p class=note>Times faster: than {text(source.baseline or 'nothing')}, in pairs.</p>"
    )


def certificates(source: Source) -> str:
    """Write what each certificate rests on, and why a network has none, as HTML."""
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
        f"{html_table(heads, rows)}"
        "<p class=note>Each judged step starts from the network's own weights and is compared "
        "with an extended-precision reference; below 1 every figure lies within the bound that "
        "rounding allows.</p>"
    )


def facts(source: Source) -> str:
    """Write what is known of the machine and the data as HTML; empty without passes."""
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
        **{name: row[name] for name in columns(Machine)},
    }
    items = "".join(
        f"<dt>{text(name.replace('_', ' '))}</dt><dd>{text(value)}</dd>"
        for name, value in found.items()
        if value != "" and not (isinstance(value, float) and math.isnan(value))
    )
    return f"<h3>Machine and data</h3><dl>{items}</dl>"


def html_table(
    heads: Sequence[str], rows: Sequence[Sequence[Any]], identity: str = "", sortable: bool = False
) -> str:
    """Write a table in HTML.

    Args:
        rows: a pair for each cell: what is shown, and the number that it is sorted by; None for
            a cell of words.
        identity: the id of the table; empty for none.
        sortable: whether each heading is a button.
    """
    head = "".join(
        f'<th scope="col"{" class=text" if head in TEXTS else ""}>'
        f"{f'<button type=button>{text(head)}</button>' if sortable else text(head)}</th>"
        for head in heads
    )
    body = "".join(f"<tr>{''.join(_cell(*cell) for cell in row)}</tr>" for row in rows)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="Table">'
        f"<table{f' id={identity}' if identity else ''}>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cell(shown: Any, number: float | None) -> str:
    if number is None:
        known = f" {shown}" if shown in COLOURS else ""
        return f'<td class="text{known}">{text(shown)}</td>'
    value = "" if math.isnan(number) else repr(float(number))
    return f'<td data-value="{value}">{text(shown)}</td>'
