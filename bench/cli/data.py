"""`skipzeros data`: what it takes."""

from __future__ import annotations

import click

from ..show.data import tell_data
from .options import TALK
from .source import SOURCE, files, read_corpus


@click.command("data")
@click.argument("data", default="synthetic", shell_complete=files)
@SOURCE
@TALK
def describe_data(data: str, split: str) -> None:
    """Describe DATA: reviews, vocabulary, words a review, density, label balance, and what a dense
    layer_0 would need."""
    tell_data(read_corpus(data, split))
