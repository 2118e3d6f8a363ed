"""Files of lines are cut as Python cuts them."""

from __future__ import annotations

import io
import json
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from skipzeros.bench.corpus import Reading
from skipzeros.bench.corpus.content import Content
from skipzeros.bench.corpus.json_rows import json_rows
from skipzeros.bench.corpus.rows import BadRows
from skipzeros.bench.outcomes import BadInput

# What ends a line somewhere, and what doesn't in a CSV.
ENDS = st.sampled_from(["\n", "\r", "\r\n", "\x0b", "\x1c", "\x85", "\u2028", "", "a", '"', ","])
OBJECT = '{"text": "a", "label": 1}'
PARTS = st.sampled_from(
    ["\n", "\n\n", "\r\n", " ", OBJECT, OBJECT[:-1], OBJECT[:-8], '{"', "1", "é"]
)


@given(st.lists(ENDS).map("".join) | st.text())
def test_the_lines_of_a_csv_are_those_of_a_file(text: str) -> None:
    with Content(Path("a.csv"), piped=text.encode()).lines("utf-8") as lines:
        found = [*lines]
    assert found == [*io.StringIO(text.removeprefix("\ufeff"), newline="")]


@example(f"{OBJECT[:-1]}\n{OBJECT}")
@given(st.lists(PARTS).map("".join))
def test_the_lines_of_json_are_told_as_if_each_were_alone(text: str) -> None:
    right, wrong = [], []
    for number, line in enumerate(text.split("\n"), 1):
        try:
            found = json.loads(line) if line.strip() else None
        except ValueError as error:
            wrong.append((number, f"no JSON: {error}"))
        else:
            if isinstance(found, dict):
                right.append((number, found["text"], found["label"]))
            elif found is not None:
                wrong.append((number, f"must be an object, not {line!r}"))

    bad = BadRows(Path("a.jsonl"), skip=False)
    content = Content(Path("a.jsonl"), piped=text.encode())
    try:
        table = json_rows(content, Path("a.jsonl"), Reading(), bad)
    except BadInput:
        assert not right
    else:
        assert [*table.rows(0, 1)] == right
    assert bad.found == wrong
