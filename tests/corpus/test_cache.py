"""The cache: it saves the work, and nothing that happens to it shows."""

from __future__ import annotations

import os
import pickle
import re
import shutil
from collections.abc import Callable
from mmap import mmap
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from skipzeros.bench.cli import cli
from skipzeros.bench.corpus import cache
from skipzeros.bench.corpus.cache import Key, cached, verify
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


def rewrite(path: Path, content: bytes, *, unseen: bool = False) -> None:
    """Write into a file of the cache, which its owner has to allow first; unseen: in no time."""
    about = path.stat()
    path.chmod(0o644)
    path.write_bytes(content)
    if unseen:
        os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))


def truncated(entry: Path) -> None:
    path = entry / "train_counts.npy"
    rewrite(path, path.read_bytes()[:-4], unseen=True)


def flipped(entry: Path) -> None:
    path = entry / "train_counts.npy"
    content = bytearray(path.read_bytes())
    place = content.find(np.array(70_000, np.uint32).tobytes())
    assert place > 0
    content[place + 1] ^= 1
    rewrite(path, content, unseen=True)


def touched(entry: Path) -> None:
    os.utime(entry / "train_counts.npy")


def emptied(entry: Path) -> None:
    rewrite(entry / "train_indices.npy", b"")


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
    rewrite(path, path.read_bytes().replace(b"'<u4'", b"'<i4'"), unseen=True)


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
        touched,
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
    path = only_entry(folder) / "train_labels.npy"
    path.unlink()
    np.save(path, hostile, allow_pickle=True)
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

    monkeypatch.setattr(cache, "write_array", full)
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


@given(st.lists(st.integers(0, 300) | st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_counts_are_kept_narrow_and_come_back_to_the_last_bit(
    tmp_path_factory: pytest.TempPathFactory, counts: list[float]
) -> None:
    words = [[*range(len(counts))]]
    made = Reviews.from_lists(words, [1], len(counts), [counts])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SKIPZEROS_CACHE", str(tmp_path_factory.mktemp("cache")))
        found = cached(KEY, ["train"], lambda: {"train": made})["train"]
    assert same(found, made)
    assert found.stored_counts is not None
    assert made.counts is not None
    assert found.counts is not None
    assert found.counts.tobytes() == made.counts.tobytes()
    whole = all(0 <= count < 256 and float(count).is_integer() for count in counts)
    if whole and not any(np.signbit(counts)):
        assert found.stored_counts.dtype == np.uint8


def test_counts_that_are_all_1_take_no_room(folder: Path) -> None:
    made = Reviews.from_lists([[*range(5000)]], [1], 5000, [[1] * 5000])
    found = cached(KEY, ["train"], lambda: {"train": made})["train"]
    assert same(found, made)
    assert (only_entry(folder) / "train_counts.npy").stat().st_size < 200


@pytest.mark.skipif(os.name != "posix", reason="elsewhere it couldn't be removed")
def test_what_is_kept_is_nobodys_to_write_into(folder: Path) -> None:
    cached(KEY, ["train"], Maker())
    modes = {path.stat().st_mode & 0o777 for path in only_entry(folder).glob("*.npy")}
    assert modes == {0o444}


def damage(path: Path, place: int) -> None:
    """Turn a bit of a file round, so that neither its size nor its time tells."""
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    rewrite(path, content, unseen=True)


def test_both_ends_are_looked_at_at_each_start_and_the_middle_by_verify(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "END_BYTES", 200)
    big = Reviews.from_lists([[*range(400)]], [1], 400, [[*range(400)]])
    times = []

    def make() -> dict[str, Reviews]:
        times.append(1)
        return {"train": big}

    cached(KEY, ["train"], make)
    for place, again in ((190, True), (-190, True), (800, False)):
        before = len(times)
        path = only_entry(folder) / "train_indices.npy"
        damage(path, place)
        ((entry, _, damaged),) = verify()
        assert (entry, damaged) == (path.parent, ["train_indices.npy"])
        cached(KEY, ["train"], make)
        assert (len(times) > before) == again


def test_verify_reads_all_entries_of_this_version_and_nothing_else(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [*verify()] == []
    cached(KEY, ["train"], Maker())
    cached(Key("rule", b"other"), ["train"], Maker())
    with monkeypatch.context() as patch:
        patch.setattr(cache, "FORMAT", cache.FORMAT - 1)
        cached(KEY, ["train"], Maker())
    (folder / "download.part").write_bytes(b"half an archive")
    (folder / "half.tmp").mkdir()
    found = [*verify()]
    assert [entry.damaged for entry in found] == [[], []]
    assert {entry.path.name for entry in found} == {str(KEY), str(Key("rule", b"other"))}
    assert all(
        entry.bytes == sum(path.stat().st_size for path in entry.path.glob("*.npy"))
        for entry in found
    )


@pytest.mark.parametrize(
    ("spoil", "names"),
    [
        (truncated, ["train_counts.npy"]),
        (gone, ["train_labels.npy"]),
        (text, [cache.CONTENTS]),
        (touched, ["train_counts.npy"]),
        (renamed, [cache.CONTENTS]),
    ],
)
def test_verify_names_what_is_damaged(
    folder: Path, spoil: Callable[[Path], None], names: list[str]
) -> None:
    cached(KEY, ["train"], Maker())
    spoil(only_entry(folder))
    assert [entry.damaged for entry in verify()] == [names]


def test_one_that_was_made_twice_at_once_stays_as_others_have_mapped_it(folder: Path) -> None:
    def make() -> dict[str, Reviews]:
        cached(KEY, ["train"], Maker())  # another process, which is faster
        files.update({path: path.stat().st_ino for path in only_entry(folder).iterdir()
                      if path.suffix == ".npy"})  # fmt: skip
        return Maker()()

    files: dict[Path, int] = {}
    cached(KEY, ["train"], make)
    assert {path: path.stat().st_ino for path in files} == files
    assert len([*folder.iterdir()]) == 1


def told(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["data", "--verify", *arguments])


def test_data_verify_says_how_much_is_whole(folder: Path) -> None:
    assert told().output.startswith("Checked 0 entries of ")
    cached(KEY, ["train"], Maker())
    found = told()
    assert found.exit_code == 0
    first, second = found.output.splitlines()
    assert re.fullmatch(r"Checked 1 entry of .*deep/cache, [\d.]+ kB\.", first)
    assert second == "Every byte is as it was written."


def test_data_verify_names_the_damaged_and_what_to_do(folder: Path) -> None:
    cached(KEY, ["train"], Maker())
    entry = only_entry(folder)
    cached(Key("rule", b"other"), ["train"], Maker())
    flipped(entry)
    found = told()
    assert found.exit_code == 2
    assert found.stdout.startswith("Checked 2 entries of ")
    assert found.stderr == (
        f"Error: 1 of 2 entries damaged: {entry} (train_counts.npy): remove it, and what is needed "
        "is read from the data again\n"
    )


def test_data_verify_of_a_folder_that_cannot_be_read_is_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("SKIPZEROS_CACHE", raising=False)
    monkeypatch.setattr(cache, "user_cache_dir", Mock(side_effect=RuntimeError))
    found = told()
    assert found.exit_code == 2
    assert "$SKIPZEROS_CACHE" in found.stderr
    assert len(found.stderr.splitlines()) == 1
