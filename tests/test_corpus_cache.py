"""The cache: it saves the work, and nothing that happens to it shows."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from skipzeros.bench.corpus import cache
from skipzeros.bench.corpus.cache import Key, cached
from skipzeros.impls.reviews import Reviews

KEY = Key("rule", b"digest")


class Maker:
    """Makes two parts, and knows how often it was asked."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> dict[str, Reviews]:
        self.times += 1
        train = Reviews.from_lists([[0, 4], [], [2]], [1, 0, 1], 5, [[1, 3], [], [70_000]])
        return {"train": train, "test": Reviews.from_lists([[1]], [0], 5, [[2]])}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SKIPZEROS_CACHE", str(tmp_path / "deep" / "cache"))
    return tmp_path / "deep" / "cache"


def only_file(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


def same(left: Reviews, right: Reviews) -> bool:
    return left.vocabulary_size == right.vocabulary_size and all(
        np.array_equal(getattr(left, name), getattr(right, name))
        and getattr(left, name).dtype == getattr(right, name).dtype
        for name in ("indptr", "indices", "counts", "labels")
    )


def test_the_second_time_nothing_is_made(folder: Path) -> None:
    make = Maker()
    cached(KEY, ["train"], make)
    found = cached(KEY, ["train", "test"], make)
    assert make.times == 1
    assert same(found["train"], make()["train"])
    assert same(found["test"], make()["test"])
    # No half-written or temporary file stays behind.
    assert only_file(folder).suffix == ".npz"


def test_only_the_parts_asked_for_come_back(folder: Path) -> None:
    for _ in range(2):
        assert list(cached(KEY, ["test"], Maker())) == ["test"]


@pytest.mark.parametrize("other", [Key("rule 2", b"digest"), Key("rule", b"other")])
def test_another_rule_or_content_is_another_entry(folder: Path, other: Key) -> None:
    make = Maker()
    cached(KEY, ["train"], make)
    cached(other, ["train"], make)
    assert make.times == 2


def test_another_format_is_another_entry(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make = Maker()
    cached(KEY, ["train"], make)
    monkeypatch.setattr(cache, "FORMAT", cache.FORMAT + 1)
    cached(KEY, ["train"], make)
    assert make.times == 2


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    place = content.find(np.array(70_000, np.int32).tobytes())
    assert place > 0
    content[place] ^= 1
    path.write_bytes(content)


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def text(path: Path) -> None:
    path.write_bytes(b"not an archive at all")


def single_array(path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, np.arange(3))


def other_arrays(path: Path) -> None:
    np.savez(path, key=np.array(str(KEY)), something=np.arange(3))


def renamed(path: Path) -> None:
    cached(Key("rule", b"other"), ["train"], Maker())
    (other,) = (file for file in path.parent.iterdir() if file != path)
    os.replace(other, path)


def contradictory(path: Path) -> None:
    with np.load(path) as arrays:
        content = dict(arrays)
    content["train_indices"] = content["train_indices"] + 100
    np.savez(path, **content)


@pytest.mark.parametrize(
    "spoil",
    [truncated, flipped, emptied, text, single_array, other_arrays, renamed, contradictory],
)
def test_a_spoilt_file_is_made_again(folder: Path, spoil: Callable[[Path], None]) -> None:
    make = Maker()
    cached(KEY, ["train"], make)
    spoil(only_file(folder))
    assert same(cached(KEY, ["train"], make)["train"], Maker()()["train"])
    assert make.times == 2
    cached(KEY, ["train"], make)
    assert make.times == 2, "the spoilt file was not replaced"


class Trap:
    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return os.putenv, ("SKIPZEROS_TRAP", "sprung")


def test_a_pickle_in_the_file_is_never_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sprung = []
    monkeypatch.setattr(pickle, "load", lambda *args, **kwargs: sprung.append(args))
    make = Maker()
    cached(KEY, ["train"], make)
    path = only_file(folder)
    with np.load(path) as arrays:
        content = dict(arrays)
    content["train_labels"] = np.array([Trap()] * 3, dtype=object)
    np.savez(path, **content)
    cached(KEY, ["train"], make)
    assert make.times == 2
    assert not sprung


def test_a_folder_that_cannot_be_written_only_means_no_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("SKIPZEROS_CACHE", str(tmp_path / "file" / "cache"))
    make = Maker()
    for _ in range(2):
        assert same(cached(KEY, ["train"], make)["train"], Maker()()["train"])
    assert make.times == 2


def test_a_disk_that_fills_up_leaves_nothing_behind(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    assert len(cached(KEY, ["train"], Maker())["train"]) == 3
    assert list(folder.iterdir()) == []


def test_an_error_while_making_is_passed_on(folder: Path) -> None:
    def fail() -> dict[str, Reviews]:
        raise OSError("unreadable")

    with pytest.raises(OSError, match="unreadable"):
        cached(KEY, ["train"], fail)


def test_without_the_variable_it_is_the_users_own_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SKIPZEROS_CACHE", raising=False)
    assert "skipzeros" in cache.folder().parts
