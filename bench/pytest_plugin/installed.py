"""Imports of skipzeros find what is installed, whatever lies beside a user's tests.

pytest puts the folder of a test file before all others. The processes of networks don't see it; in
pytest's own a scipy.py or a secrets.py there would be run as if it were the installed one.
"""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LIBRARY = Path(sysconfig.get_path("stdlib"))
PACKAGES = {"site-packages", "dist-packages"}


@contextmanager
def installed_first() -> Iterator[None]:
    """Look for modules where packages are installed, and only then in other folders."""
    before = sys.path
    sys.path = sorted(before, key=_is_a_users)
    try:
        yield
    finally:
        sys.path = before


def _is_a_users(folder: str) -> bool:
    place = Path(folder)
    return not place.is_relative_to(LIBRARY) and PACKAGES.isdisjoint(place.parts)
