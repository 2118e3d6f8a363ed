"""Several parts of some reviews as one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...impls.reviews import Reviews


def joined(parts: Sequence[Reviews]) -> Reviews:
    """Return the reviews of one part after the other; there is at least one part."""
    if len(parts) == 1:
        return parts[0]
    counts = [part.stored_counts for part in parts if part.stored_counts is not None]
    words = np.cumsum([0, *(len(part.indices) for part in parts)])
    starts = np.concatenate([part.indptr[:-1] for part in parts])
    starts += np.repeat(words[:-1], [len(part) for part in parts])
    return Reviews.trusted(
        np.append(starts, words[-1]),
        np.concatenate([part.indices for part in parts]),
        np.concatenate(counts) if counts else None,
        np.concatenate([part.labels for part in parts]),
        parts[0].vocabulary_size,
    )
