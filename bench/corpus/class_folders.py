"""Reviews in a folder for each class, whatever the classes are called: a .txt file a review."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path

from ...impls.reviews import Reviews
from ..outcomes import BadInput
from ..text.markdown import shown
from .encodings import decoded
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
    reviews, vocabulary = learn(_texts(files, kept[0], path, reading), labels[0])
    halves = {"train": reviews}
    if "test" in parts:
        texts = _texts(files, kept[1], path, reading)
        halves["test"] = look_up(texts, labels[1], vocabulary)
    return halves, [told] if told else []


def _in_turn(places: Iterator[Place]) -> Iterator[Place]:
    """Sort the files of each class by name, and take one of each class after the other."""
    classes: dict[str, list[Place]] = {}
    for place in sorted(places, key=lambda place: (place.kind, place.name)):
        classes.setdefault(place.kind, []).append(place)
    # The later class by its name first, so that pos comes before neg, as in aclImdb.
    for row in zip_longest(*(classes[kind] for kind in sorted(classes, reverse=True))):
        yield from (place for place in row if place is not None)


def _texts(
    files: Mapping[Place, bytes], places: Sequence[Place], path: Path, reading: Reading
) -> Iterator[list[bytes]]:
    for place in places:
        text, _ = decoded(files[place], Path(f"{path}: {shown(str(place))}"), reading.encoding)
        yield split_text(text)
