"""What comes from other people, made harmless: in Markdown as code hosts show it, and quoted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

# XML 1.0 forbids most of these, terminals obey some, and U+2028 and U+2029 end lines.
UNSAFE = re.compile("[^\t\n\r -~\u00a0-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
MARKUP = re.compile(r"[&<>|`*#_\[\]~\\]")


def one_line(text: str) -> str:
    """Put a text into one line, without characters that terminals obey or XML forbids."""
    return " ".join(UNSAFE.sub("\ufffd", text).split())


def escaped(text: str) -> str:
    """Escape a text so that Markdown shows every character as it stands."""
    # Entities, since neither a backslash before them nor a code span around them undoes them.
    return MARKUP.sub(lambda found: f"&#{ord(found[0])};", text)


def markdown_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table in Markdown; every cell is escaped."""
    cells = (map(escaped, row) for row in rows)
    lines = [columns, ["---"] * len(columns), *cells]
    return "\n".join(f"| {' | '.join(map(one_line, row))} |" for row in lines)


def shown(value: object) -> str:
    """Quote what stands in a file, cut short and without control characters, for a message."""
    return repr(str(value)[:40])[:60]


def reason(error: Exception) -> str:
    """Quote an error of a library in one short line, without control characters."""
    return one_line(str(error))[:120] or type(error).__name__
