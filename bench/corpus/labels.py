"""What a label may be called: 1 and 0 by their usual names."""

from __future__ import annotations

_NAMES = {
    "1": 1.0, "1.0": 1.0, "+1": 1.0, "positive": 1.0, "pos": 1.0, "true": 1.0,
    "0": 0.0, "0.0": 0.0, "-1": 0.0, "-1.0": 0.0, "negative": 0.0, "neg": 0.0, "false": 0.0,
}  # fmt: skip
NAMES = "1 or 0, positive or negative, true or false, +1 or -1"


def label_of(name: object) -> float | None:
    """1.0 or 0.0; None for what is no label."""
    return _NAMES.get(str(name).strip().lower())
