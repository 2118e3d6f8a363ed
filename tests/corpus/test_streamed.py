"""What is read as it comes, in blocks and through files, is what the plainest loop makes of it."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import threading
import tracemalloc
from collections import Counter
from collections.abc import Callable
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest
from blocks import as_lists, files_of_at_most, in_blocks_of, left_in
from click.testing import CliRunner
from hypothesis import example, given, settings
from hypothesis import strategies as st

from skipzeros.bench.cli import cli
from skipzeros.bench.corpus import Reading, gathered, keeping, load, svmlight, tables
from skipzeros.bench.corpus.cache import Key, find_kept, keep
from skipzeros.bench.corpus.split_text import split_text
from skipzeros.bench.corpus.words import END
from skipzeros.bench.outcomes import BadInput

data_extra = pytest.mark.skipif(
    find_spec("sklearn") is None or find_spec("pyarrow") is None,
    reason="scikit-learn or pyarrow is missing: pip install 'skipzeros[data]'",
)
EXAMPLES = int(os.environ.get("SKIPZEROS_EXAMPLES", "40"))
Row = tuple[Any, str]
READING = Reading(positive="pos", drop="x", skip_bad_rows=True)
# One row of each label, so that each option names one.
SURE: list[Row] = [("a film", "pos"), ("bad", "neg"), ("only here", "x")]
SIZES = st.sampled_from([1, 7, 100, 2**20])
TEXTS = st.text('ab .,;\t\n\r"\\é한', max_size=12) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12
)
LABELS = st.sampled_from(["pos", "neg", "x", ""])


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SKIPZEROS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def rows_of(texts: st.SearchStrategy[Any], sure: list[Row] = SURE) -> Any:
    rows = st.lists(st.tuples(texts, LABELS), max_size=20)
    return rows.flatmap(lambda drawn: st.permutations([*sure, *drawn]))


def words_of(text: Any) -> list[Any]:
    return split_text(text).split(END)[:-1] if isinstance(text, str) else text


def slowly(rows: list[Row], words: Callable[[Any], list[Any]] = words_of) -> list[Any]:
    """The vocabulary's size, and of each review its ids and counts in order, and its label."""
    number: dict[Any, int] = {}
    reviews: list[Any] = []
    for text, label in rows:
        if label in ("pos", "neg"):
            found = Counter(number.setdefault(word, len(number)) for word in words(text))
            reviews.append(([*found], [float(n) for n in found.values()], float(label == "pos")))
    return [len(number), *reviews]


