"""Tables in lines of text, CSV and its kin: separator, quotes and header are found out."""

from __future__ import annotations

import csv
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from ..outcomes import BadInput
from ..text.markdown import reason
from .archive import MOST_REVIEW_BYTES
from .columns import LABELS, TEXTS, usual
from .content import BLOCK, Content
from .encodings import encoding_of, name_of
from .reading import Reading
from .rows import BadRows
from .table import Row, Table

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_BY_NAME = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "bar": "|", "space": " "}
# So many rows tell the separator.
_FEW = 100
# Longer names of columns are rather texts.
_LONG_NAME = 40


@dataclass(frozen=True)
class _Form:
    """How lines are cut into cells."""

    sep: str
    quotes: str = "doubled"

    def reader(self, lines: Iterable[str], *, strict: bool) -> Iterator[list[str]]:
        kinds: dict[str, dict[str, Any]] = {
            "doubled": {"doublequote": True},
            "escaped": {"doublequote": False, "escapechar": "\\"},
            "none": {"quoting": csv.QUOTE_NONE},
        }
        # Strict, because a quote that is never closed would swallow the rows behind it.
        return csv.reader(lines, delimiter=self.sep, strict=strict, **kinds[self.quotes])


@dataclass(frozen=True)
class _Text:
    """A file of lines, read from its start as often as it is wanted."""

    content: Content
    encoding: str

    def few(self, form: _Form) -> list[list[str]]:
        """Return the first rows; empty where they are none."""
        with self.content.lines(self.encoding) as lines:
            try:
                return list(islice(form.reader(lines, strict=False), _FEW))
            except csv.Error:
                return []

    def records(
        self, form: _Form, bad: BadRows | None = None
    ) -> Generator[tuple[int, list[str]], None, None]:
        """Yield each row and the line in which it begins; it may go on for several."""
        with self.content.lines(self.encoding) as lines:
            yield from _records(form.reader(lines, strict=True), bad)

    def holds(self, part: str) -> bool:
        """Say whether two characters stand somewhere in it."""
        with self.content.text(self.encoding) as text:
            last = ""
            while block := text.read(BLOCK):
                if part in last + block:
                    return True
                last = block[-1:]
        return False

    def is_blank(self) -> bool:
        """Say whether there is nothing but space in it."""
        with self.content.lines(self.encoding) as lines:
            return all(line.isspace() for line in lines)


def delimited(content: Content, path: Path, reading: Reading, bad: BadRows) -> Table:
    """Find out how a file of lines is to be read.

    Args:
        bad: takes the rows that are none.

    Raises:
        BadInput: the file is empty, or is in another encoding than the user says.
        OSError: it can't be read.
    """
    text = _Text(content, encoding_of(content, reading.encoding))
    if text.is_blank():
        raise BadInput(f"{path}: can't be read as csv (it is empty); write column names first")
    with _long_cells():
        form = _form_of(text, path, reading)
        with closing(text.records(form)) as records:
            head = list(islice(records, 2 if reading.header else 1))
        if not head:
            bad.settle(sum(1 for _ in text.records(form, bad)) + bad.count)
            raise BadInput(f"{path}: holds no rows; write one for each review")
        first = head[0][1]
        names = first if reading.header else [str(number) for number in range(1, len(first) + 1)]
        is_data = reading.header and _is_data(names, text, form)
    told = []
    if form.sep != ",":
        told.append(SEPARATORS.get(form.sep, f"separated by {form.sep!r}"))
    if form.quotes != "doubled":
        told.append("quotes with a backslash" if form.quotes == "escaped" else "quotes as text")
    if (encoding := name_of(text.encoding)) != "UTF-8":
        told.append(encoding)

    def rows(text_at: int, label_at: int) -> Iterator[Row]:
        with _long_cells(), closing(text.records(form, bad)) as records:
            for line, row in islice(records, 1, None) if reading.header else records:
                if len(row) == len(names):
                    yield line, row[text_at], row[label_at]
                else:
                    bad.add(line, f"has {len(row):,} cells, the first row has {len(names):,}")

    sample = head[-1][1] if len(head) > int(reading.header) else []
    return Table(names, sample, rows, told, is_data)


def _records(reader: Any, bad: BadRows | None) -> Iterator[tuple[int, list[str]]]:
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if bad is not None:
                # Where a quote isn't closed that is all to the end.
                for lost in range(line, max(line, reader.line_num) + 1):
                    bad.add(lost, f"no row of a CSV: {reason(error)}")
            continue
        if row:
            yield line, row


def _form_of(text: _Text, path: Path, reading: Reading) -> _Form:
    sep = _BY_NAME.get(reading.sep.lower(), reading.sep)
    if sep:
        if len(sep) != 1 or sep in '\r\n"':
            raise BadInput(f"sep={reading.sep!r}: must be one character, or tab")
        return _quoted(text, sep)
    candidates = list(SEPARATORS)
    if path.name.lower().endswith((".tsv", ".tab")):
        candidates.sort(key=lambda sep: sep != "\t")
    # The first of the best, so that commas win where nothing speaks for another one.
    return _quoted(text, max(candidates, key=lambda sep: _fitness(text, _Form(sep))))


def _fitness(text: _Text, form: _Form) -> tuple[bool, bool, float]:
    """Say how well the first rows fit a form: several columns, of usual names, in every row."""
    rows = [row for row in text.few(form) if row]
    if not rows or len(rows[0]) < 2:
        return False, False, 0.0
    known = bool(usual(rows[0], TEXTS) and usual(rows[0], LABELS))
    return True, known, sum(len(row) == len(rows[0]) for row in rows) / len(rows)


def _quoted(text: _Text, sep: str) -> _Form:
    """Find out what quotes mean: by the first way in which all rows have as many cells."""
    ways = ["doubled", "escaped"] if text.holds('\\"') else ["doubled"]
    # Between tabs a quote is often nothing but a quote.
    ways += ["none"] if sep == "\t" and text.holds('"') else []
    if len(ways) == 1:
        return _Form(sep)
    return next(
        (form for form in (_Form(sep, way) for way in ways) if _fits(text, form)), _Form(sep)
    )


def _fits(text: _Text, form: _Form) -> bool:
    width = 0
    with text.content.lines(text.encoding) as lines:
        try:
            for row in form.reader(lines, strict=True):
                if row and len(row) != (width := width or len(row)):
                    return False
        except csv.Error:
            return False
    return width > 1


def _is_data(names: list[str], text: _Text, form: _Form) -> bool:
    """Say whether what should be names is rather a row: a long text, or a label seen again."""
    if usual(names, TEXTS) and usual(names, LABELS):
        return False
    if any(len(name) > _LONG_NAME for name in names):
        return True
    return any(
        name == cell
        for row in text.few(form)[1:]
        if len(row) == len(names)
        for name, cell in zip(names, row, strict=True)
    )


@contextmanager
def _long_cells() -> Iterator[None]:
    # The module's own limit would refuse texts that aren't even long.
    limit = csv.field_size_limit(MOST_REVIEW_BYTES)
    try:
        yield
    finally:
        csv.field_size_limit(limit)
