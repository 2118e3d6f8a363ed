"""`skipzeros list`: what it takes."""

from __future__ import annotations

import click

from ..show.networks import list_networks


@click.command("list")
def list_() -> None:
    """List the networks: what each one accepts and whether it can run here."""
    list_networks()
