"""What kind of file it is: by the end of its name, or else by its first bytes."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from ..outcomes import BadInput
from .packing import MOST_BYTES, OPENERS

# The end of a name, and the kind.
KINDS = {
    **dict.fromkeys((".csv", ".tsv", ".tab"), "csv"),
    **dict.fromkeys((".jsonl", ".ndjson", ".json"), "json"),
    ".parquet": "parquet",
    **dict.fromkeys((".feather", ".arrow"), "feather"),
    **dict.fromkeys((".svm", ".svmlight", ".libsvm"), "svmlight"),
    ".npz": "npz",
    ".npy": "npy",
}
TABLES = ("csv", "json", "parquet", "feather")
_FIRST = (
    (b"PAR1", "parquet"), (b"ARROW1", "feather"), (b"PK\3\4", "npz"), (b"\x93NUMPY", "npy"),
    (b"{", "json"), (b"[", "json"),
)  # fmt: skip
# What tells the kind of a file without a telling name.
FIRST_BYTES = 65_536
_SVMLIGHT = re.compile(rb"(?:\s*#[^\n]*\n)*[+-]?[\d.,]+(?: +(?:qid:)?\d+:\S+)+\s*(?:#|\r?\n|\Z)")


def by_name(path: Path) -> tuple[str, str]:
    """Tell the kind of a file and how it is packed; the kind is empty where its name is silent."""
    packing = path.suffix.lower()
    if packing not in OPENERS:
        return KINDS.get(packing, ""), ""
    return KINDS.get(Path(path.stem).suffix.lower(), ""), packing


def by_content(head: bytes) -> str:
    """Tell the kind of a file by its FIRST_BYTES: rows of columns where nothing else fits."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:4096]
    for first, kind in _FIRST:
        if start.startswith(first):
            return kind
    return "svmlight" if _SVMLIGHT.match(start) else "csv"


def standard_input() -> bytes:
    """Read all of what is piped in.

    Raises:
        BadInput: there is nothing, or too much.
    """
    if sys.stdin is None or sys.stdin.isatty():
        raise BadInput("-: nothing is piped in; give a file, or pipe one in")
    content = sys.stdin.buffer.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise BadInput(f"-: more than {MOST_BYTES:,} bytes; use a part of it")
    if not content:
        raise BadInput("-: nothing was piped in; did the command before it fail?")
    return content
