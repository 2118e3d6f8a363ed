"""Where a confined network may write: a folder of its own, which is gone with the run."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from ... import impls
from .entry import Entry

NUMBA = "NUMBA_CACHE_DIR"


@dataclass(frozen=True)
class Room:
    """Where a confined network may write.

    Attributes:
        writable: the folders.
        variables: of the environment, so that libraries know of them.
    """

    writable: list[str]
    variables: dict[str, str]

    @classmethod
    def of(cls, entry: Entry) -> Room:
        """Make the room of a network, the same for all of its workers in a run.

        So what one of them has compiled, the others need not; but none can change what another
        network has compiled.
        """
        name = hashlib.sha256(entry.name.encode()).hexdigest()[:16]
        own = entry.reviews.folder / "rooms" / name
        own.mkdir(parents=True, exist_ok=True)
        writable, variables = [str(own)], {"TMPDIR": str(own)}
        ours = _compiled() if entry.built_in else None
        if ours is None:
            variables[NUMBA] = str(own)
        else:
            writable.append(str(ours))
        return cls(writable, variables)


def _compiled() -> Path | None:
    """Return where the built-in networks keep what they have compiled; None if nowhere yet."""
    folder = Path(os.environ.get(NUMBA) or Path(impls.__path__[0]) / "__pycache__")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder.resolve() if os.access(folder, os.W_OK) else None
