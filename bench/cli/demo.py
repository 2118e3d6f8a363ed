"""`skipzeros demo`: what it takes."""

from __future__ import annotations

import click

from ..show.demo import DemoDocument, demo_document, tell
from .as_json import json_option, print_json


@click.command()
@json_option(DemoDocument)
def demo(as_json: bool) -> None:
    """Show the lesson's toy: ten words, two present, four ways to the same sum."""
    if as_json:
        print_json(demo_document())
    else:
        tell()
