"""The `skipzeros` command. A command's module is imported when the command is called."""

from __future__ import annotations

import signal
import sys
import traceback
from importlib import import_module
from typing import Any

import click

from ..outcomes import BadInput, ExitCode, Failed
from .as_options import with_options

# In the order of --help: the module and function of each, and what it is for.
COMMANDS = {
    "list": ("networks", "list_", "The networks that there are."),
    "demo": ("demo", "demo", "The lesson's toy, step by step."),
    "run": ("run", "run", "Certify and time networks."),
    "check": ("check", "check", "Certify networks, without timing."),
    "gate": ("gate", "gate", "Is a network slower than it may be? For CI."),
    "selftest": ("selftest", "selftest", "How well does the gate decide on this machine?"),
    "accuracy": ("accuracy", "accuracy", "How many reviews come out right?"),
    "waste": ("waste", "waste", "Where does every multiplication and byte go?"),
    "data": ("data", "describe_data", "What does a data set hold?"),
    "report": ("report", "report", "The table of a run once more, and a page to look at."),
}


class Commands(click.Group):
    """The group of all commands; bad input ends in one line and exit code 2."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, function, _ = COMMANDS[cmd_name]
        command = getattr(import_module(f".{module}", __package__), function)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        # Click's own method would import every command to ask what it is for.
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, _, about) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BadInput as error:
            click.echo(f"Error: {with_options(str(error))}", err=True)
        except Failed as failure:
            click.echo(f"Error: {failure}", err=True)
            ctx.exit(ExitCode.FAILED)
        except click.UsageError as error:
            where = error.ctx.command_path if error.ctx else "skipzeros"
            message = error.format_message().rstrip(".")
            click.echo(f"Error: {message}; see {where} --help", err=True)
        ctx.exit(ExitCode.BAD_INPUT)


def _terminated(number: int, frame: object) -> None:
    # So that SIGTERM, as Ctrl-C does, ends our workers and removes our folders.
    raise SystemExit(128 + number)


def main() -> None:
    """Run the command line. Exit code 1 means "slower", so that no error may end with it."""
    signal.signal(signal.SIGTERM, _terminated)
    try:
        code = cli.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = ExitCode.BAD_INPUT
    except click.Abort:
        goes_on = not {"run", "gate"}.isdisjoint(sys.argv)
        kept = " What was finished is kept; --resume goes on." if goes_on else ""
        click.echo(f"Interrupted.{kept}", err=True)
        code = 130
    except BrokenPipeError:
        # Whoever read our output has gone; Python must not complain about it at exit.
        sys.stdout = None
        code = ExitCode.OK
    except Exception:
        traceback.print_exc()
        click.echo("Error: this is a fault of skipzeros itself; please report it.", err=True)
        code = ExitCode.FAILED
    sys.exit(code)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="skipzeros")
def cli() -> None:
    """Your network multiplies by zeros: which implementation should replace it, is it still the
    same network, and how much faster is it really?

    Start with `skipzeros demo`, then `skipzeros run`.
    """
