"""The `skipzeros` command. Heavy imports wait until a command needs them."""

from __future__ import annotations

import signal
import sys
import traceback
from pathlib import Path
from typing import Any

import click

from ..outcomes import BAD_INPUT, FAILED, BadInput, Failed
from .accuracy import accuracy
from .data import describe_data
from .gate import gate, selftest
from .run import check, run
from .waste import waste


class Commands(click.Group):
    """Commands in the order they are written; bad input is one line and exit code 2."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BadInput as error:
            click.echo(f"Error: {error}", err=True)
        except Failed as failure:
            click.echo(f"Error: {failure}", err=True)
            ctx.exit(FAILED)
        except click.UsageError as error:
            where = error.ctx.command_path if error.ctx else "skipzeros"
            message = error.format_message().rstrip(".")
            click.echo(f"Error: {message}; see {where} --help", err=True)
        ctx.exit(BAD_INPUT)


def _terminated(number: int, frame: object) -> None:
    # So that SIGTERM too ends our workers and removes our folders on its way.
    raise SystemExit(128 + number)


def main() -> None:
    """The console script: no error of ours or of a network ends in exit code 1, "slower"."""
    signal.signal(signal.SIGTERM, _terminated)
    try:
        code = cli.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = BAD_INPUT
    except click.Abort:
        click.echo(
            "Interrupted. What was finished is kept; a run or gate goes on with --resume.", err=True
        )
        code = 130
    except BrokenPipeError:
        # Whoever read our output has gone; Python must not complain about it at exit.
        sys.stdout = None
        code = 0
    except Exception:
        traceback.print_exc()
        click.echo("Error: this is a fault of skipzeros itself; please report it.", err=True)
        code = FAILED
    sys.exit(code)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="skipzeros")
def cli() -> None:
    """Your network multiplies by zeros: which implementation should replace it, is it still the
    same network, and how much faster is it really?

    Start with `skipzeros demo`, then `skipzeros run`.
    """


@cli.command("list", short_help="The networks that there are.")
def list_() -> None:
    """List the networks: what each one accepts and whether it can run here."""
    from ..show.networks import list_networks

    list_networks()


@cli.command(short_help="The lesson's toy, step by step.")
def demo() -> None:
    """Show the lesson's toy: ten words, two present, four ways to the same sum."""
    from ..show.demo import tell

    tell()


for command in (run, check, gate, selftest, accuracy, waste, describe_data):
    cli.add_command(command)


@cli.command(short_help="The table of a run once more, and a page to look at.")
@click.argument(
    "folders", nargs=-1, required=True, metavar="FOLDER...",
    type=click.Path(path_type=Path, file_okay=False),
)  # fmt: skip
@click.option(
    "--markdown", is_flag=True, help="Print the tables as Markdown, as for a pull request."
)
def report(folders: tuple[Path, ...], markdown: bool) -> None:
    """Print the tables of the runs in each FOLDER again, and write report.html into the first.

    Both come from the CSVs alone; the page needs no network.
    """
    from ..report.tables import report as report_folder

    report_folder(folders, markdown)
