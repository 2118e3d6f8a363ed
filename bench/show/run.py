"""What `skipzeros run` prints: the table, and the lines that say what its figures rest on."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from rich.bar import Bar

from ..commands.experiment import Experiment
from ..equality.matrix import ONE_SCENARIO
from ..networks.packed import LESSON
from ..networks.sandbox import sandbox
from ..outcomes import Status
from ..records.documents import Measured
from ..records.machine import machine
from ..records.rows import SummaryRow
from ..records.schema import PARTING, PASSES, SUMMARY
from ..text.amounts import figure, interval, multiple, percent, seconds, times
from ..text.markdown import escaped, markdown_table, one_line
from ..text.table import console, print_lines, print_reasons, print_table
from ..timing.bills import by_wall_time, hidden_work
from ..timing.ratios import Ratio, median_seconds, paired_ratio
from .check import coverage

if TYPE_CHECKING:
    from ..commands.run import Run
    from ..equality.result import Result

# Columns of the terminal from which on there are bars, and columns of a bar.
BARS_FROM, BAR_WIDTH = 100, 12

INTERVAL = "95 %\ninterval"
# How often seconds are in a shorter time tells something up to here.
WORTH_COMPARING = 20


def print_run(
    rows: Sequence[SummaryRow],
    baseline: str,
    beside: Mapping[str, Mapping[str, Ratio]] | None = None,
) -> None:
    """Print the table of `run`, from the fastest network to those without a rank; then reasons.

    Args:
        beside: the ratio of each network to each further baseline, which has a column of its own.
    """
    ranked = _ranked(rows)
    columns: list[str] = _run_columns(baseline)
    cells: list[list[object]] = [[*_run_cells(row)] for row in ranked]
    for place, (other, ratios) in enumerate((beside or {}).items(), 1 + columns.index(INTERVAL)):
        columns.insert(place, _faster_than(other))
        for ranked_row, own in zip(ranked, cells, strict=True):
            own.insert(place, times(ratios.get(ranked_row.network, Ratio()).ratio))
    shown = console()
    if shown.is_terminal and shown.width >= BARS_FROM and not shown.options.ascii_only:
        place = 1 + columns.index(INTERVAL)
        columns.insert(place, "on a log\nscale")
        for row, bar in zip(cells, _bars(ranked), strict=True):
            row.insert(place, bar)
    print_table(_run_title(rows[0]), columns, cells)
    print_reasons((row.network, row.status, row.reason) for row in ranked)


def run_markdown(rows: Sequence[SummaryRow], baseline: str) -> str:
    """Return the table of `run` and the reasons as Markdown."""
    ranked = _ranked(rows)
    reasons = [f"{row.network}: {row.status}, {row.reason}" for row in ranked if row.reason]
    return "\n\n".join(
        [
            escaped(one_line(_run_title(rows[0]))),
            markdown_table(_run_columns(baseline), map(_run_cells, ranked)),
            *(f"- {escaped(one_line(reason))}" for reason in reasons),
        ]
    )


def _ranked(rows: Sequence[SummaryRow]) -> list[SummaryRow]:
    return sorted(rows, key=lambda row: row.rank or math.inf)


def _run_title(row: SummaryRow) -> str:
    batch = f", batches of {row.batch_size}" if row.batch_size > 1 else ""
    definition = "" if row.definition == LESSON else f"{row.definition}, "
    return (
        f"One training pass over {row.reviews:,} reviews of {row.data}: {definition}{row.input}, "
        f"hidden {row.hidden}, rate {row.learning_rate}, {row.dtype}{batch}"
    )


def _run_columns(baseline: str) -> list[str]:
    faster = _faster_than(baseline) if baseline else "times faster"
    before = ["network", "status", "one pass", "reviews/s", faster]
    return [*before, INTERVAL, "times the\nlimit", "train\naccuracy"]


def _faster_than(baseline: str) -> str:
    return f"times faster\nthan {baseline}"


def _run_cells(row: SummaryRow) -> list[str]:
    return [
        row.network + _resources(row),
        row.status,
        seconds(row.median_seconds),
        figure(row.reviews_per_second, ",.0f"),
        times(row.ratio),
        interval(row.ratio_low, row.ratio_high),
        multiple(row.times_limit),
        percent(row.train_accuracy),
    ]


def _resources(row: SummaryRow) -> str:
    if row.device_used != "cpu":
        return f" ({row.device_used.partition(':')[0]})"
    return f" ({row.threads_used} threads)" if row.threads_used > 1 else ""


def _bars(rows: Sequence[SummaryRow]) -> list[object]:
    """Return a bar for each row, on a log scale: from 1, the baseline, to how many times faster."""
    ratios = [row.ratio for row in rows]
    logs = [-math.log(ratio) for ratio in ratios]
    known = [0.0, *(log for log in logs if not math.isnan(log))]
    low, span = min(known), max(known) - min(known)
    return [
        ""
        if math.isnan(log) or not span
        else Bar(span, min(log, 0) - low, max(log, 0) - low, width=BAR_WIDTH, color="cyan")
        for log in logs
    ]


@dataclass(frozen=True, kw_only=True)
class BesideRow:
    """The ratio of a network to a further baseline.

    Attributes:
        baseline: a further one.
    """

    network: str
    baseline: str
    ratio: float = math.nan
    ratio_low: float = math.nan
    ratio_high: float = math.nan


@dataclass(frozen=True, kw_only=True)
class RunDocument(Measured):
    """What a run found: a row for each network, as in summary.csv.

    Attributes:
        baseline: the network that the ratios of the rows relate to.
        beside: ratios to the further baselines.
        rounds, sets: how many rounds were timed, over how many sets of workers.
        stopped: why no further round was timed; empty if no network was ready for the clock.
        apart: how much the median of a ratio differs between sets, at most, as a fraction.
        timed_seconds, other_seconds: wall time under the clock, and of everything else.
    """

    name = "run"
    of = "run"

    baseline: str
    beside: list[BesideRow]
    rounds: int
    sets: int
    stopped: str
    apart: float = math.nan
    timed_seconds: float
    other_seconds: float
    rows: list[SummaryRow]


def run_document(done: Run, experiment: Experiment) -> RunDocument:
    """Return what a run found for other programs."""
    beside = [
        BesideRow(
            network=name, baseline=other, ratio=to.ratio, ratio_low=to.low, ratio_high=to.high
        )
        for other, ratios in done.beside.items()
        for name, to in ratios.items()
    ]
    return RunDocument(
        files=[experiment.out / name for name in (PASSES, SUMMARY, PARTING)],
        notes=_notes(done, experiment),
        machine=machine(experiment.sandbox),
        setting=experiment.setting,
        baseline=done.baseline,
        beside=beside,
        rounds=done.rounds,
        sets=done.sets,
        stopped=done.stopped,
        apart=done.apart,
        timed_seconds=done.timed_seconds,
        other_seconds=done.other_seconds,
        rows=_ranked(done.rows),
    )


def print_run_and_lines(done: Run, experiment: Experiment) -> None:
    """Print the table of `run`, and below it what its figures rest on."""
    print_run(done.rows, done.baseline, done.beside)
    print_lines(*_notes(done, experiment), f"{experiment.out / PASSES}, {experiment.out / SUMMARY}")


def _notes(done: Run, experiment: Experiment) -> list[str]:
    return [
        *without_baseline(done, experiment),
        coverage(done.results, experiment),
        *([ONE_SCENARIO] if any(result.certified for result in done.results) else []),
        *alike(done),
        *timing(done),
        preparation(done.results, experiment.corpus.seconds),
        *limit_line(done.rows),
        *by_wall_time(row.network for row in done.rows if row.clock == "wall"),
        *threads_and_devices(done),
        hidden_work(done.results),
        *sandbox_line(experiment),
    ]


def without_baseline(run: Run, experiment: Experiment) -> list[str]:
    """Say which baselines can't serve, and what ratios relate to in their place."""
    lines = []
    for name in filter(None, (experiment.baseline, *experiment.beside)):
        status = run.status_of(name)
        if status == Status.CERTIFIED:
            continue
        if name == experiment.baseline != run.baseline:
            lines.append(
                f"The baseline {name} is {status}: in its place ratios relate to {run.baseline}, "
                "the slowest certified network."
            )
        else:
            lines.append(f"No ratios to the baseline {name}, which is {status}.")
    return lines


