"""The `skipzeros` command. Heavy imports wait until a command needs them."""

from __future__ import annotations

import sys
import traceback
from pathlib import Path
from typing import Any

import click

from .errors import BadInput
from .options import (
    BAD_INPUT,
    DATA,
    FAILED,
    NETWORK,
    OUT,
    SCENARIO,
    TIMEOUT,
    certify_option,
    exit_code,
    first_reviews,
    is_given,
    networks_named,
    positive,
    read_corpus,
    scenario_of,
)


class Commands(click.Group):
    """Commands in the order they are written; bad input is one line and exit code 2."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BadInput as error:
            click.echo(f"Error: {error}", err=True)
        except click.UsageError as error:
            where = error.ctx.command_path if error.ctx else "skipzeros"
            message = error.format_message().rstrip(".")
            click.echo(f"Error: {message}; see {where} --help", err=True)
        ctx.exit(BAD_INPUT)


def main() -> None:
    """The console script: no error of ours or of a network ends in exit code 1, "slower"."""
    try:
        code = cli.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = BAD_INPUT
    except click.Abort:
        click.echo("Interrupted.", err=True)
        code = 130
    except BrokenPipeError:
        # Whoever read our output has gone; Python must not complain about it at exit.
        sys.stdout = None
        code = 0
    except Exception:
        traceback.print_exc()
        click.echo("Error: this is a fault of skipzeros itself; please report it.", err=True)
        code = FAILED
    sys.exit(code)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="skipzeros")
def cli() -> None:
    """Your network multiplies by zeros: which implementation should replace it, is it still the
    same network, and how much faster is it really?

    Start with `skipzeros demo`, then `skipzeros run`.
    """


@cli.command("list", short_help="The networks that there are.")
def list_() -> None:
    """List the networks: what each one accepts and whether it can run here."""
    from .listing import list_networks

    list_networks()


@cli.command(short_help="The lesson's toy, step by step.")
def demo() -> None:
    """Show the lesson's toy: ten words, two present, four ways to the same sum."""
    from .demo import tell

    tell()


@cli.command(short_help="Certify and time networks.")
@NETWORK
@click.option(
    "--baseline",
    metavar="NAME",
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
    "--budget",
    type=float,
    default=40.0,
    show_default=True,
    callback=positive,
    help="Seconds for the timed rounds.",
)
@TIMEOUT
@OUT
def run(
    names: tuple[str, ...], baseline: str | None, data: str, split: str, reviews: int,
    sample: int | None, rounds: int | None, budget: float, timeout: float, out: Path,
    **scenario: Any,
) -> None:  # fmt: skip
    """Certify the networks, time one training pass of each, and write it down.

    Exit codes: 0 all well, 2 bad input, 3 a network is incorrect, 4 one is uncertified, 5 the
    baseline named cannot serve, 6 a network failed.
    """
    from .records import PASSES, SUMMARY
    from .run import run as run_networks
    from .table import coverage, print_lines, print_run, stopped

    networks = networks_named(names, baseline or "dense")
    corpus, setting = read_corpus(data, split), scenario_of(scenario)
    training = setting.reviews(first_reviews(corpus, reviews))
    results, rows, done = run_networks(
        networks, baseline or "dense", training, corpus.name, setting, sample, rounds, budget,
        timeout, out,
    )  # fmt: skip
    print_run(rows, baseline or "dense")
    print_lines(
        coverage(results, sample, len(training), corpus.name, setting.batch_size),
        *([stopped(done, rounds, budget)] if done else []),
        f"{out / PASSES}, {out / SUMMARY}",
    )
    statuses = {result.name: result.status for result in results}
    serves = statuses[baseline or "dense"]
    if serves != "certified":
        print_lines(f"No ratios: the baseline {baseline or 'dense'} is {serves}; see --baseline.")
    sys.exit(exit_code(statuses.values(), baseline is not None and serves != "certified"))


@cli.command(short_help="Certify networks, without timing.")
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
    from .compare import tell
    from .run import check as check_networks
    from .table import coverage, print_check, print_lines

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


@cli.command(short_help="How many reviews come out right?")
@click.option(
    "--network",
    "name",
    default="csr",
    show_default=True,
    metavar="NAME",
    help="The network that learns: a name, or your own as FILE.py:CLASS.",
)
@DATA
@click.option(
    "--reviews", type=click.IntRange(1), help="Train on the first so many reviews. Default: all."
)
@SCENARIO
@click.option(
    "--seeds",
    type=click.IntRange(1),
    default=10,
    show_default=True,
    help="How many seeds, from --seed on, show how far one draw may be from another.",
)
@OUT
def accuracy(
    name: str, data: str, split: str, reviews: int | None, seeds: int,
    out: Path, **scenario: Any,
) -> None:  # fmt: skip
    """Train once on presence and on counts: how many reviews come out right, as the lesson asks.

    Without --input and --learning-rate: presence at 0.1, counts at 0.001 and 0.01.
    """
    from .accuracy import print_accuracy, settings, train_and_test
    from .networks import load

    candidate = load(name)
    corpus = read_corpus(data, split)
    if not len(corpus.test):
        raise BadInput(
            f"--data {data}: no reviews are left to test on; the lesson's split keeps the last "
            f"1,000 for that, and there are {len(corpus.train):,} in all"
        )
    given = {key for key in ("input", "learning_rate") if is_given(key)}
    training = first_reviews(corpus, reviews)
    setting = scenario_of(scenario)
    rows, results = train_and_test(
        candidate, training, corpus.test, settings(setting, given), seeds, out
    )
    print_accuracy(rows, results, corpus.name, setting.seed, out)
    sys.exit(exit_code([result.status for result in results]))


@cli.command(short_help="The table of a run once more.")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def report(folder: Path) -> None:
    """Print the table of the run in FOLDER again, from its passes.csv and summary.csv alone."""
    from .report import report as report_folder

    report_folder(folder)
