"""`skipzeros schema`: what it takes."""

from __future__ import annotations

import json

import click
from click.shell_completion import CompletionItem

from ..outcomes import BadInput
from ..records.json_schema import json_schema
from ..show.schema import SchemaDocument, print_schemas, schema_document
from .as_json import documents_of, json_option, print_json


def schema_names(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete the name of a schema in the shell."""
    from . import cli

    return [
        CompletionItem(one.name) for one in documents_of(cli) if one.name.startswith(incomplete)
    ]


@click.command()
@click.argument("name", default="", shell_complete=schema_names)
@json_option(SchemaDocument)
def schema(name: str, as_json: bool) -> None:
    """Print the JSON Schema, draft 2020-12, of what a command prints with --json.

    Without NAME: the names that there are.
    """
    from . import cli

    known = {one.name: one for one in documents_of(cli)}
    if not name:
        if as_json:
            print_json(schema_document(known.values()))
        else:
            print_schemas(known.values())
        return
    if as_json:
        raise BadInput(f"a schema is JSON already: leave out --json, or {name}")
    if name not in known:
        raise BadInput(f"no schema is called {name!r}; there are {', '.join(known)}")
    click.echo(json.dumps(json_schema(known[name]), indent=2))
