"""Arrays grow in memory, and then in files that nobody sees afterwards."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from blocks import files_of_at_most, left_in
from hypothesis import given
from hypothesis import strategies as st

from skipzeros.bench.arrays.counts import narrowest
from skipzeros.bench.corpus import growing
from skipzeros.bench.corpus.growing import Growing
from skipzeros.bench.corpus.passing_file import PassingFile

COUNTS = st.lists(
    st.sampled_from([0, 1, 255, 256, 65_536, 2**31, 0.5, 0.1, -1, 1e300]) | st.integers(0, 300),
    max_size=6,
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SKIPZEROS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growing, "MOST_HELD", 64)
    monkeypatch.setattr(growing, "AT_ONCE", 16)


@given(
    st.lists(st.lists(st.integers(-(2**31), 2**31 - 1), max_size=9), max_size=9),
    st.sampled_from([0, 8, 40, 2**20]),
    st.sampled_from([0, 12, 100]),
)
def test_an_array_is_its_parts_wherever_it_is(
    parts: list[list[int]], held: int, at_once: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(growing, "MOST_HELD", held)
        patch.setattr(growing, "AT_ONCE", at_once)
        array = Growing(np.int32)
        for part in parts:
            array.append(np.array(part, np.int64))
        found = array.finish()
    flat = [number for part in parts for number in part]
    assert found.tolist() == flat
    assert found.dtype == np.int32
    assert isinstance(found, np.memmap) == (4 * len(flat) > held)


@given(st.lists(COUNTS, min_size=1, max_size=9))
def test_numbers_in_a_file_are_of_a_narrow_type_that_holds_them(parts: list[list[float]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(growing, "MOST_HELD", 0)
        patch.setattr(growing, "AT_ONCE", 0)
        array = Growing(np.float64, narrow=True)
        for part in parts:
            array.append(np.array(part, np.float64))
        found = array.finish()
    flat = np.array([number for part in parts for number in part], np.float64)
    assert found.astype(np.float64).tolist() == flat.tolist()
    if flat.size and np.all(flat == np.floor(flat)) and flat.min() >= 0 and flat.max() < 2**32:
        assert found.dtype == narrowest(flat)


def test_a_file_goes_with_its_array(folder: Path, small: None) -> None:
    array = Growing(np.int64)
    for _ in range(3):
        array.append(np.arange(10))
    (name,) = left_in(folder)
    whole = array.finish()
    view = whole[5:].view()
    del whole, array
    assert left_in(folder) == [name]
    assert view.tolist() == [*range(5, 10), *range(10), *range(10)]
    del view
    assert left_in(folder) == []


def test_what_is_not_finished_is_removed(folder: Path, small: None) -> None:
    array = Growing(np.float64, narrow=True)
    for number in (1, 300, 0.5):
        array.append(np.full(20, number))
    assert len(left_in(folder)) == 1, "a narrower file was left"
    array.discard()
    assert left_in(folder) == []


@pytest.mark.parametrize("values", [[1], [1, 300]])
def test_a_full_disk_is_told_with_the_file_and_leaves_nothing(
    values: list[int], folder: Path, small: None
) -> None:
    array = Growing(np.float64, narrow=True)

    def fill() -> None:
        for value in values * 100:
            array.append(np.full(100, value))

    with files_of_at_most(400), pytest.raises(OSError, match="No space left") as caught:
        fill()
    assert str(folder) in caught.value.filename
    array.discard()
    assert left_in(folder) == []


def test_what_killed_processes_left_is_swept_and_nothing_else(folder: Path) -> None:
    mine = PassingFile(".npy")
    (folder / "reading-of-a-dead-one.npy").write_bytes(b"much")
    (folder / "large-1-entry").mkdir()
    other = PassingFile(".npy")
    assert {*left_in(folder)} == {mine.path.name, other.path.name, "large-1-entry"}
    mine.remove()
    other.remove()
    assert left_in(folder) == ["large-1-entry"]


def test_without_a_cache_it_is_the_folder_for_temporary_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("SKIPZEROS_CACHE", str(tmp_path / "file" / "cache"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    file = PassingFile(".npy")
    assert file.path.parent == tmp_path
    file.remove()
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
