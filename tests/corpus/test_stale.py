"""Whatever is done to a source, what the cache has of its earlier content is not taken for it."""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from skipzeros.bench.corpus import aclimdb, load

# Of equal lengths, so that no size tells them apart.
BEFORE = b"good film"


def folder(path: Path) -> Path:
    for name in ("train/pos/1.txt", "train/pos/2.txt", "train/neg/1.txt"):
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(BEFORE if name == "train/pos/1.txt" else b"a film")
    return path / "train/pos/1.txt"


def archive(path: Path) -> Path:
    with tarfile.open(path, "w") as made:
        for name in ("train/pos/1.txt", "train/neg/1.txt"):
            member = tarfile.TarInfo(name)
            member.size = len(BEFORE)
            made.addfile(member, io.BytesIO(BEFORE))
    return path


def lesson(path: Path) -> Path:
    path.mkdir()
    (path / "reviews.txt").write_bytes(BEFORE + b"\nfilm\n")
    (path / "labels.txt").write_text("positive\nnegative\n")
    return path / "reviews.txt"


def table(path: Path) -> Path:
    path.write_bytes(b"text,label\n" + BEFORE + b",1\nfilm,0\n")
    return path


def written(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def written_in_place(path: Path, content: bytes) -> None:
    with path.open("r+b") as file:
        file.write(content)


def replaced(path: Path, content: bytes) -> None:
    other = path.with_name("other")
    other.write_bytes(content)
    other.replace(path)


def removed_and_made_anew(path: Path, content: bytes) -> None:
    path.unlink()  # so that the new file may get the number of the old one
    path.write_bytes(content)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKIPZEROS_CACHE", str(tmp_path / "cache"))


def content_of(path: Path) -> object:
    train = load(path).train
    return train.indices.tolist(), train.labels.tolist(), train.vocabulary_size


@pytest.mark.parametrize("settled", [True, False])
@pytest.mark.parametrize("change", [written, written_in_place, replaced, removed_and_made_anew])
@pytest.mark.parametrize(
    ("make", "name"),
    [(folder, "f"), (archive, "a.tar"), (lesson, "l"), (table, "t.csv")],
)
def test_another_content_of_the_same_size_and_time_is_read(
    make: Callable[[Path], Path],
    name: str,
    change: Callable[[Path, bytes], None],
    settled: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if settled:
        # Else a folder that has just been written is in no cache, and the test would prove little.
        monkeypatch.setattr(aclimdb, "SETTLED_SECONDS", -1.0)
    path = tmp_path / name
    file = make(path)
    about = file.stat()
    before = content_of(path)
    assert content_of(path) == before

    change(file, file.read_bytes().replace(BEFORE, b"film film"))
    os.utime(file, ns=(about.st_atime_ns, about.st_mtime_ns))

    assert file.stat().st_size == about.st_size
    assert file.stat().st_mtime_ns == about.st_mtime_ns
    monkeypatch.setenv("SKIPZEROS_CACHE", str(tmp_path / "empty"))
    expected = content_of(path)
    monkeypatch.setenv("SKIPZEROS_CACHE", str(tmp_path / "cache"))
    assert expected != before
    assert content_of(path) == expected


@pytest.mark.parametrize("name", ["train/pos/0.txt", "train/neg/3.txt"])
def test_a_file_more_or_less_in_a_folder_is_noticed(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aclimdb, "SETTLED_SECONDS", -1.0)
    folder(tmp_path / "f")
    before = content_of(tmp_path / "f")
    (tmp_path / "f" / name).write_bytes(b"new")
    assert content_of(tmp_path / "f") != before
    (tmp_path / "f" / name).unlink()
    assert content_of(tmp_path / "f") == before
