"""Which files of a folder or an archive are reviews, of which class and half."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ..outcomes import BadInput
from ..text.markdown import shown

HALVES = ("train", "test")
# What systems leave beside people's files: in what it is told, and by what it is known.
_MACOS = "of macOS"
_BY_NAME = {".DS_Store": ".DS_Store", "Thumbs.db": "Thumbs.db", "desktop.ini": "desktop.ini"}
# The folder of aclImdb without labels.
UNLABELLED = "unsup"


class Place(NamedTuple):
    """Where a review is: train/pos/0_9.txt is of the half train and the class pos."""

    half: str
    kind: str
    name: str

    def __str__(self) -> str:
        return "/".join(part for part in self if part)


def litter(parts: Sequence[str]) -> str:
    """Say what a file is that the system made, not a person; empty for all others."""
    if parts[-1] in _BY_NAME:
        return _BY_NAME[parts[-1]]
    return _MACOS if parts[-1].startswith("._") or "__MACOSX" in parts else ""


class Layout:
    """The reviews among the files that are added, by their paths."""

    def __init__(self) -> None:
        self.left_out: Counter[str] = Counter()
        self._found: dict[tuple[bool, str], dict[Place, str]] = {}

    def add(self, parts: Sequence[str]) -> bool:
        """Add a file by its path; say whether it may be a review."""
        kind = litter(parts)
        if kind:
            self.left_out[kind] += 1
            return False
        if not parts[-1].endswith(".txt") or len(parts) < 2 or UNLABELLED in parts[:-1]:
            return False
        halved = len(parts) > 2 and parts[-3] in HALVES
        place = Place(parts[-3] if halved else "", parts[-2], parts[-1])
        top = "/".join(parts[: -3 if halved else -2])
        self._found.setdefault((halved, top), {})[place] = "/".join(parts)
        return True

    def reviews(self, where: str) -> tuple[dict[Place, str], str]:
        """Return the path of each review, and the folder that they are all in.

        Raises:
            BadInput: there are none, or they are in several places.
        """
        groups = {top: found for (halved, top), found in self._found.items() if halved}
        groups = groups or {
            top: found for (_, top), found in self._found.items() if len(_classes(found)) > 1
        }
        if len(groups) > 1:
            places = " and ".join(shown(f"{top}/") for top in [*groups][:2])
            raise BadInput(f"{where}: holds reviews in {places}; give one of them")
        for top, found in groups.items():
            return found, top
        raise BadInput(
            f"{where}: holds no reviews: neither train/pos, train/neg, test/pos and test/neg, nor "
            "a folder of .txt files for each of two classes"
        )

    def note(self, top: str, usual: str) -> str:
        """Say in which folder the reviews are, and what was left out."""
        told = [f"reviews are in {shown(f'{top}/')}"] if top not in ("", usual) else []
        if self.left_out:
            parts = [
                f"{number:,} {'file' if number == 1 else 'files'} {kind}"
                if kind == _MACOS
                else f"{number:,} {kind}"
                for kind, number in sorted(self.left_out.items(), reverse=True)
            ]
            told.append(f"left out: {', '.join(parts)}")
        return "; ".join(told)


def _classes(places: Iterable[Place]) -> set[str]:
    return {place.kind for place in places}
