"""Gates of networks whose right verdicts are known: python results/gates/measure.py --help.

Each gate is `skipzeros gate` with networks that take 1.00 to 10 times as long as their baseline,
at a limit of 5 %. A verdict is wrong where 1.00 or 1.02 are slower, or 1.05 and more pass.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import click
import pandas as pd

from skipzeros.bench.commands.selftest import hogs
from skipzeros.bench.workers.worker_sets import CORES

HERE = Path(__file__).parent
VERDICTS = HERE / "verdicts.csv"
BASELINES = {"Compiled": "compiled", "AddReduce": "add-reduce"}
TIMES = ("100", "102", "105", "110", "200", "1000")  # per cent


def gate(name: str, reviews: int, times: list[str], data: str, folder: Path) -> pd.DataFrame:
    """Run a gate and return the rows of its gate.csv."""
    command = [
        sys.executable, "-m", "skipzeros", "gate", "--baseline", BASELINES[name],
        "--reviews", str(reviews), "--data", data, "--out", str(folder),
    ]  # fmt: skip
    for one in times:
        command += ["--network", f"{HERE / 'slower.py'}:{name}{one}"]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
    return pd.read_csv(folder / "gate.csv")


@click.command()
@click.option("--network", "name", type=click.Choice(list(BASELINES)), default="Compiled")
@click.option("--reviews", "sizes", type=int, multiple=True, default=(500, 2000, 10000))
@click.option("--times", type=click.Choice(TIMES), multiple=True, default=TIMES)
@click.option("--gates", type=int, default=10, help="How many for each number of reviews.")
@click.option("--noise", is_flag=True, help="Keep every core busy meanwhile.")
@click.option("--data", default="synthetic")
@click.option("--keep", type=Path, help="Keep what the gates record in this folder.")
def measure(
    name: str,
    *,
    sizes: list[int],
    times: list[str],
    gates: int,
    noise: bool,
    data: str,
    keep: Path | None,
) -> None:
    """Run the gates, and add their verdicts to verdicts.csv beside this file."""
    with ExitStack() as stack:
        folder = keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if noise:
            stack.enter_context(hogs(len(CORES) or 1))
        for number in range(gates):
            for reviews in sizes:
                out = folder / f"{name}-{reviews}-{'hogs' if noise else 'quiet'}-{number}"
                rows = gate(name, reviews, list(times), data, out)
                times_as_long = rows["network"].str.extract(r"(\d+)$")[0].astype(float) / 100
                rows = rows.assign(times=times_as_long, reviews=reviews, hogs=noise)
                rows = rows.drop(columns=["sets", "rounds", "limit", "clock"])
                rows.to_csv(VERDICTS, mode="a", header=not VERDICTS.exists(), index=False)
                print(rows[["network", "reviews", "verdict", "ratio", "seconds"]].to_string())


if __name__ == "__main__":
    measure()
