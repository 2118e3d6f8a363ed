"""`skipzeros gate` and `skipzeros selftest`: what they take."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click

from ..outcomes import INCONCLUSIVE, NO_BASELINE
from .options import (
    DATA,
    NETWORK,
    OUT,
    RESUME,
    SCENARIO,
    TIMEOUT,
    certify_option,
    first_reviews,
    network_names,
    networks_named,
    out_option,
    percentage,
    positive,
    read_corpus,
    scenario_of,
    times_as_fast,
)

FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(short_help="Is a network slower than it may be? For CI.")
@NETWORK
@click.option(
    "--baseline",
    metavar="NAME",
    shell_complete=network_names,
    help="Compare with this network, as it is now.",
)
@click.option("--against", metavar="REV", help="Compare with the same networks at a git revision.")
@click.option(
    "--faster-than", metavar="20x", callback=times_as_fast,
    help="Demand so many times faster than --baseline, or than dense.",
)  # fmt: skip
@click.option(
    "--max-slowdown", metavar="5%", default="5%", show_default=True, callback=percentage,
    help="How much slower than the baseline is too much.",
)  # fmt: skip
@DATA
@click.option(
    "--reviews", type=click.IntRange(1), default=2000, show_default=True,
    help="The first so many training reviews; a pass of 5 to 50 ms suits.",
)  # fmt: skip
@SCENARIO
@certify_option("1000")
@click.option(
    "--rounds", type=click.IntRange(1),
    help="Timed passes of each network in all, if every look is needed. Default: 300; 72 where "
    "only --faster-than is asked.",
)  # fmt: skip
@click.option(
    "--budget", type=float, default=300.0, show_default=True, callback=positive,
    help="Seconds for the whole gate.",
)  # fmt: skip
@TIMEOUT
@click.option("--junit", type=FILE, help="Write the verdicts as JUnit XML, for CI.")
@click.option("--markdown", type=FILE, help="Write them as Markdown, as for a job summary.")
@click.option(
    "--stored", type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="A folder with a gate.csv of earlier: warn where a ratio is another one now.",
)  # fmt: skip
@OUT
@RESUME
def gate(
    names: tuple[str, ...], baseline: str | None, against: str | None, faster_than: float | None,
    max_slowdown: float, data: str, split: str, reviews: int, sample: int | None,
    rounds: int | None, budget: float, timeout: float, junit: Path | None, markdown: Path | None,
    stored: Path | None, out: Path, resume: bool, **scenario: Any,
) -> None:  # fmt: skip
    """Fail where a network is slower than it may be, and only there.

    It may be compared with --baseline, with itself at a git revision (--against), or held to a
    claim (--faster-than). Only certified networks are timed.

    Exit codes: 0 all well, 1 slower, 2 bad input, 3 a network is incorrect, 4 inconclusive,
    5 nothing to compare with, 6 the machine or a network failed.
    """
    from ..commands.gate import gate as run_gate
    from ..gate.comparison import Demand
    from ..gate.earlier import Stored, compare
    from ..networks.registry import resolve
    from ..outcomes import exit_code
    from ..records.recording import describe
    from ..records.schema import GATE, PASSES
    from ..show.gate import annotations, check_writable, print_gate, write_junit, write_markdown
    from ..text.table import print_lines

    if not (baseline or against or faster_than):
        click.echo(
            "Error: nothing to compare with: give --baseline NAME, --against REV or "
            "--faster-than 20x", err=True,
        )  # fmt: skip
        sys.exit(NO_BASELINE)
    if faster_than and baseline is None:
        baseline = "dense"
    for path, option in ((junit, "--junit"), (markdown, "--markdown")):
        if path:
            check_writable(path, option)
    earlier = Stored.read(stored) if stored else None
    # Together with the baseline, so that no two of them share a name.
    networks_named(names, baseline)
    networks, other = networks_named(names), resolve([baseline])[0] if baseline else None
    corpus, setting = read_corpus(data, split), scenario_of(scenario)
    training = setting.reviews(first_reviews(corpus, reviews))
    spare = setting.reviews(corpus.train[reviews:])
    demand = Demand(networks, other, against, max_slowdown, faster_than)
    done = run_gate(
        demand, training, spare, corpus.name, setting, sample, rounds, budget, timeout, out, resume
    )
    about = describe(training, corpus.name, setting)
    print_gate(done.findings)
    lines = [*done.lines, *(compare(done.findings, earlier, about) if earlier else [])]
    print_lines(*lines, f"{out / PASSES}, {out / GATE}")
    if junit:
        write_junit(junit, done.findings, done.seconds)
    if markdown:
        write_markdown(markdown, done.findings, " ".join(lines))
    if os.environ.get("GITHUB_ACTIONS") == "true":
        for line in annotations(done.findings):
            click.echo(line)
    sys.exit(exit_code(done.findings))


@click.command(short_help="How well does the gate decide on this machine?")
@click.option(
    "--network", "name", default="add-reduce", show_default=True, metavar="NAME",
    shell_complete=network_names,
    help="The network to try it on: a name, or your own as FILE.py:CLASS.",
)  # fmt: skip
@DATA
@click.option(
    "--reviews", type=click.IntRange(1), default=1000, show_default=True,
    help="The first so many training reviews.",
)  # fmt: skip
@SCENARIO
@click.option(
    "--max-slowdown", metavar="5%", default="5%", show_default=True, callback=percentage,
    help="The limit to try.",
)  # fmt: skip
@click.option(
    "--gates", type=click.IntRange(1), default=20, show_default=True,
    help="Real gates on what should pass and on what should be slower.",
)  # fmt: skip
@click.option("--noise", is_flag=True, help="Keep every core busy meanwhile.")
@TIMEOUT
@out_option("results/selftest")
def selftest(
    name: str, data: str, split: str, reviews: int, max_slowdown: float, gates: int, noise: bool,
    timeout: float, out: Path, **scenario: Any,
) -> None:  # fmt: skip
    """Measure the gate on this machine: false alarms, power, the smallest change it can tell.

    Exit codes: 0 all well, 2 bad input, 4 a gate gave the wrong verdict, 6 the network failed.
    """
    from ..commands.selftest import selftest as run_selftest
    from ..networks.registry import resolve
    from ..show.selftest import tell

    corpus, setting = read_corpus(data, split), scenario_of(scenario)
    training = setting.reviews(first_reviews(corpus, reviews))
    spare = setting.reviews(corpus.train[reviews:])
    tallies, findings = run_selftest(
        resolve([name])[0],
        training,
        spare,
        corpus.name,
        setting,
        max_slowdown,
        gates,
        noise,
        timeout,
        out,
    )
    tell(tallies, findings, max_slowdown, noise, out)
    wrong = tallies[0].real["slower"] + tallies[1].real["pass"] + tallies[1].real["faster"]
    sys.exit(INCONCLUSIVE if wrong else 0)
