"""Does an advice agree with a full run? Five kinds of data, two batch sizes; writes a table.

    python results/advice_agrees.py path/to/aclImdb.tar.gz results/advice

An advice agrees if the network that it advises is the fastest of a run of its own, or no
difference from that is shown; networks of both that do the same are one. Each answer is kept as
JSON beside the table, so that the script goes on where it was stopped.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix, save_npz

from skipzeros.bench.advice.codes import CODES, LINEAR
from skipzeros.bench.networks.registry import every_network
from skipzeros.bench.timing.ratios import paired_ratio

# The lesson's steps, as the code to write.
SAME = {"csr": "scipy_csr.py:ScipyCSR", "add-reduce": "numpy_rows.py:NumpyRows",
        "torch": "torch_embedding_bag.py:TorchEmbeddingBag"}  # fmt: skip
LOOPS_AND_DENSE = ("dense", "dense-rows", "multiply-loop", "sum-loop")
BATCHES = {1: 512, 256: 1024}  # reviews of the run
REVIEWS = 6000


def made(folder: Path, name: str, words: int, size: int, values: str) -> list[str]:
    """Write a made matrix, and return the options that read it."""
    draw = np.random.default_rng(1)
    path = folder / f"{name}.npz"
    if not path.exists():
        if values == "dense":
            matrix = csr_matrix(draw.normal(size=(REVIEWS, size)))
        else:
            # As rare as in a language, roughly: the nth word once in n.
            found = [
                np.unique((np.exp(draw.random(2 * words) * np.log(size)) - 1).astype(np.int64))
                for _ in range(REVIEWS)
            ]
            indptr = np.concatenate([[0], np.cumsum([len(one) for one in found])])
            indices = np.concatenate(found)
            counts = draw.geometric(0.6, len(indices)) if values == "counts" else indices * 0 + 1
            matrix = csr_matrix((counts.astype(float), indices, indptr), shape=(REVIEWS, size))
        save_npz(path, matrix)
        np.save(folder / f"{name}-labels.npy", draw.integers(0, 2, REVIEWS))
    options = [str(path), "--labels", str(folder / f"{name}-labels.npy")]
    return [*options, "--input", "presence" if values == "presence" else "counts"]


def answer(path: Path, *words: str) -> dict[str, Any]:
    """Return what a command prints with --json, by the file where it was kept."""
    if not path.exists():
        print(path.stem, flush=True)
        command = [sys.executable, "-m", "skipzeros", *words, "--json", "--quiet"]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        path.write_text(done.stdout)
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def main(archive: str, folder: Path) -> None:
    """Ask and run for all data, and write agreement.csv."""
    folder.mkdir(parents=True, exist_ok=True)
    data = {
        "imdb": [archive, "--input", "presence"],
        "imdb of 300 words": [archive, "--most-words", "300", "--input", "presence"],
        "64 dense features": made(folder, "dense", 64, 64, "dense"),
        "counts of 20,000 words": made(folder, "counts", 60, 20_000, "counts"),
        "1,000,000 words": made(folder, "million", 80, 1_000_000, "presence"),
    }
    rows = []
    for name, (source, *more) in data.items():
        for batch, reviews in BATCHES.items():
            stem = f"{name}, {batch}".replace(" ", "-").replace(",", "")
            case = ["--hidden", "64", "--dtype", "float32", "--batch-size", str(batch), *more]
            advice = answer(folder / f"advise-{stem}.json", "advise", source, *case,
                            "--out", str(folder / f"advise-{stem}"))  # fmt: skip
            names = [
                one for one in every_network() if one not in ("compiled-threads", "torch-cuda")
            ]
            if name.startswith("1,"):
                # Dense weights of all processes together would not fit.
                names = [one for one in names if one not in LOOPS_AND_DENSE]
            codes = [*CODES, *([] if name.startswith("1,") else [LINEAR])]
            networks = [*names, *(code.network.argument for code in codes)]
            out = folder / f"run-{stem}"
            run = answer(folder / f"run-{stem}.json", "run", "--data", source, *case,
                         *(word for one in networks for word in ("--network", one)),
                         "--baseline", "gather-scatter", "--reviews", str(reviews),
                         "--budget", "10", "--certify", "100", "--out", str(out))  # fmt: skip
            rows.append(compared(name, batch, advice, run, pd.read_csv(out / "passes.csv")))
    table = pd.DataFrame(rows)
    table.to_csv(folder / "agreement.csv", index=False)
    print(table.to_string())


def compared(
    name: str, batch: int, advice: dict[str, Any], run: dict[str, Any], passes: pd.DataFrame
) -> dict[str, object]:
    """Compare an advice with a run."""
    ranked = sorted((row for row in run["rows"] if row["rank"]), key=lambda row: row["rank"])
    fastest = ranked[0]["network"]
    as_fast = [
        row["network"] for row in ranked if paired_ratio(passes, row["network"], fastest).low <= 1
    ]
    told = {advice["best"], *advice["as_fast"]}
    agrees = bool(told & {SAME.get(one, one) for one in as_fast})
    ratio = paired_ratio(passes, advice["best"], fastest)
    return {
        "data": name,
        "batch_size": batch,
        "advised": advice["best"],
        "no_difference": " ".join(advice["as_fast"]),
        "run_fastest": fastest,
        "run_no_difference": " ".join(as_fast[1:]),
        "agrees": agrees,
        "advised_to_fastest": round(ratio.ratio, 3),
        "seconds": round(advice["seconds"]),
    }


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
