"""The options that several commands share, and the experiment that they stand for."""

from __future__ import annotations

import math
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from ..commands.experiment import FIRST, JUDGED, Experiment
from ..commands.experiment import TIMEOUT as TIMEOUT_SECONDS
from ..cost.sizes import Vary
from ..networks.registry import every_network, with_baselines
from ..networks.scenario import DTYPES, INPUTS, Scenario
from ..outcomes import BadInput
from ..text.amounts import factor, fraction
from ..text.progress import talk
from .as_options import with_options
from .source import Command, files, read_corpus, together

Parsed = TypeVar("Parsed")


def number_or_all(ctx: click.Context, param: click.Parameter, value: str) -> int | None:
    """Read a whole number of reviews from 1 on; `all` becomes None."""
    if value == "all":
        return None
    try:
        number = int(value)
    except ValueError:
        number = 0
    if number < 1:
        message = f"{value!r} is neither a number of reviews from 1 nor 'all'"
        raise click.BadParameter(message, ctx, param)
    return number


def positive(ctx: click.Context, param: click.Parameter, value: float | None) -> float | None:
    """Refuse what is no rate and no time: zero, a negative or infinite number, NaN."""
    if value is not None and not (0 < value < math.inf):
        raise click.BadParameter("must be a number above 0", ctx, param)
    return value


def percentage(ctx: click.Context, param: click.Parameter, value: str | None) -> float | None:
    """Read `5%` as 0.05."""
    return None if value is None else _parsed(fraction, ctx, param, value)


def times_as_fast(ctx: click.Context, param: click.Parameter, value: str | None) -> float | None:
    """Read `20x` as 20.0."""
    return None if value is None else _parsed(factor, ctx, param, value)


def varied(ctx: click.Context, param: click.Parameter, value: str | None) -> Vary | None:
    """Read `hidden=10,100` as a Vary."""
    if value is None:
        return None
    return _parsed(Vary.parse, ctx, param, value)


def _parsed(
    parse: Callable[[str], Parsed], ctx: click.Context, param: click.Parameter, value: str
) -> Parsed:
    try:
        return parse(value)
    except BadInput as error:
        raise click.BadParameter(str(error), ctx, param) from None


