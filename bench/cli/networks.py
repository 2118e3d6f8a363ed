"""`skipzeros list`: what it takes."""

from __future__ import annotations

import click

from ..show.networks import NetworksDocument, found, list_networks
from .as_json import json_option, print_json


@click.command("list")
@json_option(NetworksDocument)
def list_(as_json: bool) -> None:
    """List the networks: what each one accepts and whether it can run here."""
    if as_json:
        print_json(NetworksDocument(files=[], notes=[], rows=found()))
    else:
        list_networks()
