"""The `skipzeros` command. A command's module is imported when the command is called."""

from __future__ import annotations

import sys
import threading
import traceback
from importlib import import_module
from typing import Any

import click

from ..outcomes import BadInput, ExitCode, Failed
from ..text.mishaps import mishap
from .as_options import with_options
from .signals import OutOfTime, listen, stop_listening
from .streams import endure

# In the order of --help: the module and function of each, and what it is for.
COMMANDS = {
    "list": ("networks", "list_", "The networks that there are."),
    "demo": ("demo", "demo", "The lesson's toy, step by step."),
    "run": ("run", "run", "Certify and time networks."),
    "check": ("check", "check", "Certify networks, without timing."),
    "gate": ("gate", "gate", "Is a network slower than it may be? For CI."),
    "bisect": ("bisect", "bisect", "Since which commit is it wrong, or slower?"),
    "selftest": ("selftest", "selftest", "How well does the gate decide on this machine?"),
    "sweep": ("sweep", "sweep", "Run many scenarios, on many machines."),
    "accuracy": ("accuracy", "accuracy", "How many reviews come out right?"),
    "waste": ("waste", "waste", "Where does every multiplication and byte go?"),
    "why": ("why", "why", "Why is one network faster than another?"),
    "data": ("data", "describe_data", "What does a data set hold?"),
    "advise": ("advise", "advise", "Which implementation for my data, and what to write?"),
    "compare": ("compare", "compare", "Which networks became faster or slower since a run?"),
    "history": ("history", "history", "How fast was it at each commit, and since when slower?"),
    "report": ("report", "report", "The table of a run once more, and a page to look at."),
    "schema": ("schema", "schema", "The JSON Schema of what a command prints with --json."),
}


class Commands(click.Group):
    """The group of all commands.

    Bad input ends in one line and exit code 2, a mishap of the machine in one line and exit code 6.
    """

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
            message = error.format_message().rstrip(".?")
            click.echo(f"Error: {message}; see {where} --help", err=True)
        except Exception as error:
            if not (line := mishap(error)):
                raise
            _tell_mishap(line, ctx.invoked_subcommand)
            ctx.exit(ExitCode.FAILED)
        ctx.exit(ExitCode.BAD_INPUT)


def _tell_mishap(line: str, *words: str | None) -> None:
    click.echo(f"Error: {line}.{_kept(*words)}", err=True)


def _kept(*words: str | None) -> str:
    """Say what is left of a command that was stopped, if the words of its line name one."""
    if "sweep" in words:
        return " Finished cells are kept; --resume goes on."
    if "bisect" in words:
        return " Finished verdicts are kept; --resume goes on."
    goes_on = not {"run", "gate"}.isdisjoint(words)
    return " Finished rounds are kept; --resume goes on." if goes_on else ""


def main() -> None:
    """Run the command line. Exit code 1 means "slower", so that no error may end with it."""
    out = endure()
    listen()
    code = _code()
    # Whoever has read enough has gone; that is no mishap, and the code tells of the networks.
    if out.lost is not None and not isinstance(out.lost, BrokenPipeError):
        why = out.lost.strerror
        _tell_mishap(f"standard output can't be written ({why}); make room, or send it elsewhere")
        code = ExitCode.FAILED
    stop_listening()
    sys.exit(code)


def _code() -> Any:
    """Run the command line, and return its exit code."""
    try:
        return cli.main(standalone_mode=False)
    except SystemExit as end:
        return end.code
    except click.ClickException as error:
        error.show()
        return ExitCode.BAD_INPUT
    except click.Abort:
        if line := _refused_thread():
            _tell_mishap(line, *sys.argv)
            return ExitCode.FAILED
        click.echo(f"Interrupted.{_kept(*sys.argv)}", err=True)
        return 130
    except OutOfTime as end:
        _tell_mishap(str(end), *sys.argv)
        return ExitCode.FAILED
    except Exception:
        traceback.print_exc()
        click.echo("Error: this is a fault of skipzeros itself; please report it.", err=True)
        return ExitCode.FAILED


def _refused_thread() -> str:
    """Name the mishap if no thread can be started; empty if one can.

    OpenBLAS, whose own can't be started, interrupts the process as Ctrl-C would.
    """
    try:
        threading.Thread(target=int).start()
    except RuntimeError as error:
        return mishap(error)
    return ""


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="skipzeros")
def cli() -> None:
    """Your network multiplies by zeros: which implementation should replace it, is it still the
    same network, and how much faster is it really?

    Start with `skipzeros demo`, then `skipzeros run`.
    """