def network_names(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete the name of a network in the shell, or else that of a file."""
    names = [CompletionItem(name) for name in every_network() if name.startswith(incomplete)]
    return names or files(ctx, param, incomplete)


WORDS = "skipzeros.words"


NETWORK = click.option(
    "--network",
    "names",
    multiple=True,
    metavar="NAME",
    shell_complete=network_names,
    help="A network by its name, or your own as FILE.py:CLASS, whose code is run; repeatable. "
    "Default: all.",
)


def scenario_options(
    *,
    hidden: int = 10,
    batch_size: int = 1,
    dtype: str = "float64",
    values: str | None = "presence",
) -> Callable[[Command], Command]:
    """Make the options of a scenario, with a command's own defaults.

    Args:
        values: the default of --input; None where the data decide.
    """
    return together(
        click.option(
            "--hidden",
            type=click.IntRange(1),
            default=hidden,
            show_default=True,
            help="Units in the hidden layer.",
        ),
        click.option(
            "--learning-rate",
            type=float,
            default=0.1,
            show_default=True,
            callback=positive,
            help="The step of gradient descent.",
        ),
        click.option(
            "--batch-size",
            type=click.IntRange(1),
            default=batch_size,
            show_default=True,
            help="How many reviews make one update, by the mean of their steps.",
        ),
        click.option(
            "--dtype",
            type=click.Choice(DTYPES),
            default=dtype,
            show_default=True,
            help="The type of all weights.",
        ),
        click.option(
            "--input",
            type=click.Choice(INPUTS),
            default=values,
            show_default=values is not None,
            help="The value of a word: 1, or how often it occurs."
            + ("" if values else " Default: counts where the data hold fractions."),
        ),
        click.option(
            "--seed",
            type=click.IntRange(0, 2**32 - 1),
            default=1,
            show_default=True,
            help="The seed of the first weights_1_2; 1 is the lesson's.",
        ),
        click.option(
            "--definition",
            default=Scenario.definition,
            show_default=True,
            metavar="NAME|FILE.py:CLASS",
            help="What a step computes: lesson, logistic, classifier, classifier-mean, "
            "classifier-adagrad, or your own.",
        ),
    )


SCENARIO = scenario_options()


CORES = together(
    click.option(
        "--threads",
        type=click.IntRange(1),
        default=1,
        show_default=True,
        help="Threads, and cores, that a network may have which declares its threads; it is timed "
        "by wall time then.",
    ),
    click.option(
        "--device",
        default="cpu",
        show_default=True,
        metavar="NAME",
        help="What networks may compute on beside the CPU, such as cuda.",
    ),
)


def reviews_option(default: int = FIRST, suits: str = "") -> Callable[[Command], Command]:
    """Make the option --reviews of a command that doesn't take all where nobody says so.

    Args:
        suits: which number suits the command; empty where any does.
    """
    return click.option(
        "--reviews",
        type=click.IntRange(1),
        default=default,
        show_default=True,
        help=f"How many training reviews to use, from the first on{suits and '; ' + suits}.",
    )


def certify_option(default: str) -> Callable[[Command], Command]:
    """Make the option --certify with a command's own default."""
    return click.option(
        "--certify",
        callback=number_or_all,
        metavar="N|all",
        default=default,
        show_default=True,
        help="Reviews to judge at random, beside the first 200 and the 50 longest; or all.",
    )


def _say(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value:
        token = talk.set(str(param.name))
        ctx.call_on_close(lambda: talk.reset(token))


def _talk_option(name: str, about: str) -> Callable[[Command], Command]:
    return click.option(
        name, is_flag=True, is_eager=True, expose_value=False, callback=_say, help=about
    )


TALK = together(
    _talk_option("--quiet", "No progress, and no word on how the data was read."),
    _talk_option(
        "--verbose", "Say of each stage how many seconds it took; of reading, the memory too."
    ),
)
# What all commands take that may work for long.
TIMEOUT = together(
    click.option(
        "--timeout",
        type=float,
        default=TIMEOUT_SECONDS,
        show_default=True,
        callback=positive,
        help="Seconds that one network may take to be certified, or for one pass.",
    ),
    TALK,
)


NO_SANDBOX = click.option(
    "--no-sandbox",
    "sandbox",
    is_flag=True,
    flag_value=False,
    default=True,
    help="Let networks write files, open connections and signal processes. By default, where Linux "
    "has Landlock, they write to a temporary folder only.",
)
AUDIT = click.option(
    "--audit",
    type=click.IntRange(0),
    metavar="N",
    help="Timed passes of each network that are made once more and judged. Default: 3; 1 where a "
    "pass is long; 0 for the built-in networks.",
)


NO_WAIT = click.option(
    "--no-wait",
    "wait",
    is_flag=True,
    flag_value=False,
    default=True,
    help="Fail where something else of skipzeros is timed on this machine. By default it is waited "
    "for.",
)


SCHEDULER = together(
    click.option("--scheduler", default="", metavar="ADDRESS", help="Use those of this scheduler."),
    click.option(
        "--scheduler-file",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Use those of the scheduler that wrote this file.",
    ),
    click.option(
        "--tls",
        type=click.Path(path_type=Path, file_okay=False),
        help="A folder with ca.pem, cert.pem and key.pem, for a scheduler at tls://.",
    ),
)


def out_option(default: str) -> Callable[[Command], Command]:
    """Make the option --out, the folder that a command writes its records into."""
    return click.option(
        "--out",
        type=click.Path(path_type=Path, file_okay=False),
        default=default,
        show_default=True,
        help="The folder for CSVs; those of an earlier run there are replaced.",
    )


OUT = out_option("results/latest")
RESUME = click.option(
    "--resume",
    is_flag=True,
    help="Go on with the interrupted run in the --out folder instead of starting anew.",
)


def experiment_of(
    names: Sequence[str],
    *,
    baselines: Sequence[str] = (),
    data: str,
    split: str,
    reviews: int | None = None,
    certify: int | None = JUDGED,
    timeout: float = TIMEOUT_SECONDS,
    sandbox: bool = True,
    audit: int | None = None,
    out: Path = Path(),
    resume: bool = False,
    wait: bool = True,
    **scenario: Any,
) -> Experiment:
    """Build the experiment that the options shared by commands describe.

    Args:
        names: of --network; all networks if none is named.
        baselines: are added to them if they aren't named.
        scenario: the options of SCENARIO.

    Raises:
        BadInput: as resolve and load raise it.
    """
    # Before the reviews are read, so that a wrong name is told at once.
    beyond = scenario.get("threads", 1), scenario.get("device", "cpu")
    networks, related = with_baselines(names, baselines, *beyond)
    corpus = read_corpus(data, split)
    there = len(corpus.train)
    if reviews is not None and reviews > there and is_given("reviews"):
        click.echo(f"{corpus.name} has {there:,} training reviews; all are used.", err=True)
    experiment = Experiment(
        networks=networks,
        baseline=related[0] if related else "",
        beside=related[1:],
        corpus=corpus,
        first=reviews,
        scenario=Scenario(**scenario),
        certify=certify,
        timeout=timeout,
        sandbox=sandbox,
        audit=audit,
        out=out,
        resume=resume,
        wait=wait,
    )
    if talk.get() != "quiet" and (hint := experiment.hint):
        click.echo(with_options(hint), err=True)
    return experiment


class Remembering(click.Command):
    """A command that can be given again; see with_reviews."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep the words that the user gave, before click takes them apart."""
        ctx.meta[WORDS] = list(args)
        return super().parse_args(ctx, args)


def with_reviews(reviews: int) -> str:
    """Return the command that was given, on so many reviews, to be pasted."""
    context = click.get_current_context()
    words: list[str] = context.meta[WORDS]
    if "--reviews" in words:
        place = words.index("--reviews")
        words = [*words[:place], *words[place + 2 :]]
    return shlex.join([*context.command_path.split(), *words, "--reviews", str(reviews)])


def is_given(option: str) -> bool:
    """Say whether the user gave an option on the command line."""
    source = click.get_current_context().get_parameter_source(option)
    return source is click.core.ParameterSource.COMMANDLINE
