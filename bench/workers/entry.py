"""One network that takes part."""

from __future__ import annotations

from dataclasses import dataclass

from ..networks.source_tree import Tree
from .shared_reviews import SharedReviews


@dataclass(frozen=True)
class Entry:
    """One network that takes part.

    Attributes:
        name: in tables and records.
        network: as it was named, by a name or as FILE.py:CLASS.
        tree: the source tree it comes from, where that isn't the installed one.
    """

    name: str
    network: str
    reviews: SharedReviews
    tree: Tree | None = None
