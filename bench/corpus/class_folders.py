"""Reviews in a folder for each class, whatever the classes are called: a .txt file a review."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from ...impls.reviews import Reviews
from ..outcomes import BadInput
from ..text.markdown import shown
from .encodings import decoded, likely_of, name_of
from .labels import marks, named
from .layout import Place
from .reading import Reading
from .split_text import split_text
from .words import learn, look_up


def by_class(
    files: Mapping[Place, bytes], path: Path, parts: Sequence[str], reading: Reading
) -> tuple[dict[str, Reviews], list[str]]:
    """Turn files into reviews, those of all classes in turn.

    Args:
        parts: the halves that are wanted, "train" and perhaps "test".

    Returns:
        The halves, and what was found out.

    Raises:
        BadInput: there is no such half, or the classes aren't two.
    """
    halved = any(place.half for place in files)
    if "test" in parts and not halved:
        raise BadInput(f"{path}: has no folders train and test; use the split lesson")
    train = [*_in_turn(place for place in files if place.half in ("", "train"))]
    test = [*_in_turn(place for place in files if place.half == "test")]
    found, told = marks([named(place.kind) for place in (*train, *test)], reading, path)
    values = dict(zip((*train, *test), found, strict=True))
    kept = [[place for place in half if values[place] is not None] for half in (train, test)]
    labels = [[values[place] or 0.0 for place in half] for half in kept]
    if not kept[0]:
        raise BadInput(f"{path}: no reviews in train; give some to train on")
    likely, others = ("", 0) if reading.encoding else likely_of(files.values())
    if others:
        told += f" {path}: {others:,} of {len(files):,} files are read as {name_of(likely)}."
    texts = partial(_texts, files, path=path, encoding=reading.encoding, likely=likely)
    reviews, vocabulary = learn(texts(kept[0]), labels[0])
    halves = {"train": reviews}
    if "test" in parts:
        halves["test"] = look_up(texts(kept[1]), labels[1], vocabulary)
    return halves, [told.strip()] if told else []


def _in_turn(places: Iterator[Place]) -> Iterator[Place]:
    """Sort the files of each class by name, and take them in turn.

    Any stretch has about as large a share of each class as all have: the last ones test.
    """
    classes: dict[str, list[Place]] = {}
    # The later class by its name first, so that pos comes before neg, as in aclImdb.
    for place in sorted(places, key=lambda place: place.kind, reverse=True):
        classes.setdefault(place.kind, []).append(place)
    spread = [
        ((number + 0.5) / len(of_class), place)
        for of_class in classes.values()
        for number, place in enumerate(sorted(of_class, key=lambda place: place.name))
    ]
    yield from (place for _, place in sorted(spread, key=lambda one: one[0]))


def _texts(
    files: Mapping[Place, bytes],
    places: Sequence[Place],
    *,
    path: Path,
    encoding: str,
    likely: str,
) -> Iterator[bytes]:
    for place in places:
        file = Path(f"{path}: {shown(str(place))}")
        yield split_text(decoded(files[place], file, encoding, likely))
