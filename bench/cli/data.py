"""`skipzeros data`: what it takes."""

from __future__ import annotations

import click

from ..outcomes import ExitCode
from ..show.data import (
    DataDocument,
    KeptDocument,
    data_document,
    kept_document,
    refuse_damaged,
    tell_data,
    tell_kept,
)
from .as_json import json_option, print_json
from .options import TALK
from .source import SOURCE, files, read_corpus


@click.command("data")
@click.argument("data", default="synthetic", shell_complete=files)
@SOURCE
@click.option(
    "--verify", is_flag=True, help="Read every byte that the cache keeps, and no DATA: is it whole?"
)
@json_option(DataDocument, KeptDocument)
@TALK
def describe_data(data: str, split: str, verify: bool, as_json: bool) -> None:
    """Describe DATA: reviews, vocabulary, words a review, density, label balance, and what a dense
    layer_0 would need."""
    if verify:
        kept = kept_document()
        damaged = any(row.damaged for row in kept.rows)
        if as_json:
            print_json(kept, ExitCode.BAD_INPUT if damaged else ExitCode.OK)
        else:
            tell_kept(kept)
        refuse_damaged(kept)
        return
    corpus = read_corpus(data, split)
    if as_json:
        print_json(data_document(corpus))
    else:
        tell_data(corpus)
