"""The Large Movie Review Dataset (Maas et al., 2011) as it is published: aclImdb.

One file a review, in aclImdb/{train,test}/{pos,neg}; whatever else is there is left alone.
"""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import BinaryIO

from ...impls.reviews import Reviews
from ..outcomes import BadInput
from ..text.markdown import shown
from .archive import CLASSES, TOP, check_size, read_archive
from .cache import SETTLED_SECONDS, Key, cached, find_kept, keep
from .class_folders import by_class
from .layout import UNLABELLED, Layout, Place
from .packing import MOST_BYTES
from .reading import Reading
from .split_text import split_words
from .words import learn, look_up

RULE = "aclimdb-1"

# Folders below that of the user in which reviews may be.
DEEPEST = 4


def load_archive(
    path: Path, packing: str, parts: Sequence[str], reading: Reading
) -> tuple[dict[str, Reviews], list[str]]:
    """Read the halves named in parts ("train", "test") from an archive, with counts.

    Args:
        packing: of the archive, as packing_of_archive tells it.
        reading: says which class is positive, where the archive isn't aclImdb.

    Returns:
        The halves, and what was found out or left out.

    Raises:
        BadInput: read_archive refuses the file, or a half is missing, or a review is not UTF-8.
        OSError: the file can't be opened.
    """
    with path.open("rb") as file:
        before = _version(file)
        key = Key(RULE, hashlib.file_digest(file, "sha256").digest())
        file.seek(0)
        kept = find_kept(key, parts)
        if kept is None:
            files, note = read_archive(file, path, packing, parts)
            if not is_aclimdb(files):
                reading.refuse_others("folders", str(path))
                halves, told = by_class(files, path, parts, reading)
                return halves, [_about(path, note), *told]
            kept = _halves(_named(files), str(path), parts), note
            if _version(file) == before:  # else something else was read than was summed up
                keep(key, *kept)
                kept = find_kept(key, parts) or kept  # mapped
    reading.refuse_others("aclImdb", str(path))
    return kept[0], [_about(path, kept[1])]


def _version(file: BinaryIO) -> tuple[int, ...]:
    """Return what is another one after a file was written into."""
    about = os.fstat(file.fileno())
    return about.st_size, about.st_mtime_ns, about.st_ctime_ns


def load_folder(
    path: Path, parts: Sequence[str], reading: Reading
) -> tuple[dict[str, Reviews], list[str]]:
    """Read the halves named in parts ("train", "test") from a folder, with counts.

    Reading 50,000 files takes far longer than asking the system about them. So the cache is keyed
    on what the system says of each file: writing into a file changes the time of its last change,
    which no program can set. Two changes within one tick of the clock would look like one; so a
    folder that has just been changed is read anew each time.

    Args:
        reading: says which class is positive, where the folder isn't aclImdb.

    Returns:
        The halves, and what was found out or left out.

    Raises:
        BadInput: a half is missing, or a review is too large or not UTF-8.
        OSError: a file can't be read.
    """
    found, top, note = _find(path, parts)
    told, aclimdb = [_about(path, note)], is_aclimdb(found)
    names = {place: f"{top}/{place}" if top else str(place) for place in found}
    newest = max((about.st_ctime for about in found.values()), default=0.0)
    reading.refuse_others("aclImdb" if aclimdb else "folders", str(path))
    if not aclimdb:
        halves, more = by_class(_read(path, names), path, parts, reading)
        return halves, told + more
    if time.time() - newest < SETTLED_SECONDS:
        return _halves(_named(_read(path, names)), str(path), parts), told
    states = sorted(
        f"{name} {at.st_dev} {at.st_ino} {at.st_size} {at.st_mtime_ns} {at.st_ctime_ns}"
        for name, at in found.items()
    )
    state = "\0".join([os.path.abspath(path / top), *states])
    key = Key(f"{RULE}-folder", hashlib.sha256(state.encode(errors="surrogateescape")).digest())

    def make() -> dict[str, Reviews]:
        return _halves(_named(_read(path, names)), str(path), parts)

    return cached(key, parts, make), told


def _find(folder: Path, parts: Sequence[str]) -> tuple[dict[Place, os.stat_result], str, str]:
    """Find the reviews of the halves named in parts.

    Returns:
        What the system says of each, the folder that they are all in, and what was left out.
    """
    layout, total = Layout(), 0
    for below, folders, names in os.walk(folder, followlinks=True):
        inside = Path(below).relative_to(folder).parts
        # Deeper than any top folder, half and class.
        if len(inside) >= DEEPEST:
            folders.clear()
        folders[:] = sorted(set(folders) - {UNLABELLED})
        for name in names:
            layout.add((*inside, name))
    found, top = layout.reviews(str(folder))
    chosen = {}
    for place, name in found.items():
        if not place.half or place.half in parts:
            about = os.stat(f"{folder}/{name}")
            if not stat.S_ISREG(about.st_mode):
                continue  # a pipe would keep its reader waiting
            chosen[place] = about
            check_size(about.st_size, f"{folder}: {shown(str(place))}")
            total += about.st_size
    if total > MOST_BYTES:
        raise BadInput(f"{folder}: holds more than {MOST_BYTES:,} bytes of reviews")
    return chosen, top, layout.note(top, TOP)


def _read(folder: Path, names: Mapping[Place, str]) -> dict[Place, bytes]:
    contents = {}
    for place, name in names.items():
        # Unbuffered, since each file is read whole.
        with open(f"{folder}/{name}", "rb", buffering=0) as file:
            contents[place] = file.readall()
    return contents


def is_aclimdb(places: Iterable[Place]) -> bool:
    """Say whether reviews lie as those of aclImdb do."""
    return {f"{place.half}/{place.kind}" for place in places} <= {*CLASSES}


def _named(files: dict[Place, bytes]) -> dict[str, bytes]:
    """Return the files, taken from their places: so none is kept once it is read."""
    return {str(place): files.pop(place) for place in [*files]}


def _about(path: Path, note: str) -> str:
    return f"{path}: {note}." if note else ""


def _halves(files: dict[str, bytes], where: str, parts: Sequence[str]) -> dict[str, Reviews]:
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


def _texts(files: dict[str, bytes], names: Sequence[str], where: str) -> Iterator[bytes]:
    for name in names:
        try:
            text = files.pop(name).decode("utf-8")
        except UnicodeDecodeError as error:
            raise BadInput(
                f"{where}: {shown(name)} is not UTF-8 (byte {error.start + 1}); save it as UTF-8"
            ) from None
        yield split_words(text)
