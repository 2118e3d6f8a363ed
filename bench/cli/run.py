"""`skipzeros run` and `skipzeros check`: what they take."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..outcomes import BadInput
from .options import (
    DATA,
    NETWORK,
    OUT,
    RESUME,
    SCENARIO,
    TIMEOUT,
    certify_option,
    exit_code,
    first_reviews,
    is_given,
    network_names,
    networks_named,
    percentage,
    positive,
    read_corpus,
    scenario_of,
    varied,
)

if TYPE_CHECKING:
    from ...impls.reviews import Reviews
    from ..corpus import Corpus
    from ..cost.sizes import Vary
    from ..networks.scenario import Scenario
    from ..timing.rounds import Plan


@click.command(short_help="Certify and time networks.")
@NETWORK
@click.option(
    "--baseline",
    metavar="NAME",
    shell_complete=network_names,
    help="The network that times relate to; added if it isn't named. Default: dense.",
)
@DATA
@click.option(
    "--reviews",
    type=click.IntRange(1),
    default=2000,
    show_default=True,
    help="The first so many training reviews.",
)
@SCENARIO
@certify_option("1000")
@click.option(
    "--rounds",
    type=click.IntRange(1),
    help="Timed passes of each network. Default: at least 6, until the budget is spent.",
)
@click.option(
    "--precision",
    metavar="1%",
    callback=percentage,
    help="Stop once every interval reaches no further than this from its ratio.",
)
@click.option(
    "--budget",
    type=float,
    default=40.0,
    show_default=True,
    callback=positive,
    help="Seconds for the timed rounds; a number of --rounds is bounded by it only if given.",
)
@click.option(
    "--vary", metavar="NAME=N,N,...", callback=varied,
    help="Run once for each value of hidden, vocabulary, words, reviews or batch-size, and tell "
    "how the cost grows; the budget is shared.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the rows as JSON, and no table.")
@click.option("--csv", type=click.Choice(["-"]), help="Print the rows as a CSV, and no table: '-'.")
@TIMEOUT
@OUT
@RESUME
def run(
    names: tuple[str, ...], baseline: str | None, data: str, split: str, reviews: int,
    sample: int | None, rounds: int | None, precision: float | None, budget: float,
    vary: Vary | None, as_json: bool, csv: str | None, timeout: float, out: Path, resume: bool,
    **scenario: Any,
) -> None:  # fmt: skip
    """Certify the networks, time one training pass of each, and write it down.

    Exit codes: 0 all well, 2 bad input, 3 a network is incorrect, 4 one is uncertified, 5 the
    baseline named cannot serve, 6 a network failed.
    """
    from ..commands.run import run as run_networks
    from ..records.files import csv_text, json_text
    from ..records.schema import PASSES, SUMMARY, SUMMARY_COLUMNS
    from ..show.check import coverage
    from ..show.run import limit_line, preparation, print_run, timing
    from ..text.table import print_lines
    from ..timing.rounds import Plan

    if (as_json or csv) and (vary or (as_json and csv)):
        raise BadInput(
            "--json and --csv: one of them, and not with --vary, which writes scaling.csv"
        )
    networks = networks_named(names, baseline or "dense")
    corpus, setting = read_corpus(data, split), scenario_of(scenario)
    training = setting.reviews(first_reviews(corpus, reviews))
    bound = budget if rounds is None or is_given("budget") else None
    if vary is not None:
        _run_varied(
            networks, baseline, corpus, training, setting, vary, sample,
            Plan(rounds, bound and bound / len(vary.values), precision), timeout, out, resume,
        )  # fmt: skip
    done = run_networks(
        networks, baseline or "dense", training, corpus.name, setting, sample,
        Plan(rounds, bound, precision), timeout, out, resume,
    )  # fmt: skip
    statuses = {result.name: result.status for result in done.results}
    serves = statuses[baseline or "dense"]
    if as_json or csv:
        text = (json_text if as_json else csv_text)(SUMMARY_COLUMNS, done.rows)
        click.echo(text.rstrip("\n"))
    else:
        print_run(done.rows, baseline or "dense")
        print_lines(
            coverage(done.results, sample, len(training), corpus.name, setting.batch_size),
            *timing(done),
            preparation(done.results, corpus.seconds),
            *limit_line(done.rows),
            f"{out / PASSES}, {out / SUMMARY}",
        )
    if serves != "certified":
        line = f"No ratios: the baseline {baseline or 'dense'} is {serves}; see --baseline."
        click.echo(line, err=bool(as_json or csv))
    sys.exit(exit_code(statuses.values(), baseline is not None and serves != "certified"))


def _run_varied(
    networks: list[tuple[str, str]], baseline: str | None, corpus: Corpus, training: Reviews,
    setting: Scenario, vary: Vary, sample: int | None, plan: Plan, timeout: float, out: Path,
    resume: bool,
) -> None:  # fmt: skip
    from ..commands.scaling import scale
    from ..records.schema import SCALING
    from ..show.scaling import print_scaling
    from ..text.table import print_lines

    fixed = vary.name.replace("-", "_")
    if fixed in ("hidden", "reviews", "batch_size") and is_given(fixed):
        raise BadInput(f"--{vary.name} and --vary {vary.name}=...: give one of them")
    named = baseline or "dense"
    rows = scale(
        networks, named, vary, training, setting.reviews(corpus.train), corpus.name, setting,
        sample, plan, timeout, out, resume,
    )  # fmt: skip
    print_scaling(rows, vary)
    print_lines(str(out / SCALING))
    statuses = [row["status"] for row in rows]
    serves = all(row["status"] == "certified" for row in rows if row["network"] == named)
    sys.exit(exit_code(statuses, baseline is not None and not serves))


@click.command(short_help="Certify networks, without timing.")
@NETWORK
@DATA
@click.option(
    "--reviews", type=click.IntRange(1), help="The first so many training reviews. Default: all."
)
@SCENARIO
@certify_option("all")
@click.option(
    "--compare", nargs=2, metavar="A B",
    help="Two networks: where their outputs part in this pass, and how fast.",
)  # fmt: skip
@TIMEOUT
def check(
    names: tuple[str, ...], data: str, split: str, reviews: int | None, sample: int | None,
    timeout: float, compare: tuple[str, str] | None, **scenario: Any,
) -> None:  # fmt: skip
    """Certify the networks, without timing them.

    Exit codes: 0 all well, 2 bad input, 3 a network is incorrect, 4 one is uncertified, 6 one
    failed.
    """
    from ..commands.check import check as check_networks
    from ..show.check import coverage, print_check, tell
    from ..text.table import print_lines

    if compare and compare[0] == compare[1]:
        raise BadInput("--compare: name two different networks")
    # Those to compare come first; alone, they are all that is checked.
    networks = networks_named((*(compare or ()), *names))
    corpus, setting = read_corpus(data, split), scenario_of(scenario)
    training = setting.reviews(first_reviews(corpus, reviews))
    results = check_networks(networks, training, setting, sample, timeout)
    print_check(results, corpus.name, len(training))
    print_lines(coverage(results, sample, len(training), corpus.name, setting.batch_size))
    if compare:
        print_lines(tell(results, setting.learning_rate))
    sys.exit(exit_code([result.status for result in results]))
