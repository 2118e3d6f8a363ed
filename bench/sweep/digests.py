"""What tells that two machines have the same code and the same data."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.util import find_spec
from pathlib import Path


def short(content: bytes) -> str:
    """Return 12 hexadecimal digits that differ where the content does."""
    return hashlib.sha256(content).hexdigest()[:12]


@cache
def package_digest() -> str:
    """Return 12 hexadecimal digits that differ where any Python file of skipzeros differs."""
    state = hashlib.sha256()
    for package in ("skipzeros", "skipzeros.bench", "skipzeros.impls"):
        spec = find_spec(package)
        for top in map(Path, (spec and spec.submodule_search_locations) or []):
            for path in sorted(top.rglob("*.py")):
                state.update(f"{package}/{path.relative_to(top).as_posix()}\0".encode())
                state.update(path.read_bytes())
    return state.hexdigest()[:12]


def digest_of(data: Path) -> str:
    """Return 12 hexadecimal digits that differ where a file, or any file of a folder, differs.

    Raises:
        OSError: it can't be read.
    """
    state = hashlib.sha256()
    paths = sorted(path for path in data.rglob("*") if path.is_file()) if data.is_dir() else [data]
    for path in paths:
        state.update(f"{path.relative_to(data).as_posix()}\0".encode())
        with path.open("rb") as file:
            hashlib.file_digest(file, lambda: state)
    return state.hexdigest()[:12]
