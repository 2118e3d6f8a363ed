"""The options that say where reviews come from and how they are read, and what is told of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from ..corpus import Corpus, Reading, load
from ..text.amounts import memory_size
from ..text.progress import talk
from ..timing.memory import most_held
from .as_options import with_options

Command = Callable[..., Any]
_KEPT = "skipzeros.reading."


def together(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Make one decorator of several options."""

    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def files(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the name of a file in the shell."""
    return [CompletionItem(incomplete, type="file")]


def _keep(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    """Keep an option that only read_corpus needs, so that no command has to hand it on."""
    ctx.meta[f"{_KEPT}{param.name}"] = value


def _option(name: str, about: str, metavar: str = "", **more: Any) -> Callable[[Command], Command]:
    if metavar:
        more |= {"metavar": metavar, "default": more.get("default", "")}
    return click.option(*name.split(), expose_value=False, callback=_keep, help=about, **more)


SOURCE = together(
    _option(
        "--text-column",
        "The column of the texts, or lists of words, in a table. Default: one of a usual name.",
        "NAME",
    ),
    _option("--label-column", "The column of the labels, likewise.", "NAME"),
    _option("--positive", "The labels that are positive: spam, or 4,5, or '>=3'.", "LABELS"),
    _option("--negative", "Those that are negative. Default: all others.", "LABELS"),
    _option("--drop", "Those whose rows are left out.", "LABELS"),
    _option(
        "--labels",
        "A .npy, .txt or .csv file with the labels of a matrix that has none.",
        "FILE",
        type=click.Path(path_type=Path),
        default=None,
    ),
    _option("--sep", "What parts the columns: ';', 'tab'. Default: found out.", "CHARACTER"),
    _option("--encoding", "Of a file of lines: cp1252. Default: found out.", "NAME"),
    _option(
        "--no-header header",
        "The first row of a file of lines is a review.",
        is_flag=True,
        flag_value=False,
        default=True,
    ),
    _option("--skip-bad-rows", "Leave out bad rows of a file, and say how many.", is_flag=True),
    _option(
        "--shuffle",
        "Put the reviews in another order first, drawn by a seed.",
        "SEED",
        type=click.IntRange(0),
        default=None,
    ),
    _option("--test", "How many of the last reviews test: 20%, or 500.", "AMOUNT"),
    _option(
        "--most-words",
        "Keep only the N words that are in the most reviews; of those in equally many the ones "
        "that come first.",
        "N",
        type=click.IntRange(1),
        default=None,
    ),
    _option(
        "--least-reviews",
        "Keep only the words that are in N reviews or more.",
        "N",
        type=click.IntRange(1),
        default=None,
    ),
    click.option(
        "--split",
        type=click.Choice(["lesson", "halves"]),
        default="lesson",
        show_default=True,
        help="lesson: all but the last 1,000 reviews train, those "
        "test; halves: the folders train and test, as of aclImdb.",
    ),
)
DATA = together(
    click.option(
        "--data",
        default="synthetic",
        show_default=True,
        metavar="DATA",
        shell_complete=files,
        help="'synthetic', 'imdb' (downloaded once, 84 MB), '-' for standard input, a folder or "
        "archive of .txt files (aclImdb, or a folder for each class), a folder with reviews.txt "
        "and labels.txt, or a file: .csv, .tsv, .jsonl, .parquet, .feather, .svm, .npz, .npy; all "
        "of them as .gz, .bz2, .xz or .zst too.",
    ),
    SOURCE,
)


def read_corpus(data: str, split: str) -> Corpus:
    """Read the reviews of --data and --split, and say what was found out about them."""
    meta = click.get_current_context().meta
    given = {field.name: meta.get(f"{_KEPT}{field.name}") for field in fields(Reading)}
    asked = {name: value for name, value in given.items() if value is not None}
    corpus = load(data, split, Reading(**asked))
    if talk.get() == "verbose":
        held = most_held()
        memory = f", at most {memory_size(held)} of memory" if held else ""
        click.echo(f"reading {corpus.name}: {corpus.seconds:.1f} s{memory}", err=True)
    if corpus.note and talk.get() != "quiet":
        click.echo(with_options(corpus.note), err=True)
    return corpus
