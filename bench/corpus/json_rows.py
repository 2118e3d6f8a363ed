"""Tables in JSON: an object in each line, or a list of objects."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from ..outcomes import BadInput
from ..text.markdown import reason, shown
from .encodings import decoded
from .reading import Reading
from .rows import BadRows
from .table import Row, Table


def json_rows(content: bytes, path: Path, reading: Reading, bad: BadRows) -> Table:
    """Read the objects of a file; a column is there if the first one has it.

    Args:
        bad: takes what is no object.

    Raises:
        BadInput: the file has no objects, or is no JSON.
    """
    text, encoding = decoded(content, path, reading.encoding)
    objects = list(_listed(text, path, bad) if text.lstrip()[:1] == "[" else _lines(text, bad))
    if not objects:
        bad.settle(len(bad.found))
        raise BadInput(f"{path}: holds no rows; write an object for each review, one a line")
    names = list(dict.fromkeys(name for _, found in objects[:100] for name in found))

    def rows(text_at: int, label_at: int) -> Iterator[Row]:
        for line, found in objects:
            absent = [names[at] for at in (text_at, label_at) if names[at] not in found]
            if absent:
                bad.add(line, f"has no {' and no '.join(map(shown, absent))}")
            else:
                yield line, found[names[text_at]], found[names[label_at]]

    sample = [objects[0][1].get(name) for name in names]
    return Table(names, sample, rows, [encoding] if encoding != "UTF-8" else [])


def _lines(text: str, bad: BadRows) -> Iterator[tuple[int, dict[str, object]]]:
    stop, number = -1, 0
    while stop < len(text):
        start, number = stop + 1, number + 1
        stop = text.find("\n", start)
        stop = len(text) if stop < 0 else stop
        line = text[start:stop]
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except (ValueError, RecursionError) as error:
            bad.add(number, f"no JSON: {reason(error)}")
            continue
        if isinstance(found, dict):
            yield number, found
        else:
            bad.add(number, f"must be an object, not {shown(line)}")


def _listed(text: str, path: Path, bad: BadRows) -> Iterator[tuple[int, dict[str, object]]]:
    try:
        listed = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{path}: can't be read as json ({reason(error)}); write it anew") from None
    for number, found in enumerate(listed, 1):
        if isinstance(found, dict):
            yield number, found
        else:
            bad.add(number, f"must be an object, not {shown(found)}")