def alike(run: Run) -> list[str]:
    """Say which neighbours in the ranking may as well change places, if any."""
    ranked = [row.network for row in _ranked(run.rows) if row.rank is not None]
    pairs = []
    for faster, slower in pairwise(ranked):
        ratio = paired_ratio(run.passes, slower, faster)
        if ratio.low <= 1:
            pairs.append(f"{faster} and {slower} ({multiple(ratio.low)} to {multiple(ratio.high)})")
    if not pairs:
        return []
    return [f"No difference shown: {', '.join(pairs)}, 1 within the 95 % interval of the ratio."]


def timing(run: Run) -> list[str]:
    """Say how often the networks were timed, why not more often, and what else took time."""
    if not run.rounds:
        return []
    sets = "1 set" if run.sets == 1 else f"{run.sets} sets"
    rounds = "1 round" if run.rounds == 1 else f"{run.rounds} rounds"
    lines = [f"Timed in {rounds} over {sets} of workers: {run.stopped}."]
    if run.sets > 1 and not math.isnan(run.apart):
        lines[0] += f" Between sets the median of a ratio differs by at most {run.apart:.1%}."
    if run.timed_seconds:
        share = run.other_seconds / run.timed_seconds
        compared = f", {multiple(share)} times that" if share < WORTH_COMPARING else ""
        lines.append(
            f"Passes under the clock took {run.timed_seconds:.1f} s; certifying, starting, warming "
            f"up and comparing {run.other_seconds:.1f} s{compared}."
        )
    return lines


