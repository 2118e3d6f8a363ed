"""The option --json, and the documents that commands print with it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from typing import Any

import click

from ..outcomes import ExitCode
from ..records.documents import Document, json_text
from .source import Command

_OUT = "skipzeros.out"


class JsonOption(click.Option):
    """The option --json of one command.

    Args:
        documents: the classes of what that command may print.
    """

    def __init__(self, *arguments: Any, documents: tuple[type[Document], ...], **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.documents = documents


def json_option(*documents: type[Document]) -> Callable[[Command], Command]:
    """Make the option --json of a command, which is handed to it as as_json.

    Args:
        documents: the classes of what the command prints with print_json.
    """
    return click.option(
        "--json",
        "as_json",
        is_flag=True,
        is_eager=True,
        callback=_keep_clear,
        cls=JsonOption,
        documents=documents,
        help="Print one object in JSON, and nothing else.",
    )


def _keep_clear(ctx: click.Context, param: click.Parameter, value: bool) -> bool:
    """Have nothing else on standard output: a user's own module may print when it is imported."""
    if value:
        ctx.meta[_OUT] = sys.stdout
        ctx.with_resource(redirect_stdout(sys.stderr))
    return value


def print_json(document: Document, exit_code: int = ExitCode.OK) -> None:
    """Print a document on standard output.

    Args:
        exit_code: that the command is going to end with.
    """
    click.echo(json_text(document, exit_code), file=click.get_current_context().meta[_OUT])


def documents_of(group: click.Group) -> Iterator[type[Document]]:
    """Yield the classes of all that the commands of a group print with --json."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from documents_of(command)
        elif command is not None:
            for option in command.params:
                if isinstance(option, JsonOption):
                    yield from option.documents
