"""Tables in JSON: an object in each line, or a list of objects."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

from ..outcomes import BadInput
from ..text.markdown import reason, shown
from .content import Content
from .encodings import encoding_of, name_of
from .reading import Reading
from .rows import BadRows
from .table import Row, Table

# So many objects tell the columns.
_FEW = 100


def json_rows(content: Content, path: Path, reading: Reading, bad: BadRows) -> Table:
    """Read the objects of a file; a column is there if one of the first objects has it.

    A list is read whole, lines as they come.

    Args:
        bad: takes what is no object.

    Raises:
        BadInput: the file has no objects, or is no JSON.
        OSError: it can't be read.
    """
    encoding = encoding_of(content, reading.encoding)
    listed = _listed(content, encoding, path)

    def objects(bad: BadRows | None) -> Generator[tuple[int, dict[str, object]], None, None]:
        if listed is not None:
            yield from _objects(((at, one, one) for at, one in enumerate(listed, 1)), bad)
            return
        with content.lines(encoding, newline="\n") as lines:
            yield from _objects(_values(lines, bad), bad)

    with closing(objects(None)) as found:
        head = [one for _, one in islice(found, _FEW)]
    if not head:
        bad.settle(sum(1 for _ in objects(bad)) + bad.count)
        raise BadInput(f"{path}: holds no rows; write an object for each review, one a line")
    names = list(dict.fromkeys(name for one in head for name in one))

    def rows(text_at: int, label_at: int) -> Iterator[Row]:
        text, label = names[text_at], names[label_at]
        with closing(objects(bad)) as found:
            for line, one in found:
                absent = [name for name in (text, label) if name not in one]
                if absent:
                    bad.add(line, f"has no {' and no '.join(map(shown, absent))}")
                else:
                    yield line, one[text], one[label]

    sample = [head[0].get(name) for name in names]
    return Table(names, sample, rows, [name_of(encoding)] if name_of(encoding) != "UTF-8" else [])


def _listed(content: Content, encoding: str, path: Path) -> list[object] | None:
    """Return the values of a list; None if the content doesn't begin as one does."""
    with content.lines(encoding, newline="\n") as lines:
        first = next((line for line in lines if not line.isspace()), "")
    if not first.lstrip().startswith("["):
        return None
    with content.lines(encoding) as lines:
        try:
            listed: list[object] = json.loads("".join(lines))
        except (ValueError, RecursionError) as error:
            raise BadInput(
                f"{path}: can't be read as json ({reason(error)}); write it anew"
            ) from None
    return listed


def _values(lines: Iterable[str], bad: BadRows | None) -> Iterator[tuple[int, str, object]]:
    """Yield the value in each line after its number and the line itself."""
    for number, line in enumerate(lines, 1):
        if line.isspace():
            continue
        line = line.removesuffix("\n")
        try:
            found = json.loads(line)
        except (ValueError, RecursionError) as error:
            if bad is not None:
                bad.add(number, f"no JSON: {reason(error)}")
        else:
            yield number, line, found


def _objects(
    values: Iterable[tuple[int, object, object]], bad: BadRows | None
) -> Iterator[tuple[int, dict[str, object]]]:
    for number, raw, found in values:
        if isinstance(found, dict):
            yield number, found
        elif bad is not None:
            bad.add(number, f"must be an object, not {shown(raw)}")
