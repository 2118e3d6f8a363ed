"""A small valid input of every kind that skipzeros reads, and what reads it."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pandas as pd
from damage import BYTEWISE, CELLWISE, Damage, odd, saved
from experiments import experiment

from skipzeros.bench.commands.scaling import scale
from skipzeros.bench.corpus import load
from skipzeros.bench.cost.sizes import Vary
from skipzeros.bench.gate import earlier as stored
from skipzeros.bench.networks.scenario import Scenario
from skipzeros.bench.outcomes import Verdict
from skipzeros.bench.records import recording
from skipzeros.bench.records.rows import Finding, PassRow, Setting, SummaryRow, columns
from skipzeros.bench.records.schema import NEWER
from skipzeros.bench.report.tables import report
from skipzeros.bench.timing.ratios import clock_of, median_seconds, paired_ratio, times_limit
from skipzeros.bench.timing.rounds import Plan
from skipzeros.impls.reviews import Reviews

RESULTS = Path(__file__).parents[2] / "results"
Files = dict[str, bytes]


def splice(content: bytes, rng: Random) -> bytes:
    """The beginning of one file, and the end of another."""
    other = rng.choice([SVM, zipped(ARRAYS), tar(ACL_IMDB), gzip.compress(SVM), *RECORDS.values()])
    return content[: rng.randrange(len(content) + 1)] + other[rng.randrange(len(other) + 1) :]


BYTES: tuple[Damage, ...] = (*BYTEWISE, splice)
CELLS: tuple[Damage, ...] = (*CELLWISE, splice)


@dataclass(frozen=True)
class Sample:
    """Files, by their names below the current folder.

    Attributes:
        files: that are damaged.
        read: what reads them.
        damages: that suit them.
        pack: from the damaged files to those that are written.
        others: that stay whole.
    """

    files: Files
    read: Callable[[], object]
    damages: Sequence[Damage] = BYTES
    pack: Callable[[Files], Files] = lambda files: files
    others: Files = field(default_factory=dict)


TEXTS = [
    "good film, good",
    'the "worst"',
    "fine\nbut long",
    "bad",
    "",
    "caf\u00e9 bad",
    "so so",
    "x",
]
LABELS = np.array([1, 0] * 4)
TABLE = pd.DataFrame({"text": TEXTS, "more": range(8), "label": LABELS})
SVM = b"# made by hand\n" + b"".join(
    b"%d %d:1 %d:2.5 %d:1e2 # %d\n" % (label, n + 1, n + 3, n + 40, n)
    for n, label in enumerate(LABELS)
)
ARRAYS = {
    "data": saved(np.arange(1.0, 9)),
    "indices": saved(np.arange(8) % 5),
    "indptr": saved(np.arange(9)),
    "shape": saved((8, 5)),
    "format": saved(b"csr"),
    "labels": saved(LABELS),
}
ACL_IMDB = {
    f"aclImdb/train/{part}/{number}_9.txt": TEXTS[number].encode()
    for number in range(4)
    for part in ("pos", "neg")
}
LESSON = {
    "reviews.txt": "".join(f"{' '.join(text.split())}\n" for text in TEXTS).encode(),
    "labels.txt": b"positive\nnegative\n" * 4,
}


def zipped(files: Files) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"{name}.npy", content)
    return buffer.getvalue()


def tar(files: Files) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def one(name: str, content: bytes, damages: Sequence[Damage] = BYTES) -> Sample:
    return Sample({name: content}, lambda: load(name), damages)


def inside_gzip(name: str, content: bytes) -> Sample:
    return Sample(
        {name: content},
        lambda: load(name),
        pack=lambda files: {name: gzip.compress(files[name], 1)},
    )


def inside_npz(damages: Sequence[Damage]) -> Sample:
    return Sample(ARRAYS, lambda: load("a.npz"), damages, lambda files: {"a.npz": zipped(files)})


def parquet(**how: Any) -> Sample:
    buffer = io.BytesIO()
    TABLE.to_parquet(buffer, **how)
    return one("a.parquet", buffer.getvalue())


def cache() -> Sample:
    """May be damaged as it likes: the reviews are what they were."""
    for name, content in LESSON.items():
        Path(name).write_bytes(content)
    before = load(".").train
    entry = {str(path): path.read_bytes() for path in Path("cache").rglob("*.*") if path.is_file()}

    def read() -> None:
        after = load(".").train
        assert after.vocabulary_size == before.vocabulary_size
        for name in ("indptr", "indices", "counts", "labels"):
            assert np.array_equal(getattr(after, name), getattr(before, name))

    return Sample(entry, read, others=LESSON)


def lines(path: str, most: int = 40) -> bytes:
    return b"".join((RESULTS / path).read_bytes().splitlines(keepends=True)[:most])


def passes_of_now() -> bytes:
    """The committed passes, with the columns that came later."""
    table = pd.read_csv(RESULTS / "baseline" / "passes.csv", dtype=str, keep_default_na=False)
    table = table.head(40).assign(**{n: v for n, v in NEWER.items() if n not in table})
    table = table[[*columns(PassRow)]]
    return table.to_csv(index=False, lineterminator="\r\n").encode()


PARTING = [f"csr,dense,{review},1e-{16 - review}\r\n" for review in range(1, 12)]
RECORDS = {
    "passes.csv": lines("imdb/passes.csv", 25),
    "summary.csv": lines("imdb/summary.csv"),
    "accuracy.csv": lines("imdb/accuracy.csv", 9),
    "waste.csv": lines("waste/waste.csv"),
    "scaling.csv": lines("vocabulary/scaling.csv", 20),
    "parting.csv": "".join(["network,baseline,review,difference\r\n", *PARTING]).encode(),
    "gate.csv": lines("baseline/gate.csv"),
}


def reported(name: str, *others: str) -> Sample:
    whole = {other: RECORDS[other] for other in others}
    return Sample({name: RECORDS[name]}, lambda: report([Path()]), CELLS, others=whole)


PASSES = pd.read_csv(RESULTS / "baseline" / "passes.csv", keep_default_na=False)
# Records of ours may be older than the last columns.
SETTING: dict[Any, Any] = {**NEWER, **PASSES.to_dict("records")[0]}


def of_record() -> Setting:
    """Return the setting of the passes that the samples are made of."""
    return Setting(**{name: SETTING[name] for name in columns(Setting)})


def against_stored() -> Sample:
    rows = pd.read_csv(RESULTS / "baseline" / "gate.csv").to_dict("records")
    found = [
        Finding(row["network"], row["baseline"], Verdict.PASS, ratio=9, ratio_low=8, ratio_high=10)
        for row in rows
    ]

    def read() -> None:
        print(*stored.compare(found, stored.Stored.read(Path()), of_record()))

    files = {"gate.csv": RECORDS["gate.csv"], "passes.csv": lines("baseline/passes.csv")}
    return Sample(files, read, CELLS)


def resumed() -> Sample:
    def read() -> None:
        passes = recording.Recording(Path(), of_record(), resume=True).passes()
        for name in dict.fromkeys(passes["network"]):
            clock = clock_of(passes, name)
            median_seconds(passes, name, clock)
            paired_ratio(passes, name, passes["network"].iloc[0], clock)
            times_limit(passes, name, clock)

    return Sample({"passes.csv": passes_of_now()}, read, CELLS)


def varied() -> Sample:
    few, files = Reviews.from_lists([[0, 1], [2]], [1, 0], 3), {}
    for value in (10, 64):
        setting = vars(Setting.of(few, "few", Scenario(hidden=value)))
        for record in ("summary.csv", "passes.csv"):
            name = f"hidden={value}/{record}"
            kind = SummaryRow if record == "summary.csv" else PassRow
            rows = pd.read_csv(RESULTS / "hidden" / name).reindex(columns=list(columns(kind)))
            rows = rows.assign(**setting)
            files[name] = rows.to_csv(index=False).encode()
    networks = [(name, name) for name in rows["network"].unique()]

    def read() -> None:
        here = experiment(networks, few, data="few", baseline="dense", resume=True)
        scale(here, Plan(), Vary("hidden", (10, 64)))

    return Sample(files, read, CELLS)


OF_REVIEWS: dict[str, Callable[[], Sample]] = {
    ".svm": lambda: one("a.svm", SVM),
    ".svm.gz": lambda: one("a.svm.gz", gzip.compress(SVM)),
    ".svm.gz, inside": lambda: inside_gzip("a.svm.gz", SVM),
    ".npz": lambda: one("a.npz", zipped(ARRAYS)),
    ".npz, inside": lambda: inside_npz(BYTES),
    ".npz, other arrays": lambda: inside_npz([odd]),
    ".csv": lambda: one("a.csv", TABLE.to_csv(index=False).encode(), CELLS),
    ".parquet": parquet,
    ".parquet, inside": lambda: parquet(compression=None, use_dictionary=False),
    ".tar.gz": lambda: one("a.tar.gz", gzip.compress(tar(ACL_IMDB))),
    ".tar.gz, inside": lambda: inside_gzip("a.tar.gz", tar(ACL_IMDB)),
    "aclImdb": lambda: Sample(ACL_IMDB, lambda: load(".")),
    "reviews.txt": lambda: Sample(LESSON, lambda: load(".")),
    "cache": cache,
}
OF_RECORDS: dict[str, Callable[[], Sample]] = {
    "report, passes.csv": lambda: reported("passes.csv", "summary.csv"),
    "report, summary.csv": lambda: reported("summary.csv", "passes.csv"),
    "report, scaling.csv": lambda: reported("scaling.csv"),
    "report, waste.csv": lambda: reported("waste.csv"),
    "report, accuracy.csv": lambda: reported("accuracy.csv"),
    "report, parting.csv": lambda: reported("parting.csv"),
    "report, gate.csv": lambda: reported("gate.csv"),
    "gate --stored": against_stored,
    "run --resume": resumed,
    "run --vary --resume": varied,
}

# The options of the cells of a sweep that takes seconds.
SHORT_RUN = """[options]
network = ["csr", "add-reduce"]
baseline = "csr"
reviews = 20
rounds = 6
certify = 10"""
