"""The Large Movie Review Dataset (Maas et al., 2011) as it is published: aclImdb.

One file a review, in aclImdb/{train,test}/{pos,neg}; whatever else is there is left alone.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path

from ...impls.reviews import Reviews
from ..outcomes import BadInput
from ..text.markdown import shown
from .archive import CLASSES, MOST_BYTES, TOP, check_size, read_archive
from .cache import Key, cached
from .words import learn, look_up

RULE = "aclimdb-1"

# Coarser than the clock of any file system.
SETTLED_SECONDS = 3.0

WINDOWS = os.name == "nt"

_KEPT = b".abcdefghijklmnopqrstuvwxyz"
_BLANK_OTHERS = bytes(byte if byte in _KEPT else ord(" ") for byte in range(256))


def load_archive(path: Path, parts: Sequence[str]) -> dict[str, Reviews]:
    """Read the halves named in parts ("train", "test") from a ``.tar.gz``, with counts.

    Raises:
        BadInput: read_archive refuses the file, or a half is missing, or a review is not UTF-8.
        OSError: the file can't be opened.
    """
    name = str(path)
    with path.open("rb") as file:
        key = Key(RULE, hashlib.file_digest(file, "sha256").digest())
        file.seek(0)
        return cached(key, parts, lambda: _halves(read_archive(file, name, parts), name, parts))


def load_folder(path: Path, parts: Sequence[str]) -> dict[str, Reviews]:
    """Read the halves named in parts ("train", "test") from a folder, with counts.

    Reading 50,000 files takes far longer than asking the system about them. So the cache is keyed
    on what the system says of each file: writing into a file changes the time of its last change,
    which no program can set. Two changes within one tick of the clock would look like one; so a
    folder that has just been changed is read anew each time.

    Raises:
        BadInput: a half is missing, or a review is too large or not UTF-8.
        OSError: a file can't be read.
    """
    files = _find(path, parts)
    newest = max((about.st_ctime for about in files.values()), default=0.0)
    if time.time() - newest < SETTLED_SECONDS:
        return _halves(_read(path, files), str(path), parts)
    states = sorted(
        f"{name} {at.st_dev} {at.st_ino} {at.st_size} {at.st_mtime_ns} {at.st_ctime_ns}"
        for name, at in files.items()
    )
    state = "\0".join([os.path.abspath(path), *states])
    key = Key(f"{RULE}-folder", hashlib.sha256(state.encode(errors="surrogateescape")).digest())
    return cached(key, parts, lambda: _halves(_read(path, files), str(path), parts))


def find_folder(path: Path) -> Path | None:
    """Find the folder with the layout of aclImdb: path, or path/aclImdb; None if neither has it."""
    for folder in (path, path / TOP):
        if any((folder / part).is_dir() for part in CLASSES):
            return folder
    return None


def split_words(text: str) -> list[bytes]:
    """Split a raw review into words; the empty string and "." are words, as in the lesson."""
    # "replace" makes one byte of every character, so that each becomes one space.
    characters = text.lower().encode("ascii", "replace").translate(_BLANK_OTHERS)
    return characters.replace(b".", b" . ").split(b" ")


def _find(folder: Path, parts: Sequence[str]) -> dict[str, os.stat_result]:
    """Find the files of the halves named in parts.

    Returns:
        What the system says of each file, by its path below the folder.
    """
    files, total = {}, 0
    for part in CLASSES:
        if not part.startswith(tuple(parts)) or not (folder / part).is_dir():
            continue
        with os.scandir(folder / part) as entries:
            for entry in entries:
                if not entry.name.endswith(".txt") or not entry.is_file():
                    continue
                name = f"{part}/{entry.name}"
                # DirEntry's own stat has no inode on Windows.
                files[name] = about = os.stat(entry.path) if WINDOWS else entry.stat()
                check_size(about.st_size, f"{folder}: {shown(name)}")
                total += about.st_size
    if total > MOST_BYTES:
        raise BadInput(f"{folder}: holds more than {MOST_BYTES:,} bytes of reviews")
    return files


def _read(folder: Path, names: Iterable[str]) -> dict[str, bytes]:
    contents = {}
    for name in names:
        # Unbuffered, since each file is read whole.
        with open(f"{folder}/{name}", "rb", buffering=0) as file:
            contents[name] = file.readall()
    return contents


def _halves(files: Mapping[str, bytes], where: str, parts: Sequence[str]) -> dict[str, Reviews]:
    """Return the halves named in parts, and always the training half, which has the vocabulary."""
    names: dict[str, list[str]] = {part: [] for part in CLASSES}
    for name in sorted(files):
        names[name.rpartition("/")[0]].append(name)
    empty = [part for part in CLASSES if not names[part] and part.startswith(tuple(parts))]
    if empty:
        raise BadInput(
            f"{where}: no reviews in {' and '.join(empty)}; "
            f"aclImdb has .txt files in each of {', '.join(CLASSES)}"
        )
    train = list(_alternating(names["train/pos"], names["train/neg"]))
    test = list(_alternating(names["test/pos"], names["test/neg"]))
    reviews, vocabulary = learn(_texts(files, train, where), _labels(train))
    halves = {"train": reviews}
    if "test" in parts:
        halves["test"] = look_up(_texts(files, test, where), _labels(test), vocabulary)
    return halves


def _alternating(positive: Sequence[str], negative: Sequence[str]) -> Iterator[str]:
    for pair in zip_longest(positive, negative):
        yield from (name for name in pair if name is not None)


def _labels(names: Sequence[str]) -> list[float]:
    return [float("/pos/" in name) for name in names]


def _texts(files: Mapping[str, bytes], names: Sequence[str], where: str) -> Iterator[list[bytes]]:
    for name in names:
        try:
            text = files[name].decode("utf-8")
        except UnicodeDecodeError as error:
            raise BadInput(
                f"{where}: {shown(name)} is not UTF-8 (byte {error.start + 1}); save it as UTF-8"
            ) from None
        yield split_words(text)
