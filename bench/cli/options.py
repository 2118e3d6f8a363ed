"""The options that several commands share, what they stand for, and the exit codes."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.shell_completion import CompletionItem

from ..outcomes import FAILED, INCONCLUSIVE, INCORRECT, NO_BASELINE, BadInput
from ..text.amounts import factor, fraction

if TYPE_CHECKING:
    from ...impls.reviews import Reviews
    from ..corpus import Corpus
    from ..cost.sizes import Vary
    from ..networks.scenario import Scenario

Parsed = TypeVar("Parsed")


def steps(ctx: click.Context, param: click.Parameter, value: str) -> int | None:
    """A whole number of reviews from 1 on, or `all`, which is None."""
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
    """Refuse what no rate and no time can be: zero, negative, infinite, not a number."""
    if value is not None and not (0 < value < math.inf):
        raise click.BadParameter("must be a number above 0", ctx, param)
    return value


def percentage(ctx: click.Context, param: click.Parameter, value: str | None) -> float | None:
    """`5%` as 0.05."""
    return None if value is None else _parsed(fraction, ctx, param, value)


def times_as_fast(ctx: click.Context, param: click.Parameter, value: str | None) -> float | None:
    """`20x` as 20.0."""
    return None if value is None else _parsed(factor, ctx, param, value)


def varied(ctx: click.Context, param: click.Parameter, value: str | None) -> Vary | None:
    """`hidden=10,100` as a Vary."""
    if value is None:
        return None
    from ..cost.sizes import Vary

    return _parsed(Vary.parse, ctx, param, value)


def _parsed(
    parse: Callable[[str], Parsed], ctx: click.Context, param: click.Parameter, value: str
) -> Parsed:
    try:
        return parse(value)
    except BadInput as error:
        raise click.BadParameter(str(error), ctx, param) from None


def kept(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    """Keep an option that only read_corpus needs, so that no command has to hand it on."""
    ctx.meta[f"skipzeros.{param.name}"] = value


def network_names(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """For the shell: the networks that there are, or else the user's files."""
    from ..networks.registry import resolve

    names = [CompletionItem(name) for name, _ in resolve() if name.startswith(incomplete)]
    return names or files(ctx, param, incomplete)


def files(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """For the shell: whatever files there are."""
    return [CompletionItem(incomplete, type="file")]


Command = Callable[..., Any]


def _together(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


NETWORK = click.option(
    "--network", "names", multiple=True, metavar="NAME", shell_complete=network_names,
    help="A network by its name, or your own as FILE.py:CLASS, whose code is run; repeatable. "
    "Default: all.",
)  # fmt: skip
SOURCE = _together(
    click.option("--text-column", default="text", show_default=True, expose_value=False,
                 metavar="NAME", callback=kept, help="Of a .csv or .parquet file."),
    click.option("--label-column", default="label", show_default=True, expose_value=False,
                 metavar="NAME", callback=kept, help="The same."),
    click.option("--skip-bad-rows", is_flag=True, expose_value=False, callback=kept,
                 help="Leave out bad rows of a file, and say how many."),
    click.option("--split", type=click.Choice(["lesson", "halves"]), default="lesson",
                 show_default=True, help="lesson: all but the last 1,000 reviews train, those "
                 "test; halves: aclImdb's train and test."),
)  # fmt: skip
DATA = _together(
    click.option("--data", default="synthetic", show_default=True, metavar="DATA",
                 shell_complete=files,
                 help="'synthetic', 'imdb' (downloaded once, 84 MB), a folder or .tar.gz of "
                 "aclImdb, a folder with reviews.txt and labels.txt, or a file: .svm, .svm.gz, "
                 ".npz, .csv, .parquet."),
    SOURCE,
)  # fmt: skip
SCENARIO = _together(
    click.option("--hidden", type=click.IntRange(1), default=10, show_default=True,
                 help="Units in the hidden layer."),
    click.option("--learning-rate", type=float, default=0.1, show_default=True,
                 callback=positive, help="The step of gradient descent."),
    click.option("--batch-size", type=click.IntRange(1), default=1, show_default=True,
                 help="Reviews whose mean step makes one update."),
    click.option("--dtype", type=click.Choice(["float64", "float32"]), default="float64",
                 show_default=True, help="Of all weights."),
    click.option("--input", type=click.Choice(["presence", "counts"]), default="presence",
                 show_default=True, help="The value of a word: 1, or how often it occurs."),
    click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=1, show_default=True,
                 help="Of the first weights_1_2; 1 is the lesson's."),
)  # fmt: skip


def certify_option(default: str) -> Callable[[Command], Command]:
    """--certify, whose default depends on whether all else takes longer anyway."""
    return click.option(
        "--certify", "sample", callback=steps, metavar="N|all", default=default,
        show_default=True,
        help="Reviews to judge at random, beside the first 200 and the 50 longest; or all.",
    )  # fmt: skip


TIMEOUT = click.option(
    "--timeout", type=float, default=600.0, show_default=True, callback=positive,
    help="Seconds that one network may take to be certified, or for one pass.",
)  # fmt: skip


def out_option(default: str) -> Callable[[Command], Command]:
    """--out, the folder that a command writes its records into."""
    return click.option(
        "--out", type=click.Path(path_type=Path, file_okay=False), default=default,
        show_default=True, help="The folder for CSVs; those of an earlier run there are replaced.",
    )  # fmt: skip


OUT = out_option("results/latest")
RESUME = click.option(
    "--resume", is_flag=True,
    help="Go on with the interrupted run in the --out folder instead of starting anew.",
)  # fmt: skip


def networks_named(names: tuple[str, ...], baseline: str | None = None) -> list[tuple[str, str]]:
    """The networks of --network (all, if none is named) and --baseline; nothing is imported."""
    from ..networks.registry import resolve

    if baseline is None:
        return resolve(names)
    everything = names or [name for name, _ in resolve()]
    return resolve([*everything, baseline])


def read_corpus(data: str, split: str) -> Corpus:
    """The reviews of --data and --split."""
    from ..corpus import Columns, load

    meta = click.get_current_context().meta
    names = ("text_column", "label_column", "skip_bad_rows")
    corpus = load(data, split, Columns(*(meta[f"skipzeros.{name}"] for name in names)))
    if corpus.note:
        click.echo(corpus.note, err=True)
    return corpus


def first_reviews(corpus: Corpus, reviews: int | None) -> Reviews:
    """The training reviews of --reviews, with counts; a larger number than there is is said."""
    there = len(corpus.train)
    if reviews is not None and reviews > there and is_given("reviews"):
        click.echo(f"{corpus.name} has {there:,} training reviews; all are used.", err=True)
    return corpus.train[:reviews]


def is_given(option: str) -> bool:
    """Whether the user gave an option, or it has its default."""
    source = click.get_current_context().get_parameter_source(option)
    return source is click.core.ParameterSource.COMMANDLINE


def scenario_of(options: dict[str, Any]) -> Scenario:
    """The scenario that the options of SCENARIO stand for."""
    from ..networks.scenario import Scenario

    return Scenario(**options)


def exit_code(statuses: Any, no_baseline: bool = False) -> int:
    """The exit code for the statuses of the networks."""
    found = set(statuses)
    for status, code in (("incorrect", INCORRECT), ("failed", FAILED)):
        if status in found:
            return code
    if no_baseline:
        return NO_BASELINE
    return INCONCLUSIVE if "uncertified" in found else 0
