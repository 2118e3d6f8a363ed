"""The cache: it saves the work, and nothing that happens to it shows."""

from __future__ import annotations

import os
import pickle
import shutil
from collections.abc import Callable
from mmap import mmap
from pathlib import Path
from unittest.mock import Mock

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


def only_entry(folder: Path) -> Path:
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
    memory: object = found["train"].indices
    while isinstance(memory, np.ndarray):
        memory = memory.base
    assert isinstance(memory, mmap)
    # No half-written or temporary entry stays behind.
    assert only_entry(folder).name == str(KEY)


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


def truncated(entry: Path) -> None:
    path = entry / "train_counts.npy"
    path.write_bytes(path.read_bytes()[:-8])


def flipped(entry: Path) -> None:
    path = entry / "train_counts.npy"
    content = bytearray(path.read_bytes())
    place = content.find(np.array(70_000.0).tobytes())
    assert place > 0
    content[place + 4] ^= 1
    path.write_bytes(content)


def emptied(entry: Path) -> None:
    (entry / "train_indices.npy").write_bytes(b"")


def gone(entry: Path) -> None:
    (entry / "train_labels.npy").unlink()


def text(entry: Path) -> None:
    (entry / cache.CONTENTS).write_bytes(b"no JSON at all")


def other_contents(entry: Path) -> None:
    (entry / cache.CONTENTS).write_text('{"key": 3}')


def resized(entry: Path) -> None:
    path = entry / cache.CONTENTS
    path.write_text(path.read_text().replace('"vocabulary_size": 5', '"vocabulary_size": 6'))


def reinterpreted(entry: Path) -> None:
    path = entry / "train_counts.npy"
    path.write_bytes(path.read_bytes().replace(b"'<f8'", b"'<i8'"))


def file(entry: Path) -> None:
    shutil.rmtree(entry)
    entry.write_bytes(b"a file in its place")


def renamed(entry: Path) -> None:
    cached(Key("rule", b"other"), ["train"], Maker())
    (other,) = (one for one in entry.parent.iterdir() if one != entry)
    shutil.rmtree(entry)
    other.rename(entry)


@pytest.mark.parametrize(
    "spoil",
    [
        truncated,
        flipped,
        emptied,
        gone,
        text,
        other_contents,
        resized,
        reinterpreted,
        file,
        renamed,
    ],
)
def test_a_spoilt_entry_is_made_again(folder: Path, spoil: Callable[[Path], None]) -> None:
    make = Maker()
    cached(KEY, ["train"], make)
    spoil(only_entry(folder))
    assert same(cached(KEY, ["train"], make)["train"], Maker()()["train"])
    assert make.times == 2
    cached(KEY, ["train"], make)
    assert make.times == 2, "the spoilt entry was not replaced"


def test_an_entry_that_lacks_a_part_is_made_again(folder: Path) -> None:
    make = Maker()
    cached(KEY, ["train"], lambda: {"train": make()["train"]})
    assert len(cached(KEY, ["test"], make)["test"]) == 1
    assert make.times == 2


class Trap:
    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return os.putenv, ("SKIPZEROS_TRAP", "sprung")


def test_a_pickle_in_the_file_is_never_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sprung = []
    monkeypatch.setattr(pickle, "load", lambda *args, **kwargs: sprung.append(args))
    make = Maker()
    cached(KEY, ["train"], make)
    hostile = np.array([Trap()] * 3, dtype=object)
    np.save(only_entry(folder) / "train_labels.npy", hostile, allow_pickle=True)
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

    monkeypatch.setattr(np, "save", full)
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


@pytest.mark.parametrize(
    "answer", [Mock(side_effect=RuntimeError), lambda name: f"~/.cache/{name}"]
)
def test_a_user_without_a_folder_has_no_cache_and_gets_none_here(
    answer: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SKIPZEROS_CACHE", raising=False)
    monkeypatch.setattr(cache, "user_cache_dir", answer)
    make = Maker()
    for _ in range(2):
        cached(KEY, ["train"], make)
    assert make.times == 2
    assert list(tmp_path.iterdir()) == []
