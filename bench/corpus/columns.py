"""Which columns of a table have the texts and the labels: as the user says, or by their names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from ..outcomes import BadInput
from ..text.markdown import shown
from .reading import Reading
from .table import Table

# Without regard to case, and to what stands between the words. The first goes before all others.
TEXTS = (
    "text", "review", "reviews", "reviewtext", "body", "content", "contents", "sentence", "comment",
    "comments", "commenttext", "message", "tweet", "document", "doc", "description", "words",
    "tokens", "phrase", "post", "input",
)  # fmt: skip
LABELS = (
    "label", "labels", "sentiment", "class", "target", "stars", "star", "rating", "ratings",
    "overall", "score", "positive", "polarity", "category", "spam", "isspam", "toxic", "goldlabel",
    "airlinesentiment", "y", "output",
)  # fmt: skip
MOST_SHOWN = 8  # columns
LONGEST = 150  # characters of a list of columns


def usual(names: Sequence[str], known: Sequence[str]) -> list[int]:
    """Find the columns that have a usual name; the first of these names alone if it is there."""
    found = [at for at, name in enumerate(names) if _plain(name) in known]
    first = [at for at in found if _plain(names[at]) == known[0]]
    return first or found


def places(path: Path, table: Table, reading: Reading) -> tuple[int, int, list[str]]:
    """Find the places of the column of texts and of that of labels.

    Returns:
        Both, and what was found out.

    Raises:
        BadInput: one of them isn't there, or several could be it.
    """
    if table.without_header and not (reading.text_column and reading.label_column):
        raise BadInput(
            f"{path}: there seems to be no header: the first row is "
            f"{_listed([*map(shown, table.names)])}; say header=False if it is a "
            "review, or name the columns with text_column and label_column"
        )
    if not reading.header and len(table.names) == 2 and not reading.text_column:
        # The longer one of the two is the text.
        lengths = [len(str(value)) for value in table.sample] or [1, 0]
        text_at = int(lengths[1] > lengths[0])
        return text_at, 1 - text_at, [f"no header, column {text_at + 1} as the text"]
    found = [
        _place(path, table, asked, known, argument)
        for asked, known, argument in (
            (reading.text_column, TEXTS, "text_column"),
            (reading.label_column, LABELS, "label_column"),
        )
    ]
    if found[0] == found[1]:
        raise BadInput(f"{path}: {table.names[found[0]]} can't be both the text and the label")
    asked = reading.text_column or TEXTS[0], reading.label_column or LABELS[0]
    told = [
        f"{shown(table.names[at])} as the {what}"
        for at, name, what in zip(found, asked, ("text", "label"), strict=True)
        if table.names[at] != name
    ]
    return found[0], found[1], told


def _place(path: Path, table: Table, asked: str, known: Sequence[str], argument: str) -> int:
    names = table.names
    if asked:
        same = [at for at, name in enumerate(names) if name == asked]
        fitting = same or [at for at, name in enumerate(names) if _plain(name) == _plain(asked)]
    else:
        fitting = usual(names, known)
    if len(fitting) == 1:
        return fitting[0]
    which = asked or known[0]
    if not fitting:
        raise BadInput(
            f"{path}: has no column {which!r}, but {_columns(table)}; name it with {argument}"
        )
    if len({names[at] for at in fitting}) == 1:
        raise BadInput(f"{path}: has {len(fitting)} columns {which!r}; rename all but one")
    several = " or ".join(shown(names[at]) for at in fitting)
    raise BadInput(
        f"{path}: the {argument.removesuffix('_column')} may be {several}, of the columns "
        f"{_columns(table)}; name it with {argument}"
    )


def _columns(table: Table) -> str:
    """List the columns, with what the first row has in each; as many as there is room for."""
    sample = list(table.sample) or [None] * len(table.names)
    told = [
        shown(name) if value is None else f"{shown(name)} (such as {shown(value)})"
        for name, value in zip(table.names, sample, strict=False)
    ]
    return _listed(told) or "none"


def _listed(told: Sequence[str]) -> str:
    room = MOST_SHOWN
    while room > 1 and len(", ".join(told[:room])) > LONGEST:
        room -= 1
    return ", ".join(told[:room]) + (", ..." if len(told) > room else "")


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).lower()
