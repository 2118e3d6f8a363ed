"""Where reviews come from: one file a source, and ``load``, which tells them apart."""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import scipy

from ...impls.reviews import Reviews
from ..outcomes import BadInput
from ..text.markdown import UNSAFE
from ..text.mishaps import is_scarce
from . import aclimdb, alias, lesson, matrices, svmlight, synthetic, tables
from .archive import packing_of_archive
from .bounds import bounded
from .cache import Key, cached
from .content import Content
from .download import imdb_archive
from .keeping import kept_if_large
from .kinds import FIRST_BYTES, TABLES, by_content, by_name, standard_input
from .packing import packing_of
from .reading import Reading
from .split import TEST_REVIEWS, divided, shuffled

__all__ = ["SPLITS", "TEST_REVIEWS", "Corpus", "Reading", "load"]

SPLITS = ("lesson", "halves")
# Ends of names that don't say what a file is.
_OF_ANY_KIND = ("", ".txt", ".data", ".dat")
_KINDS = (
    "synthetic, imdb (downloaded once), a folder or archive of .txt files, or a file .csv, .tsv, "
    ".json, .jsonl, .parquet, .feather, .svm, .npz or .npy"
)
# Files of text.
_OF_LINES = ("csv", "json", "svmlight")
# Of spreadsheets.
_SHEETS = (".xlsx", ".xls", ".xlsm", ".ods")


@dataclass(frozen=True)
class Corpus:
    """Reviews to train on and reviews to test on, with counts, in one vocabulary.

    Attributes:
        name: "synthetic", "imdb", or the name of the file or folder without its path.
        train: at least one review.
        test: may be empty.
        seconds: how long it took to read or make the reviews.
        note: what was found out about them or left out, a sentence a line; empty if nothing was.
    """

    name: str
    train: Reviews
    test: Reviews
    seconds: float = 0.0
    note: str = ""


def load(
    data: str | Path = "synthetic", split: str = "lesson", reading: Reading | None = None
) -> Corpus:
    """Read reviews from a file, a folder, a pipe or the web, or make them.

    Args:
        data: "synthetic"; or "imdb" for the published archive, downloaded if it isn't there yet;
            or "-" for what is piped in; or the path of a file or archive of a kind in kinds.py and
            archive.py, or of a folder with reviews.txt and labels.txt, of aclImdb, or with a folder
            for each class.
        split: "lesson" tests on the last 1,000 reviews of the training half or file and trains
            on those before them; if there are no more than 1,000, it trains on all and tests on
            none. "halves" trains and tests on the folders train and test.
        reading: how files are read.

    Raises:
        BadInput: one line that says what is wrong, where, and what to do.
        OSError: for lack of memory or the like.
    """
    reading = reading or Reading()
    if split not in SPLITS:
        raise BadInput(f"split: no {split!r}; choose from {', '.join(SPLITS)}")
    if split == "halves" and reading.test:
        raise BadInput(
            "test goes with the split lesson only; halves has its own reviews to test on"
        )
    parts = ("train", "test") if split == "halves" else ("train",)
    # Compared as text, so that Path("imdb") still reaches a folder of that name.
    path = imdb_archive() if data == "imdb" else Path(data)
    begun = time.perf_counter()
    # From the absolute path, because "." and ".." have no name of their own.
    name = str(data) if data in ("synthetic", "imdb") else Path(os.path.abspath(path)).name
    # Which need not be text.
    name = "standard input" if data == "-" else UNSAFE.sub("\ufffd", name)

    # Kept apart, so that other bounds don't need the text again.
    unbounded = replace(reading, most_words=None, least_reviews=None)
    plain = None if data in ("synthetic", "-") else path

    def whole() -> tuple[dict[str, Reviews], list[str]]:
        read = partial(_read, data, path, parts, unbounded)
        return kept_if_large(plain, parts, unbounded, read)

    def fewer() -> tuple[dict[str, Reviews], list[str]]:
        halves, notes = whole()
        halves, told = bounded(halves, reading, name)
        return halves, [*notes, told]

    try:
        halves, notes = (
            whole() if reading == unbounded else kept_if_large(plain, parts, reading, fewer)
        )
    except OSError as error:
        if is_scarce(error):
            raise
        reason = error.strerror or type(error).__name__
        raise BadInput(
            f"{error.filename or path}: can't be read ({reason}); check its name and permissions"
        ) from None
    seconds = time.perf_counter() - begun
    if "test" in halves:
        train, test = halves["train"], halves["test"]
        if reading.shuffle is not None:
            train = shuffled(train, reading.shuffle)
    else:
        train, test, told = divided(halves["train"], reading, name)
        notes = notes + told
    return Corpus(name, train, test, seconds, "\n".join(note for note in notes if note))


