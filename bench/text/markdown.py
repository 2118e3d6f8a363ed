"""What comes from other people, made harmless: in Markdown as code hosts show it, and quoted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

# XML 1.0 forbids most of these, terminals obey some, and U+2028 and U+2029 end lines.
UNSAFE = re.compile("[^\t\n\r -~\u00a0-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
MARKUP = re.compile(r"[&<>|`*#_\[\]~\\]")


def one_line(text: str) -> str:
    """The text in one line, without what terminals or XML take amiss."""
    return " ".join(UNSAFE.sub("\ufffd", text).split())


def escaped(text: str) -> str:
    """The text as it stands, whatever Markdown would make of it."""
    # Entities, since neither a backslash before them nor a code span around them undoes them.
    return MARKUP.sub(lambda found: f"&#{ord(found[0])};", text)


def markdown_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; every cell is escaped."""
    cells = (map(escaped, row) for row in rows)
    lines = [columns, ["---"] * len(columns), *cells]
    return "\n".join(f"| {' | '.join(map(one_line, row))} |" for row in lines)


def shown(value: object) -> str:
    """What stands in a file, so short and harmless that a message can quote it."""
    return repr(str(value)[:40])[:60]


def reason(error: Exception) -> str:
    """What a library says of a file, in one short line that no terminal obeys."""
    return one_line(str(error))[:120] or type(error).__name__
