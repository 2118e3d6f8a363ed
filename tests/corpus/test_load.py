"""load: which source it is, how it is split, and what is said when it is none."""

from __future__ import annotations

import errno
from pathlib import Path
from unittest.mock import Mock

import pytest

from skipzeros.bench.corpus import load, synthetic
from skipzeros.bench.outcomes import BadInput
from skipzeros.impls.reviews import Reviews


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKIPZEROS_CACHE", str(tmp_path / "cache"))


def write(folder: Path, reviews: int) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "reviews.txt").write_text("".join(f"w{number}\n" for number in range(reviews)))
    (folder / "labels.txt").write_text("".join("positive\n" for _ in range(reviews)))
    return folder


@pytest.mark.parametrize(
    ("reviews", "train", "test"), [(1, 1, 0), (1_000, 1_000, 0), (1_001, 1, 1_000)]
)
def test_the_last_thousand_are_for_testing(
    tmp_path: Path, reviews: int, train: int, test: int
) -> None:
    corpus = load(write(tmp_path / "d", reviews))
    assert (len(corpus.train), len(corpus.test)) == (train, test)
    # The vocabulary is that of the whole file, the last thousand reviews included.
    assert corpus.train.vocabulary_size == corpus.test.vocabulary_size == reviews
    assert [words.tolist() for words, _, _ in corpus.test] == [[n] for n in range(train, reviews)]


def test_the_name_is_never_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write(tmp_path / "data", 1)
    monkeypatch.chdir(folder)
    assert load(folder).name == "data"
    assert load(f"{folder}/").name == "data"
    assert load(".").name == "data"


def test_reviews_come_with_counts_and_a_string_is_as_good_as_a_path(tmp_path: Path) -> None:
    corpus = load(str(write(tmp_path / "d", 1_001)))
    assert corpus.train.counts is not None
    assert corpus.test.counts is not None


def test_synthetic_is_generated_once_and_its_test_half_only_on_demand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SKIPZEROS_CACHE", str(tmp_path))
    asked = []

    def generate(start: int = 0) -> Reviews:
        asked.append(start)
        return Reviews.from_lists([[0]] * 1_500, [1] * 1_500, 1, [[1]] * 1_500)

    monkeypatch.setattr(synthetic, "generate", generate)
    corpus = load()
    assert (corpus.name, len(corpus.train), len(corpus.test), asked) == (
        "synthetic",
        500,
        1000,
        [0],
    )
    corpus = load("synthetic", "halves")
    assert (len(corpus.train), len(corpus.test), asked[1:]) == (1_500, 1_500, [0, 25_000])
    load()
    load("synthetic", "halves")
    assert len(asked) == 3
    # Other code, other reviews.
    (tmp_path / "other.py").touch()
    monkeypatch.setattr(synthetic, "__file__", str(tmp_path / "other.py"))
    load()
    assert len(asked) == 4


def test_a_folder_called_synthetic_can_be_reached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "synthetic", 3)
    monkeypatch.chdir(tmp_path)
    assert len(load("./synthetic").train) == len(load(Path("synthetic")).train) == 3


def spoil(tmp_path: Path, what: str) -> Path:
    path = tmp_path / what
    if what in ("reviews.txt only", "labels.txt only"):
        write(path, 1)
        other = "labels.txt" if what.startswith("reviews") else "reviews.txt"
        (path / other).unlink()
    elif what == "empty":
        path.mkdir()
    elif what == "notes.xls":
        path.write_text("a,b\n")
    return path


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("missing", "missing: no such file or folder; give synthetic"),
        (
            "notes.xls",
            r"notes\.xls: not a kind of data .*; save the sheet as \.csv, or give synthetic",
        ),
        ("empty", r"empty: holds no reviews: neither train/pos"),
        ("reviews.txt only", r"labels\.txt is missing"),
        ("labels.txt only", r"reviews\.txt is missing"),
    ],
)
def test_what_is_not_there_is_said_in_one_line(tmp_path: Path, what: str, message: str) -> None:
    with pytest.raises(BadInput, match=message) as caught:
        load(spoil(tmp_path, what))
    assert "\n" not in str(caught.value)


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Not chmod: whoever runs the tests as root may read everything.
    folder = write(tmp_path / "d", 1)

    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(BadInput, match=r"reviews\.txt: can't be read \(Permission denied\)"):
        load(folder)


def test_an_unknown_split(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="'half'; choose from lesson, halves"):
        load(write(tmp_path / "d", 1), "half")


def test_a_file_that_the_machine_cannot_open_is_no_bad_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.csv").write_text("x")
    full = Mock(side_effect=OSError(errno.EMFILE, "Too many open files"))
    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(OSError, match="Too many open files"):
        load(tmp_path / "a.csv")
