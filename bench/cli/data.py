"""`skipzeros data`: what it takes."""

from __future__ import annotations

import click

from ..show.data import tell_data, tell_kept
from .options import TALK
from .source import SOURCE, files, read_corpus


@click.command("data")
@click.argument("data", default="synthetic", shell_complete=files)
@SOURCE
@click.option(
    "--verify", is_flag=True, help="Read every byte that the cache keeps, and no DATA: is it whole?"
)
@TALK
def describe_data(data: str, split: str, verify: bool) -> None:
    """Describe DATA: reviews, vocabulary, words a review, density, label balance, and what a dense
    layer_0 would need."""
    if verify:
        tell_kept()
        return
    tell_data(read_corpus(data, split))
