"""Where reviews come from: one file a source, and ``load``, which tells them apart."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from ...impls.reviews import Reviews
from ..outcomes import BadInput
from . import aclimdb, lesson, matrices, synthetic, tables
from .download import imdb_archive
from .rows import Columns

__all__ = ["SPLITS", "TEST_REVIEWS", "Columns", "Corpus", "load"]

SPLITS = ("lesson", "halves")

# The lesson keeps its last thousand reviews to test on.
TEST_REVIEWS = 1_000

_KINDS = (
    "synthetic, imdb (downloaded once), a folder or .tar.gz of aclImdb, a folder with reviews.txt "
    "and labels.txt, or a file .svm, .svm.gz, .npz, .csv or .parquet"
)


@dataclass(frozen=True)
class Corpus:
    """Reviews to train on and reviews to test on, with counts, in one vocabulary.

    Attributes:
        name: "synthetic", "imdb", or the name of the file or folder without its path.
        train: at least one review.
        test: may be empty.
        seconds: how long it took to read or make the reviews.
        note: what was left out of them, in a sentence; empty if nothing was.
    """

    name: str
    train: Reviews
    test: Reviews
    seconds: float = 0.0
    note: str = ""


def load(
    data: str | Path = "synthetic", split: str = "lesson", columns: Columns | None = None
) -> Corpus:
    """Read reviews from a file, a folder or the web, or make them.

    Args:
        data: "synthetic"; or "imdb" for the published archive, downloaded if it isn't there yet;
            or the path of an aclImdb folder (or one that holds it) or of its .tar.gz, of a folder
            with reviews.txt and labels.txt, or of a file that tables or matrices reads.
        split: "lesson" tests on the last 1,000 reviews of the training half or file and trains
            on those before them; if there are no more than 1,000, it trains on all and tests on
            none. "halves" trains and tests on aclImdb's own halves.
        columns: how the rows of a file are read that tables or matrices reads.

    Raises:
        BadInput: one line that says what is wrong, where, and what to do.
    """
    if split not in SPLITS:
        raise BadInput(f"split: no {split!r}; choose from {', '.join(SPLITS)}")
    parts = ("train", "test") if split == "halves" else ("train",)
    # Compared as text, so that Path("imdb") still reaches a folder of that name.
    path = imdb_archive() if data == "imdb" else Path(data)
    begun, note = time.perf_counter(), ""
    try:
        if data == "synthetic":
            halves = _synthetic(parts)
        elif path.is_file() and path.name.lower().endswith((*tables.SUFFIXES, *matrices.SUFFIXES)):
            halves, note = _from_file(path, parts, columns or Columns())
        else:
            halves = _from_disk(path, parts)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise BadInput(
            f"{error.filename or path}: can't be read ({reason}); check its name and permissions"
        ) from None
    # From the absolute path, because "." and ".." have no name of their own.
    name = str(data) if data in ("synthetic", "imdb") else Path(os.path.abspath(path)).name
    train, seconds = halves["train"], time.perf_counter() - begun
    if "test" in halves:
        return Corpus(name, train, halves["test"], seconds, note)
    cut = len(train) - TEST_REVIEWS if len(train) > TEST_REVIEWS else len(train)
    return Corpus(name, train[:cut], train[cut:], seconds, note)


def _synthetic(parts: tuple[str, ...]) -> dict[str, Reviews]:
    starts = {"train": 0, "test": synthetic.HALF}
    return {part: synthetic.generate(start=starts[part]) for part in parts}


def _from_file(
    path: Path, parts: tuple[str, ...], columns: Columns
) -> tuple[dict[str, Reviews], str]:
    if "test" in parts:
        raise BadInput(f"{path}: has no halves, only aclImdb has; use the split lesson")
    is_table = path.name.lower().endswith(tables.SUFFIXES)
    reviews, note = (tables.load_table if is_table else matrices.load_matrix)(path, columns)
    return {"train": reviews}, note


def _from_disk(path: Path, parts: tuple[str, ...]) -> dict[str, Reviews]:
    if path.is_dir():
        return _from_folder(path, parts)
    if not path.exists():
        raise BadInput(f"{path}: no such file or folder; give {_KINDS}")
    if not (path.is_file() and path.name.lower().endswith((".tar.gz", ".tgz"))):
        raise BadInput(f"{path}: not a kind of data that can be read; give {_KINDS}")
    return aclimdb.load_archive(path, parts)


def _from_folder(path: Path, parts: tuple[str, ...]) -> dict[str, Reviews]:
    aclimdb_folder = aclimdb.find_folder(path)
    if aclimdb_folder is not None:
        return aclimdb.load_folder(aclimdb_folder, parts)
    files = (lesson.REVIEWS, lesson.LABELS)
    missing = [name for name in files if not (path / name).is_file()]
    if len(missing) == len(files):
        raise BadInput(
            f"{path}: holds neither reviews.txt and labels.txt nor aclImdb "
            "(train/pos, train/neg, test/pos, test/neg); give a folder that does"
        )
    if missing:
        raise BadInput(f"{path}: {missing[0]} is missing; reviews.txt and labels.txt go together")
    if "test" in parts:
        raise BadInput(f"{path}: reviews.txt has no halves, only aclImdb has; use the split lesson")
    return {"train": lesson.load_folder(path)}
