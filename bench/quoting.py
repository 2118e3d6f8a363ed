"""How a message quotes what stands in a file, or what a library says of it."""

from __future__ import annotations

from .markdown import one_line


def shown(value: object) -> str:
    """What stands in a file, so short and harmless that a message can quote it."""
    return repr(str(value)[:40])[:60]


def reason(error: Exception) -> str:
    """What a library says of a file, in one short line that no terminal obeys."""
    return one_line(str(error))[:120] or type(error).__name__
