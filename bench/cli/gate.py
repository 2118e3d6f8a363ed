"""`skipzeros gate`: what it takes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from ..commands.gate import BUDGET
from ..commands.gate import gate as run_gate
from ..gate.comparison import Demand
from ..gate.earlier import Stored, compare
from ..networks.registry import resolve
from ..outcomes import ExitCode, Verdict, exit_code
from ..records.machine import machine
from ..records.schema import GATE, PASSES
from ..show.gate import (
    GateDocument,
    check_writable,
    print_gate,
    workflow_commands,
    write_junit,
    write_markdown,
)
from ..text.table import print_lines
from ..timing.rounds import Plan
from .as_json import json_option, print_json
from .options import (
    AUDIT,
    CORES,
    NETWORK,
    NO_SANDBOX,
    NO_WAIT,
    OUT,
    RESUME,
    SCENARIO,
    TIMEOUT,
    Remembering,
    certify_option,
    experiment_of,
    is_given,
    network_names,
    percentage,
    positive,
    reviews_option,
    times_as_fast,
    with_reviews,
)
from .source import DATA, Command

FILE = click.Path(path_type=Path, dir_okay=False)


def _limit_of(what: str) -> Callable[[Command], Command]:
    return click.option(
        f"--max-{what}-slowdown",
        metavar="20%",
        callback=percentage,
        help=f"How much slower than the baseline's its {what} may be. Default: as it likes.",
    )


@click.command(cls=Remembering)
@NETWORK
@click.option(
    "--baseline",
    metavar="NAME",
    shell_complete=network_names,
    help="Compare with this network, as it is now.",
)
@click.option("--against", metavar="REV", help="Compare with the same networks at a git revision.")
@click.option(
    "--faster-than",
    metavar="20x",
    callback=times_as_fast,
    help="Demand that each is so many times faster than --baseline; without it, than dense.",
)
@click.option(
    "--max-slowdown",
    metavar="5%",
    default="5%",
    show_default=True,
    callback=percentage,
    help="How much slower than the baseline is too much.",
)
@_limit_of("prepare")
@_limit_of("reset")
@DATA
@reviews_option(suits="a pass of 5 to 50 ms suits")
@SCENARIO
@CORES
@certify_option("1000")
@click.option(
    "--rounds",
    type=click.IntRange(1),
    help="Timed passes of each network in all, if every look is needed. Default: 300; 72 where "
    "only --faster-than is asked.",
)
@click.option(
    "--budget",
    type=float,
    default=BUDGET,
    show_default=True,
    callback=positive,
    help="Seconds for the whole gate.",
)
@TIMEOUT
@NO_SANDBOX
@NO_WAIT
@AUDIT
@click.option("--junit", type=FILE, help="Write the verdicts as JUnit XML, for CI.")
@click.option(
    "--markdown", type=FILE, help="Write the verdicts as Markdown, such as for a job summary."
)
@click.option(
    "--stored",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="The folder of an earlier gate: warn where a ratio isn't what it was.",
)
@json_option(GateDocument)
@OUT
@RESUME
def gate(
    names: tuple[str, ...],
    baseline: str | None,
    *,
    against: str | None,
    faster_than: float | None,
    max_slowdown: float,
    max_prepare_slowdown: float | None,
    max_reset_slowdown: float | None,
    rounds: int | None,
    budget: float,
    junit: Path | None,
    markdown: Path | None,
    stored: Path | None,
    as_json: bool,
    **shared: Any,
) -> None:
    """Decide whether a network is slower than it may be.

    Compare it with --baseline, or with itself at a git revision (--against), or test a claim
    (--faster-than). Only certified networks are timed.

    Exit codes: 0 all well, 1 slower, 2 bad input, 3 a network is incorrect or refused, 4
    inconclusive, 5 nothing to compare with, 6 the machine or a network failed.
    """
    if not (baseline or against or faster_than):
        click.echo(
            "Error: nothing to compare with: give --baseline NAME, --against REV or "
            "--faster-than 20x",
            err=True,
        )
        sys.exit(ExitCode.NO_BASELINE)
    if faster_than and not against and is_given("max_slowdown"):
        click.echo("Warning: --faster-than takes the place of --max-slowdown", err=True)
    if faster_than and baseline is None:
        baseline = "dense"
    for path, option in ((junit, "--junit"), (markdown, "--markdown")):
        if path:
            check_writable(path, option)
    earlier = Stored.read(stored) if stored else None
    other = resolve([baseline])[0] if baseline else None
    if baseline:
        # Resolved together with the baseline, which refuses two networks of one name.
        resolve([*(names or [network.name for network in resolve()]), baseline])
    experiment = experiment_of(names, **shared)
    demand = Demand(
        other, against, max_slowdown, faster_than, max_prepare_slowdown, max_reset_slowdown
    )
    done = run_gate(experiment, demand, Plan(rounds, budget))
    lines = done.lines
    if earlier:
        lines = [*lines, *compare(done.findings, earlier, experiment.setting)]
    enough = min(done.more * len(experiment.reviews), len(experiment.corpus.train))
    undecided = any(finding.verdict == Verdict.INCONCLUSIVE for finding in done.findings)
    more_would_decide = undecided and enough > len(experiment.reviews)
    if more_would_decide:
        lines = [*lines, f"To decide: {with_reviews(enough)}"]
    records = experiment.out / PASSES, experiment.out / GATE
    if not as_json:
        print_gate(done.findings)
        print_lines(*lines, ", ".join(map(str, records)))
    if junit:
        write_junit(junit, done.findings, done.seconds)
    if markdown:
        write_markdown(markdown, done.findings, " ".join(lines))
    if os.environ.get("GITHUB_ACTIONS") == "true":
        for line in workflow_commands(done.findings):
            click.echo(line)
    code = exit_code(finding.verdict for finding in done.findings)
    if as_json:
        document = GateDocument(
            files=[*records, *filter(None, (junit, markdown))],
            notes=lines,
            machine=machine(experiment.sandbox),
            setting=experiment.setting,
            seconds=done.seconds,
            enough_reviews=enough if more_would_decide else None,
            rows=done.findings,
        )
        print_json(document, code)
    sys.exit(code)