def threads_and_devices(run: Run) -> list[str]:
    """Say what passes took of all cores or what device made them, or why none needed any."""
    lines = [
        f"{row.network}: {row.threads_used} threads took "
        f"{seconds(median_seconds(run.passes, row.network, 'cpu'))} of CPU time in "
        f"{seconds(row.median_seconds)}."
        for row in run.rows
        if row.status == Status.CERTIFIED and row.threads_used > 1
    ]
    asked = max((row.threads for row in run.rows), default=1)
    if asked > 1 and not lines:
        lines.append(f"No certified network here declares threads: all had 1 of {asked}.")
    on_device = [row for row in run.rows if row.device_used != "cpu"]
    lines += [f"{row.network} computes on {row.device_used}." for row in on_device]
    device = run.rows[0].device if run.rows else "cpu"
    if device != "cpu" and not on_device:
        lines.append(f"No certified network here computes on {device}.")
    return lines


def sandbox_line(experiment: Experiment) -> list[str]:
    """Say so if networks could have been confined, and were not."""
    if experiment.sandbox or not sandbox():
        return []
    return ["The networks were not confined: they could write files and reach other processes."]


def preparation(results: Iterable[Result], corpus_seconds: float) -> str:
    """Say what comes before any pass, and how it compares with one."""
    ready = sorted(
        (result.prepare_seconds, result.name)
        for result in results
        if result.certified and not math.isnan(result.prepare_seconds)
    )
    line = f"Preparation, outside the clock: reading the data {seconds(corpus_seconds)}"
    if ready:
        ends = [f"{seconds(took)} ({name})" for took, name in (ready[0], ready[-1])]
        line += f"; a network's own form of the reviews {' to '.join(dict.fromkeys(ends))}"
    return f"{line}."


def limit_line(rows: Iterable[SummaryRow]) -> list[str]:
    """Say what the limit is, if it was measured; else how to have it measured."""
    rows = [row for row in rows if row.status == Status.CERTIFIED]
    if not rows:
        return []
    if any(not math.isnan(row.times_limit) for row in rows):
        line = (
            "The limit: reading and writing the rows of the pass, in its order, without "
            "arithmetic, in the same rounds"
        )
        if any(row.threads_used > 1 for row in rows):
            return [f"{line}, on one core: several may be below it."]
        return [f"{line}."]
    return ["The limit was not measured: that needs numba, pip install 'skipzeros[compiled]'."]
