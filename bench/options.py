"""The options that several commands share."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click


class Steps(click.ParamType[int | None]):
    """A whole number of reviews, or `all`, which is None."""

    name = "N|all"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | None:
        if value == "all" or value is None:
            return None
        try:
            number = int(value)
        except ValueError:
            number = 0
        if number < 1:
            self.fail(f"{value!r} is neither a number of reviews from 1 nor 'all'", param, ctx)
        return number


def positive(ctx: click.Context, param: click.Parameter, value: float | None) -> float | None:
    """Refuse what no rate and no time can be: zero, negative, infinite, not a number."""
    if value is not None and not (0 < value < math.inf):
        raise click.BadParameter("must be a number above 0", ctx, param)
    return value


Command = Callable[..., Any]


def _together(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


NETWORK = click.option(
    "--network", "names", multiple=True, metavar="NAME",
    help="A network by its name, or your own as FILE.py:CLASS, whose code is run; repeatable. "
    "Default: all.",
)  # fmt: skip
DATA = _together(
    click.option("--data", default="synthetic", show_default=True, metavar="DATA",
                 help="'synthetic', a folder or .tar.gz of aclImdb, or a folder with reviews.txt "
                 "and labels.txt."),
    click.option("--split", type=click.Choice(["lesson", "halves"]), default="lesson",
                 show_default=True, help="lesson: all but the last 1,000 reviews train, those "
                 "test; halves: aclImdb's train and test."),
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
TIMEOUT = click.option(
    "--timeout", type=float, default=600.0, show_default=True, callback=positive,
    help="Seconds that one network may take to be certified, or for one pass.",
)  # fmt: skip
OUT = click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), default="results/latest",
    show_default=True, help="The folder for CSVs; those of an earlier run there are replaced.",
)  # fmt: skip