def _read(
    data: str | Path, path: Path, parts: tuple[str, ...], reading: Reading
) -> tuple[dict[str, Reviews], list[str]]:
    if data == "synthetic":
        reading.refuse_others("synthetic", "the data")
        return _synthetic(parts), []
    if data == "-":
        piped = Content(Path("standard input"), piped=standard_input())
        return _from_content(piped, parts, reading)
    return _from_disk(path, parts, reading)


def _synthetic(parts: tuple[str, ...]) -> dict[str, Reviews]:
    def made() -> dict[str, Reviews]:
        starts = {"train": 0, "test": synthetic.HALF}
        return {part: synthetic.generate(start=starts[part]) for part in parts}

    # Reviews that another version made are others.
    rule = b"".join(Path(str(module.__file__)).read_bytes() for module in (synthetic, alias))
    rule += f"{np.__version__} {scipy.__version__}".encode()
    return cached(Key(f"synthetic-{'-'.join(parts)}", hashlib.sha256(rule).digest()), parts, made)


def _from_disk(
    path: Path, parts: tuple[str, ...], reading: Reading
) -> tuple[dict[str, Reviews], list[str]]:
    if path.is_dir():
        return _from_folder(path, parts, reading)
    if not path.exists():
        raise BadInput(f"{path}: no such file or folder; give {_KINDS}")
    archived = packing_of_archive(path)
    if archived is not None:
        return aclimdb.load_archive(path, archived, parts, reading)
    # What a pipe has can be read once only.
    content = Content(path, piped=None if path.is_file() else path.read_bytes())
    return _from_content(content, parts, reading)


def _from_content(
    content: Content, parts: tuple[str, ...], reading: Reading
) -> tuple[dict[str, Reviews], list[str]]:
    path = content.path
    kind, packing = by_name(path)
    packing = packing or ("" if kind else packing_of(content.head(FIRST_BYTES)))
    content = replace(content, packing=packing).held_if_small()
    told = []
    if not kind:
        inner = Path(path.stem if packing else path.name).suffix.lower()
        if inner not in _OF_ANY_KIND:
            first = "save the sheet as .csv, or " if inner in _SHEETS else ""
            raise BadInput(f"{path}: not a kind of data that can be read; {first}give {_KINDS}")
        kind = by_content(content.head(FIRST_BYTES))
        told.append(f"{path}: taken for {kind}, by its content.")
    if kind in _OF_LINES:
        head = content.head(FIRST_BYTES)
        if also := packing_of(head):
            raise BadInput(f"{path}: is packed; name it {path.name}{also}")
        if head.startswith(b"PK\3\4"):
            raise BadInput(f"{path}: a workbook or a .zip, no .{kind}; save the sheet as .csv")
    if "test" in parts:
        raise BadInput(f"{path}: has no halves, only folders have; use the split lesson")
    reading.refuse_others(kind, str(path))
    if kind in TABLES:
        reviews, notes = tables.load_table(path, kind, content, reading)
    elif kind == "svmlight":
        reviews, notes = svmlight.load_svmlight(path, content, reading)
    else:
        reviews, notes = matrices.load_matrix(path, kind, content, reading)
    return {"train": reviews}, told + notes


def _from_folder(
    path: Path, parts: tuple[str, ...], reading: Reading
) -> tuple[dict[str, Reviews], list[str]]:
    files = (lesson.REVIEWS, lesson.LABELS)
    missing = [name for name in files if not (path / name).is_file()]
    if len(missing) == len(files):
        return aclimdb.load_folder(path, parts, reading)
    if missing:
        raise BadInput(f"{path}: {missing[0]} is missing; reviews.txt and labels.txt go together")
    if "test" in parts:
        raise BadInput(f"{path}: reviews.txt has no halves, only aclImdb has; use the split lesson")
    reading.refuse_others("reviews.txt", str(path))
    return {"train": lesson.load_folder(path)}, []
