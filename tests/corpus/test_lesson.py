"""The lesson's reviews.txt and labels.txt."""

from __future__ import annotations

from pathlib import Path

import pytest

from skipzeros.bench.corpus import lesson, load
from skipzeros.bench.outcomes import BadInput


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKIPZEROS_CACHE", str(tmp_path / "cache"))


def write(folder: Path, reviews: bytes, labels: bytes) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "reviews.txt").write_bytes(reviews)
    (folder / "labels.txt").write_bytes(labels)
    return folder


def words(folder: Path) -> list[tuple[list[int], list[float], float]]:
    reviews = lesson.load_folder(folder)
    return [
        (ids.tolist(), [] if counts is None else counts.tolist(), label)
        for ids, counts, label in reviews
    ]


def test_single_spaces_split_so_that_the_empty_string_is_a_word(tmp_path: Path) -> None:
    folder = write(tmp_path / "d", b"a  b .\n.  a \n", b"positive\nnegative\n")
    # a "" b .   then   . "" a ""
    assert words(folder) == [
        ([0, 1, 2, 3], [1.0, 1.0, 1.0, 1.0], 1.0),
        ([3, 1, 0], [1.0, 2.0, 1.0], 0.0),
    ]


def test_an_empty_line_is_a_review_of_the_empty_string(tmp_path: Path) -> None:
    folder = write(tmp_path / "d", b"a\n\nb\n", b"positive\nnegative\npositive\n")
    assert [ids for ids, _, _ in words(folder)] == [[0], [1], [2]]


@pytest.mark.parametrize("separator", ["\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\r", "\t"])
def test_only_a_newline_ends_a_review(tmp_path: Path, separator: str) -> None:
    text = f"a{separator}b c\n".encode()
    folder = write(tmp_path / "d", text, b"positive\n")
    assert [ids for ids, _, _ in words(folder)] == [[0, 1]]


@pytest.mark.parametrize(
    ("reviews", "labels"),
    [
        (b"a b\nb", b"positive\nnegative"),
        (b"a b\r\nb\r\n", b"positive\r\nnegative\r\n"),
        (b"a b\nb\n", b" Positive \nNEGATIVE\t\n"),
        (b"\xef\xbb\xbfa b\nb\n", b"\xef\xbb\xbfpositive\nnegative\n"),
    ],
    ids=["no last newline", "carriage returns", "spaces and capitals", "byte order marks"],
)
def test_how_an_editor_saved_the_files_makes_no_difference(
    tmp_path: Path, reviews: bytes, labels: bytes
) -> None:
    plain = words(write(tmp_path / "plain", b"a b\nb\n", b"positive\nnegative\n"))
    other = write(tmp_path / "other", reviews, labels)
    assert words(other) == plain
    # A byte order mark would be part of the first word.
    assert lesson.load_folder(other).vocabulary_size == 2


@pytest.mark.parametrize(
    ("reviews", "labels", "message"),
    [
        (b"a\nb\nc\n", b"positive\nnegative\n", r"reviews\.txt has 3 lines and .*labels\.txt 2;"),
        (b"a\nb\n", b"positive\nneutral\n", r"labels\.txt:2: .*positive or negative.*'neutral'"),
        (b"a\nb\n", b"positive\n\n", r"labels\.txt:2: .*not ''"),
        (b"", b"", r"reviews\.txt: no reviews"),
        (b"a\nb \xff c\n", b"positive\nnegative\n", r"reviews\.txt:2: not UTF-8"),
        (b"a\nb\n", b"positive\nnegative\xe9\n", r"labels\.txt:2: not UTF-8"),
        (b"\xef\xbb\xbf\n\xe9\n", b"positive\nnegative\n", r"reviews\.txt:2: not UTF-8"),
    ],
    ids=[
        "lengths",
        "label",
        "blank label",
        "nothing",
        "bytes",
        "label bytes",
        "bytes behind a mark",
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    tmp_path: Path, reviews: bytes, labels: bytes, message: str
) -> None:
    folder = write(tmp_path / "d", reviews, labels)
    with pytest.raises(BadInput, match=message) as caught:
        load(folder)
    assert "\n" not in str(caught.value)


def test_a_review_moved_to_the_other_file_is_not_taken_from_the_cache(tmp_path: Path) -> None:
    # The same bytes in a row, but divided elsewhere between the two files.
    folder = write(tmp_path / "d", b"a\n", b"positive\n")
    assert len(load(folder).train) == 1
    write(folder, b"a\npositive\n", b"")
    with pytest.raises(BadInput, match="2 lines"):
        load(folder)


def test_there_are_no_halves(tmp_path: Path) -> None:
    folder = write(tmp_path / "d", b"a\n", b"positive\n")
    with pytest.raises(BadInput, match=r"has no halves.*lesson"):
        load(folder, "halves")
