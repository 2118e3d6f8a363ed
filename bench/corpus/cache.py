"""Prepared reviews kept between runs, as plain arrays under the checksum of what they came from.

A cache may be slow or absent, never wrong and never an error: whatever can't be read is made
again, whatever can't be written is not kept. Entries may be larger than memory: they are mapped,
and at each start only what the system says of their files and both ends of these are looked at.
verify reads all.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import tempfile
import warnings
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import reduce
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from numpy.typing import NDArray
from platformdirs import user_cache_dir

from ...impls.reviews import Reviews
from ..arrays.counts import for_each, narrowest, once
from ..arrays.files import map_array, place_of, stat_of, write_array

# Raise this number whenever the arrays change their meaning: older entries are then never read.
FORMAT = 8

ARRAYS = ("indptr", "indices", "counts", "labels")
# Written last: what else an entry holds, with what is known of each of its files.
CONTENTS = "contents.json"
# Coarser than the clock of any file system.
SETTLED_SECONDS = 3.0
# What is looked at of both ends of a file at each start, and what is read at a time.
END_BYTES, PIECE_BYTES = 1 << 16, 1 << 20


class Key(NamedTuple):
    """What an entry depends on: the rule that splits text, and the digest of the content."""

    rule: str
    digest: bytes

    def __str__(self) -> str:
        whole = hashlib.sha256(self.digest + f"{self.rule} {FORMAT}".encode())
        return f"{self.rule}-{whole.hexdigest()}"


def cached(
    key: Key, parts: Sequence[str], make: Callable[[], dict[str, Reviews]]
) -> dict[str, Reviews]:
    """Read the named parts from the cache, or make them and keep them for the next time.

    Args:
        key: the same key promises the same reviews.
        parts: which parts to return; only those are read from the disk.
        make: returns the named parts, perhaps others too, with counts.
    """
    found = find_kept(key, parts)
    if found is None:
        made = make()
        keep(key, made)
        # What was kept is mapped, and takes no memory of its own.
        found = find_kept(key, parts) or ({part: made[part] for part in parts}, "")
    return found[0]


def find_kept(key: Key, parts: Sequence[str]) -> tuple[dict[str, Reviews], str] | None:
    """Map the named parts of the cache, and read the note kept with them; None for a miss."""
    try:
        path = folder() / str(key)
        contents = json.loads((path / CONTENTS).read_bytes())
        if contents["key"] != str(key):
            return None
        with warnings.catch_warnings():
            # numpy only warns of some damaged headers.
            warnings.simplefilter("error")
            return {part: _mapped(path, part, contents) for part in parts}, str(contents["note"])
    except Exception:
        # A damaged or foreign entry makes json and numpy raise many kinds; all are a miss.
        return None


def keep(key: Key, made: dict[str, Reviews], note: str = "") -> None:
    """Keep parts for the next time, if they can be written."""
    with suppress(OSError):
        _write(folder() / str(key), key, made, note)


def folder() -> Path:
    """Return the folder of the entries: $SKIPZEROS_CACHE, or the user's own cache folder.

    Raises:
        OSError: the user has no folder.
    """
    if given := os.environ.get("SKIPZEROS_CACHE"):
        return Path(given)
    with suppress(RuntimeError):  # as newer versions of platformdirs say that there is none
        path = Path(user_cache_dir("skipzeros"))
        if path.is_absolute():  # older ones would have us make a folder called ~ here
            return path
    raise FileNotFoundError(errno.ENOENT, "this user has no folder")


class Entry(NamedTuple):
    """What verify found of an entry.

    Attributes:
        bytes: of its files.
        damaged: the names of the files that aren't as they were written; empty where all are.
    """

    path: Path
    bytes: int
    damaged: list[str]


def verify() -> Iterator[Entry]:
    """Read every byte of every entry, and yield what was found of each.

    Raises:
        OSError: the folder can't be read.
    """
    top = folder()
    for path in sorted(top.iterdir()) if top.exists() else ():
        if not (path / CONTENTS).exists():
            continue  # a download, or an entry that another process is writing
        files, size, damaged = {}, 0, list[str]()
        try:
            contents = json.loads((path / CONTENTS).read_bytes())
            if contents.get("format") != FORMAT:
                continue  # of another version, which may know it
            files, words = contents["files"], contents["vocabulary_size"]
            if contents["key"] != path.name:
                damaged.append(CONTENTS)
        except (OSError, ValueError, KeyError, AttributeError, TypeError):
            damaged.append(CONTENTS)
        for name, known in files.items():
            try:
                size += (path / name).stat().st_size
                with (path / name).open("rb") as file:
                    found = {"state": _state(file, words), "checksum": _checksum(file, words)}
                whole = found == known
            except (OSError, TypeError):
                whole = False
            if not whole:
                damaged.append(name)
        yield Entry(path, size, damaged)


def _mapped(path: Path, part: str, contents: dict[str, Any]) -> Reviews:
    size, arrays = contents["vocabulary_size"], []
    for name in (f"{part}_{name}.npy" for name in ARRAYS):
        with (path / name).open("rb") as file:
            if _state(file, size) != contents["files"][name]["state"]:
                raise ValueError(f"{name} is damaged")
        arrays.append(map_array(path / name))
    indptr, indices, counts, labels = arrays
    return Reviews.trusted(indptr, indices, for_each(counts, len(indices)), labels, size)


def _state(file: BinaryIO, vocabulary_size: int) -> list[int]:
    """Return what tells at a glance whether a file is the one that was written."""
    *_, size, written = stat_of(file.fileno())
    seen = file.read(END_BYTES)
    file.seek(max(file.tell(), size - END_BYTES))
    return [size, written, _crc([seen, file.read()], vocabulary_size)]


def _checksum(file: BinaryIO, vocabulary_size: int) -> int:
    """Return a checksum of all of a file."""
    file.seek(0)
    return _crc(iter(lambda: file.read(PIECE_BYTES), b""), vocabulary_size)


def _crc(pieces: Iterable[bytes], vocabulary_size: int) -> int:
    # The words depend on it too.
    return reduce(lambda sum_, piece: zlib.crc32(piece, sum_), pieces, vocabulary_size)


def _write_array(path: Path, reviews: Reviews, name: str) -> dict[str, Any]:
    """Write an array of reviews, and return what is known of the file."""
    array = getattr(reviews, "stored_counts" if name == "counts" else name)
    if (written := _loose(array)) is not None:
        path.hardlink_to(written)
    else:
        kind = array.dtype
        if name == "counts":
            array = once(array)
            kind = narrowest(array)
        with path.open("wb") as file:
            write_array(file, array, kind)
    if os.name == "posix":  # elsewhere it couldn't be removed
        path.chmod(0o444)
    with path.open("rb") as file:
        size = reviews.vocabulary_size
        return {"state": _state(file, size), "checksum": _checksum(file, size)}


def _loose(array: NDArray[Any]) -> str | None:
    """Return the file of an array that is in this folder already, in no entry; None for others."""
    place = place_of(array)
    if place is None or os.path.dirname(place.path) != os.path.abspath(folder()):
        return None
    whole = map_array(Path(place.path))
    return place.path if whole.nbytes == array.nbytes else None


@contextmanager
def beside(key: Key) -> Iterator[Path]:
    """Make a folder beside the place of an entry, which is removed at the end if it is still there.

    Raises:
        OSError: it can't be made.
    """
    top = folder()
    top.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=top, suffix=".tmp"))
    try:
        yield temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _write(path: Path, key: Key, made: dict[str, Reviews], note: str) -> None:
    # Written beside its place and then renamed, so that nobody ever reads half an entry.
    with beside(key) as temporary:
        files, size = {}, 0
        for part, reviews in made.items():
            size = reviews.vocabulary_size
            for name in ARRAYS:
                file = f"{part}_{name}.npy"
                files[file] = _write_array(temporary / file, reviews, name)
        contents = {
            "key": str(key), "format": FORMAT, "vocabulary_size": size, "files": files, "note": note
        }  # fmt: skip
        (temporary / CONTENTS).write_text(json.dumps(contents))
        # Another process that made the same was first, and others may have mapped that.
        if find_kept(key, [*made]) is not None:
            return
        # What is there could not be read, or lacks a part.
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
        temporary.rename(path)
