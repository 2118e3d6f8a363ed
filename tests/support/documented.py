"""Commands and calls that a document shows: do they exist, with these options and values?"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator

import click

import skipzeros
from skipzeros.arguments import ScenarioOptions
from skipzeros.bench.cli import cli


def unknown(words: list[str]) -> str:
    """What is wrong with the words of a command; empty where nothing is."""
    command = cli.get_command(click.Context(cli), words[0]) if words else None
    if isinstance(command, click.Group) and len(words) > 1:
        words = words[1:]
        command = command.get_command(click.Context(command), words[0])
    if command is None:
        return f"no command {words}"
    known = {option for one in command.params for option in (*one.opts, *one.secondary_opts)}
    known |= {"-h", "--help"}
    strange = [word for word in words[1:] if word.startswith("-") and word not in known]
    if strange:
        return f"{words[0]} has no {strange}"
    try:
        command.make_parser(click.Context(command)).parse_args(words[1:])
    except click.UsageError as error:
        return error.format_message()
    return ""


def unknown_arguments(source: str) -> Iterator[str]:
    """Names that skipzeros hasn't, and arguments that its functions don't take."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "skipzeros":
            if node.attr not in skipzeros.__all__:
                yield ast.unparse(node)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).startswith("skipzeros."):
            called = getattr(skipzeros, ast.unparse(node.func).removeprefix("skipzeros."))
            known = {*inspect.signature(called).parameters, *ScenarioOptions.__annotations__}
            yield from (str(word.arg) for word in node.keywords if word.arg not in known)
