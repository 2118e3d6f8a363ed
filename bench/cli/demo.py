"""`skipzeros demo`: what it takes."""

from __future__ import annotations

import click

from ..show.demo import tell


@click.command()
def demo() -> None:
    """Show the lesson's toy: ten words, two present, four ways to the same sum."""
    tell()
