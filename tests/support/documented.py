"""Commands that a document shows: do they exist, with these options and values?"""

from __future__ import annotations

import click

from skipzeros.bench.cli import cli


def unknown(words: list[str]) -> str:
    """What is wrong with the words of a command; empty where nothing is."""
    command = cli.get_command(click.Context(cli), words[0]) if words else None
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