def as_csv(rows: list[Row]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerows([("text", "label"), *rows])
    return text.getvalue().encode()


def as_jsonl(rows: list[Row]) -> bytes:
    lines = (json.dumps({"text": text, "label": label}) for text, label in rows)
    return "".join(f"{line}\n" for line in lines).encode()


def as_pandas(form: str) -> Callable[[list[Row]], bytes]:
    def write(rows: list[Row]) -> bytes:
        content = io.BytesIO()
        frame = pd.DataFrame(rows, columns=["text", "label"])
        more = {"row_group_size": 3} if form == "parquet" else {"chunksize": 3}
        getattr(frame, f"to_{form}")(content, **more)
        return content.getvalue()

    return write


WRITE: dict[str, Callable[[list[Row]], bytes]] = {
    "a.csv": as_csv,
    "a.csv.gz": lambda rows: gzip.compress(as_csv(rows)),
    "a.jsonl": as_jsonl,
    "a.json": lambda rows: json.dumps([{"text": t, "label": y} for t, y in rows]).encode(),
}
if find_spec("pyarrow") is not None:
    WRITE |= {f"a.{form}": as_pandas(form) for form in ("parquet", "feather")}


def written(name: str, rows: list[Row]) -> Path:
    path = Path(name)
    path.write_bytes(WRITE[name](rows))
    return path


@pytest.mark.parametrize("name", WRITE)
@settings(max_examples=EXAMPLES)
@given(rows_of(TEXTS), SIZES)
def test_texts_are_read_as_one_by_one(name: str, rows: list[Row], size: int) -> None:
    with in_blocks_of(size):
        train = load(written(name, rows), reading=READING).train
        assert as_lists(train) == slowly(rows)


@pytest.mark.parametrize("name", [name for name in WRITE if "csv" not in name])
@settings(max_examples=EXAMPLES)
@given(
    rows_of(
        st.lists(st.sampled_from(["a", "é", "", "b c"]), max_size=5),
        [(["film"], "pos"), ([], "neg"), (["only", "here"], "x")],
    ),
    SIZES,
)
def test_lists_of_words_are_read_as_one_by_one(name: str, rows: list[Row], size: int) -> None:
    with in_blocks_of(size):
        assert as_lists(load(written(name, rows), reading=READING).train) == slowly(rows)


@pytest.mark.parametrize("name", [name for name in WRITE if "csv" not in name])
@settings(max_examples=EXAMPLES)
@given(
    rows_of(
        st.lists(st.integers(0, 9), max_size=5), [([3], "pos"), ([], "neg"), ([2**31 - 2], "x")]
    ),
    SIZES,
)
def test_lists_of_numbers_keep_them(name: str, rows: list[Row], size: int) -> None:
    with in_blocks_of(size):
        train = load(written(name, rows), reading=READING).train
    kept = [(text, label) for text, label in rows if label in ("pos", "neg")]
    expected = [
        ([*Counter(text)], [float(n) for n in Counter(text).values()], float(label == "pos"))
        for text, label in kept
    ]
    most = max(word for text, _ in kept for word in text)
    assert as_lists(train) == [most + 1, *expected]


@pytest.mark.parametrize("name", ["a.jsonl", "a.json"])
def test_two_kinds_of_texts_are_refused_wherever_the_second_comes(name: str, cache: Path) -> None:
    rows: list[Row] = [*SURE, *[("more words", "pos")] * 50, ([1, 2], "neg")]
    for order in (rows, rows[::-1]):
        with in_blocks_of(7), pytest.raises(BadInput, match="some texts are numbers of words"):
            load(written(name, order), reading=READING)
        assert left_in(cache) == []


def test_a_number_that_is_too_large_is_told(cache: Path) -> None:
    rows: list[Row] = [([1, 2], "pos")] * 50 + [([2**31 - 1], "neg")]
    with in_blocks_of(7), pytest.raises(BadInput, match="the word 2,147,483,647 is too large"):
        load(written("a.jsonl", rows))
    assert left_in(cache) == []


# Of a row of svmlight: words and values, and whether they are out of order.
PAIRS = st.dictionaries(st.integers(0, 9), st.integers(-1, 3), max_size=5)
SVM_ROWS = st.lists(st.tuples(PAIRS, st.sampled_from(["1", "-1", "2"]), st.booleans()), max_size=12)


@data_extra
@example([({0: 1}, "1", False)], [], 0, 1)
@example([({}, "1", False)], [(0, "1 1:1 1:1")], 1, 1)
@given(
    SVM_ROWS,
    st.lists(
        st.tuples(st.integers(0, 12), st.sampled_from(["1 a:1", "1 2:1 2:1", "# no", "", "1 0:x"])),
        max_size=4,
    ),
    st.integers(0, 1),
    SIZES,
)
def test_svmlight_is_read_as_row_by_row(
    drawn: list[tuple[dict[int, int], str, bool]],
    others: list[tuple[int, str]],
    added: int,
    size: int,
) -> None:
    rows = [({3: 1, 5: 2}, "1", False), ({4: 1}, "-1", False), ({}, "2", False), *drawn]
    lines = []
    for pairs, label, turned in rows:
        words = sorted(pairs, reverse=turned)
        lines.append(" ".join([label, *(f"{word + added}:{pairs[word]}" for word in words)]))
    for place, line in others:
        lines.insert(place, line)
    Path("a.svm").write_text("\n".join(lines))
    reading = Reading(positive="1", drop="2", skip_bad_rows=True)

    with in_blocks_of(size):
        corpus = load("a.svm", reading=reading)

    numbers = [word + added for pairs, _, _ in rows for word in pairs]
    first = min(1, *numbers)
    expected = [
        ([word + added - first for word in sorted(pairs) if pairs[word]],
         [float(pairs[word]) for word in sorted(pairs) if pairs[word]], float(label == "1"))
        for pairs, label, _ in rows if label != "2"
    ]  # fmt: skip
    assert as_lists(corpus.train) == [max(numbers) + 1 - first, *expected]
    assert f"words are counted from {first} " in corpus.note
    bad = [line for _, line in others if line.startswith("1")]
    assert (f"{len(bad)} of {len(rows) + len(bad)} rows are bad" in corpus.note) == bool(bad)


def test_taken_in_blocks_they_are_the_same_in_another_order() -> None:
    rng = np.random.default_rng(0)
    rows: list[Row] = [
        (" ".join(rng.choice(["a", "b", "c d"], rng.integers(0, 9))), str(number % 2))
        for number in range(300)
    ]
    reviews = load(written("a.csv", rows), reading=Reading(test="1")).train
    size, *each = as_lists(reviews)
    for order in (rng.permutation(299), np.array([5, 5, 0]), np.array([], np.int64)):
        expected = [size, *(each[place] for place in order)]
        for words in (1, 30, 2**20):
            with in_blocks_of(words):
                assert as_lists(gathered.taken(reviews, order)) == expected


MANY: list[Row] = [(f"some words {'a' * (n % 40)}", "pos" if n % 2 else "neg") for n in range(300)]


def late(content: bytes, share: float = 0.9) -> int:
    return int(share * len(content))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16", "utf-8-sig", "latin-1"])
def test_letters_on_the_border_of_blocks_are_whole(encoding: str) -> None:
    rows = [("é" * (n % 7) + " naïve", "pos" if n % 2 else "neg") for n in range(60)]
    content = as_csv(rows).decode().encode(encoding)
    Path("a.csv").write_bytes(content)
    for size in (1, 3, 64):
        with in_blocks_of(size):
            assert as_lists(load("a.csv").train) == slowly(rows)


def test_a_letter_that_is_cut_off_at_the_end_is_told() -> None:
    Path("a.csv").write_bytes("label,text\n0,ok\n1,badé".encode()[:-1])
    with in_blocks_of(7), pytest.raises(BadInput, match=r"^a\.csv:3: not UTF-8"):
        load("a.csv", reading=Reading(encoding="utf-8"))
    with in_blocks_of(7):
        assert "read as: " in load("a.csv").note


def damaged_csv() -> tuple[str, bytes, str]:
    lines = as_csv(MANY).split(b"\r\n")
    lines[250] = b'"too","many","cells"'
    return "a.csv", b"\r\n".join(lines), "a.csv:251: has 3 cells, the first row has 2"


def damaged_jsonl() -> tuple[str, bytes, str]:
    lines = as_jsonl(MANY).split(b"\n")
    lines[250] = lines[250][:-1]
    return "a.jsonl", b"\n".join(lines), "a.jsonl:251: no JSON: "


def cut_gz() -> tuple[str, bytes, str]:
    content = gzip.compress(as_csv(MANY))
    return "a.csv.gz", content[: late(content)], "a.csv.gz: not a whole .gz file"


def no_utf_8() -> tuple[str, bytes, str]:
    lines = as_csv(MANY).split(b"\r\n")
    lines[250] = b'"caf\xe9","pos"'
    return "a.csv", b"\r\n".join(lines), "a.csv:251: not UTF-8"


def damaged_svm() -> tuple[str, bytes, str]:
    lines = [b"1 1:1 3:2", b"0 2:1"] * 150
    lines[250] = b"1 1:1 1:1"
    return "a.svm", b"\n".join(lines), "a.svm:251: word 1 is there twice"


def damaged_parquet() -> tuple[str, bytes, str]:
    from pyarrow.parquet import ParquetFile

    content = bytearray(WRITE["a.parquet"](MANY))
    about = ParquetFile(io.BytesIO(content)).metadata
    start = about.row_group(about.num_row_groups - 2).column(0).data_page_offset
    content[start : start + 8] = bytes([255] * 8)
    return "a.parquet", bytes(content), "a.parquet: can't be read as parquet"


@pytest.mark.parametrize(
    "damage",
    [
        damaged_csv,
        damaged_jsonl,
        cut_gz,
        no_utf_8,
        pytest.param(damaged_svm, marks=data_extra),
        pytest.param(damaged_parquet, marks=data_extra),
    ],
)
def test_damage_in_a_late_block_is_told_and_nothing_is_left(
    damage: Callable[[], tuple[str, bytes, str]], cache: Path
) -> None:
    name, content, told = damage()
    Path(name).write_bytes(content)
    reading = Reading(encoding="utf-8" if damage is no_utf_8 else "")
    # With the error at hand: it holds all that the reader held.
    with in_blocks_of(16), pytest.raises(BadInput) as caught:
        load(name, reading=reading)
    assert str(caught.value).startswith(told)
    assert left_in(cache) == []


@pytest.mark.parametrize("name", [*WRITE, pytest.param("a.svm", marks=data_extra)])
def test_an_interrupt_leaves_no_file(name: str, cache: Path) -> None:
    if name == "a.svm":
        Path(name).write_bytes(b"1 1:1 3:2\n0 2:1\n" * 150)
    else:
        written(name, MANY)
    calls, seen = count(), list[list[str]]()
    module, function = (svmlight, "named") if name == "a.svm" else (tables, "split_text")
    real = getattr(module, function)

    def interrupted(argument: Any) -> Any:
        if next(calls) == 200:
            seen.append(left_in(cache))
            raise KeyboardInterrupt
        return real(argument)

    with in_blocks_of(16), patch.object(module, function, interrupted):
        with pytest.raises(KeyboardInterrupt) as caught:
            load(name)
        assert caught.value is not None
    assert len(seen[0]) >= 2, "it held everything in memory"
    assert left_in(cache) == []


def test_a_disk_that_fills_up_is_told_in_one_line_and_nothing_is_left(cache: Path) -> None:
    written("a.csv", MANY)
    with in_blocks_of(16), files_of_at_most(1_000):
        result = CliRunner().invoke(cli, ["data", "a.csv"])
    assert result.exit_code == 6
    assert result.output.startswith(f"Error: {cache}/reading-")
    assert ": No space left on device; make room there, or name another folder" in result.output
    assert "$SKIPZEROS_CACHE" in result.output
    assert left_in(cache) == []


@pytest.fixture
def times_read(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """A list that grows whenever a table is read; what was written just now is kept too."""
    monkeypatch.setattr(keeping, "SETTLED_SECONDS", -1.0)
    times, real = list[Path](), tables.load_table

    def load_table(path: Path, *arguments: Any) -> Any:
        times.append(path)
        return real(path, *arguments)

    monkeypatch.setattr(tables, "load_table", load_table)
    return times


def test_what_is_large_is_read_once(times_read: list[Path], cache: Path) -> None:
    path = written("a.csv", MANY)
    small = load(path)
    with in_blocks_of(16):
        first = load(path, reading=Reading(test="10%"))
        again = load(path, reading=Reading(test="10%"))
    assert len(times_read) == 2, "a small one was kept, or a large one wasn't"
    for corpus in (first, again):
        assert as_lists(corpus.train)[1:] == as_lists(small.train)[1:271]
    del first, again
    (entry,) = left_in(cache)
    assert entry.startswith("large-1-")


@pytest.mark.parametrize(
    ("reading", "same"),
    [
        (Reading(shuffle=1), True),
        (Reading(test="20%"), True),
        (Reading(positive="neg"), False),
        (Reading(most_words=3), True),
        (Reading(least_reviews=8), True),
        (Reading(skip_bad_rows=True), False),
    ],
)
def test_the_text_is_read_again_only_if_it_has_to_be(
    reading: Reading,
    same: bool,
    times_read: list[Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = written("a.csv", MANY)
    with in_blocks_of(16):
        load(path)
        found = load(path, reading=reading)
        assert len(times_read) == (1 if same else 2)
        assert found.note == load(path, reading=reading).note
        assert len(times_read) == (1 if same else 2)
    # And it is what it would be without a cache.
    monkeypatch.setenv("SKIPZEROS_CACHE", str(tmp_path / "empty"))
    assert as_lists(found.train) == as_lists(load(path, reading=reading).train)


def test_a_file_that_was_written_into_is_read_again(times_read: list[Path]) -> None:
    path = written("a.csv", MANY)
    about = path.stat()
    with in_blocks_of(16):
        before = as_lists(load(path).train)
        path.write_bytes(path.read_bytes().replace(b"some", b"film", 1))
        os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))
        assert as_lists(load(path).train) != before
    assert len(times_read) == 2


@pytest.mark.parametrize("broken", ["cache", "counts"])
def test_a_cache_that_cannot_keep_it_does_not_matter(
    broken: str, times_read: list[Path], cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written("a.csv", MANY)
    if broken == "cache":
        cache.write_bytes(b"a file in its place")
    else:
        monkeypatch.setattr(Path, "hardlink_to", Failing())
    with in_blocks_of(16):
        for _ in range(2):
            assert as_lists(load(path).train) == slowly(MANY)
    assert len(times_read) == 2


class Failing:
    """What a file system without a second name for a file does."""

    def __call__(self, *_: object) -> None:
        raise OSError("no links here")


def memory_for(rows: int, name: str) -> int:
    """Return the most memory that reading so many rows takes."""
    if name == "a.svm":
        words = " ".join(f"{word}:1" for word in range(1, 13))
        Path(name).write_text("".join(f"{number % 2} {words}\n" for number in range(rows)))
    else:
        words = "film good bad plot actor scene long short . the " * 6
        written(name, [(words, "pos" if number % 2 else "neg") for number in range(rows)])
    with in_blocks_of(2**12):
        load(name)  # whatever is imported, or made once
        tracemalloc.start()
        load(name)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return most


@pytest.mark.parametrize(
    "name", ["a.csv", "a.csv.gz", "a.jsonl", pytest.param("a.svm", marks=data_extra)]
)
def test_more_text_takes_no_more_memory(name: str) -> None:
    more = memory_for(1_500, name) - memory_for(500, name)
    # A text is 300 bytes, and its words take 12 bytes each where they are held in memory. The label
    # and what becomes of it take some 30.
    assert more < 1_000 * 100


def test_a_part_of_what_is_in_files_is_kept_as_a_part(cache: Path) -> None:
    with in_blocks_of(16):
        reviews = load(written("a.csv", MANY)).train
        for part in (reviews[:100], reviews[213:]):
            key = Key("part", str(len(part)).encode())
            keep(key, {"train": part})
            found = find_kept(key, ["train"])
            assert found is not None
            assert as_lists(found[0]["train"]) == as_lists(part)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_what_comes_through_a_named_pipe_is_read_once() -> None:
    os.mkfifo("pipe")
    writer = threading.Thread(target=lambda: Path("pipe").write_bytes(as_csv(MANY)))
    writer.start()
    found = load("pipe")
    writer.join()
    assert as_lists(found.train) == slowly(MANY)
