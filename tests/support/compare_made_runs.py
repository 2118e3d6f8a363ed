"""Runs one network again and again, as it is and 10 % slower, and says what `compare` makes of it.

    python tests/support/compare_made_runs.py --pairs 20 --out FOLDER

Of each pair of runs of the same code the verdict should be "same", of the other pairs "slower".
"unclear" is neither right nor wrong. Runs that are there already are taken as they are. The true
slowdown is that of all passes of the slower runs together, against those of the others.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from bisect_made_history import calibrated
from made_history import source

import skipzeros
from skipzeros.bench.timing.ratios import paired_logs

NETWORK, ANCHOR = "mine.py:Mine", "csr"


def timed(folder: Path, name: str, more: str, rounds: int) -> Path:
    """Run the network with some more work in each review, and return the folder of the records."""
    out = folder / name
    if not (out / "summary.csv").is_file():
        (folder / "mine.py").write_text(source(more=more))
        words = ["run", "--network", NETWORK, "--baseline", ANCHOR, "--rounds", str(rounds)]
        command = [sys.executable, "-m", "skipzeros", *words, "--quiet", "--out", name]
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return out


def level(folders: list[Path]) -> float:
    """The typical time of the network / time of the anchor in some runs."""
    logs = [paired_logs(pd.read_csv(one / "passes.csv"), NETWORK, ANCHOR, "cpu").median()
            for one in folders]  # fmt: skip
    return float(np.exp(np.median(logs)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--pairs", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--slowdown", type=float, default=0.1, help="a fraction")
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    kept = asked.out / "more.txt"
    if not kept.exists():
        kept.write_text(calibrated(asked.slowdown, 2000))
    more, rounds = kept.read_text(), asked.rounds
    as_it_is, slower = [timed(asked.out, "same-0", "pass", rounds)], []
    for number in range(1, asked.pairs + 1):
        as_it_is.append(timed(asked.out, f"same-{number}", "pass", rounds))
        slower.append(timed(asked.out, f"slower-{number}", more, rounds))
    print(f"true slowdown {level(slower) / level(as_it_is) - 1:.1%}, {rounds} rounds a run")
    for what, pairs in (
        ("the same code", list(pairwise(as_it_is))),
        ("slower code", list(zip(as_it_is, slower, strict=False))),
    ):
        found = [skipzeros.compare(*map(os.fspath, pair))[NETWORK] for pair in pairs]
        print(f"{what}: {dict(Counter(row.verdict for row in found))}")
        print("  changes", *(f"{row.change:.3f}" for row in found))


if __name__ == "__main__":
    main()
