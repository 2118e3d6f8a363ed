"""One network that takes part."""

from __future__ import annotations

from dataclasses import dataclass

from ..networks.registry import builtin_networks
from ..networks.source_tree import Tree
from .shared_reviews import SharedReviews


@dataclass(frozen=True)
class Entry:
    """One network that takes part.

    Attributes:
        name: in tables and records.
        network: the name or FILE.py:CLASS by which a worker loads it.
        reviews: what it is trained on.
        tree: the source tree that it comes from; None for the installed networks.
    """

    name: str
    network: str
    reviews: SharedReviews
    tree: Tree | None = None

    @property
    def built_in(self) -> bool:
        """Whether its code is that of this very package."""
        return self.tree is None and self.network in builtin_networks()
