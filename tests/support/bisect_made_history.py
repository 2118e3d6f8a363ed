"""Runs `skipzeros bisect` on made histories, and says what it found and in how many gates.

    python tests/support/bisect_made_history.py --times 3
    python tests/support/bisect_made_history.py --times 3 --noise

Each history has 32 commits, at places drawn anew: one since which a pass takes 10 % longer, one
since which it is wrong, one that can't be imported, and a merge. With --noise a process keeps a
core busy meanwhile. It ends with 1 if anything else was found, or more gates than 6 were needed.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
import timeit
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
from made_history import make_history, source

import skipzeros
from skipzeros.bench.commands.selftest import hogs

LAST, MOST_GATES = 31, 6


def calibrated(slowdown: float, reviews: int) -> str:
    """A line that makes a pass of the made network longer by this fraction, on this machine."""
    found: dict[str, Any] = {}
    exec(source(), found)
    network = found["Mine"].__new__(found["Mine"])
    few = skipzeros.load("synthetic").train[:reviews]
    network.weights_0_1 = np.zeros((few.vocabulary_size, 10))
    network.weights_1_2 = np.random.default_rng(1).normal(size=10)
    network.learning_rate, network.batch_size = 0.1, 1
    prepared = network.prepare(few)
    clock = time.thread_time
    own = min(timeit.repeat(lambda: network.train(prepared), clock, number=1, repeat=30))
    turns = 10_000
    turn = min(timeit.repeat(f"for _ in range({turns}): pass", timer=clock, number=1, repeat=99))
    return f"for _ in range({round(slowdown * own / reviews / (turn / turns))}): pass"


def once(seed: int, more: str, reviews: int) -> bool:
    """Bisect one made history; print and return whether all was found."""
    draw = random.Random(seed)
    slow, broken, wrong = sorted(draw.sample(range(2, LAST, 3), 3))
    if draw.random() < 0.5:
        slow, broken = broken, slow
    merge = draw.choice([slow, broken + 1, wrong])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "made"
        folder.mkdir()
        commits = make_history(folder, LAST, slower={slow: more}, wrong=range(wrong, LAST + 1),
                               broken=[broken], merge=merge)  # fmt: skip
        command = [sys.executable, "-m", "skipzeros", "bisect", commits[0], "main", "--json"]
        command += ["--network", "mine.py:Mine", "--reviews", str(reviews), "--out", f"{name}/out"]
        begun = time.perf_counter()
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        seconds = time.perf_counter() - begun
    print(f"seed {seed}: slower since {slow}, wrong since {wrong}, broken {broken}, merge {merge}")
    if not done.stdout:
        print(done.stderr)
        return False
    document = json.loads(done.stdout)
    good = document["gates"] <= MOST_GATES
    for what, right in (("slower", slow), ("wrong", wrong)):
        found = document[what]
        suspects = [commits.index(one["commit"]) for one in found["suspects"]] if found else []
        good = good and suspects == [right]
        print(f"  {what}: {suspects}")
    checks = sum(row["asked"] == "check" for row in document["rows"])
    told = f"{document['gates']} gates, {checks} checks, {seconds:.0f} s"
    print(f"  {told}: {'right' if good else 'NOT RIGHT'}")
    print(*(f"  {note}" for note in document["notes"]), sep="\n", flush=True)
    return good


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--noise", action="store_true", help="keep a core busy meanwhile")
    parser.add_argument("--seed", type=int, default=1, help="of the first history")
    parser.add_argument("--slowdown", type=float, default=0.1, help="a fraction")
    parser.add_argument("--reviews", type=int, default=1000)
    asked = parser.parse_args()
    more = calibrated(asked.slowdown, asked.reviews)
    print(f"more of a pass: {more}")
    with ExitStack() as stack:
        if asked.noise:
            stack.enter_context(hogs(1))
        seeds = range(asked.seed, asked.seed + asked.times)
        good = [once(seed, more, asked.reviews) for seed in seeds]
    print(f"{sum(good)} of {len(good)} right")
    sys.exit(not all(good))


if __name__ == "__main__":
    main()
