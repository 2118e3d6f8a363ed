"""Arrays in files: written in blocks, mapped, and found again where they lie."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from skipzeros.bench.arrays import files
from skipzeros.bench.arrays.files import (
    blocks,
    checksums,
    is_mapped,
    map_array,
    map_place,
    place_of,
    write_array,
)

TYPES = st.sampled_from(["i8", "i4", "f8", "u1", "u2"])


def written(folder: Path, array: np.ndarray, dtype: Any = None) -> Path:
    path = folder / "array.npy"
    path.unlink(missing_ok=True)
    with path.open("wb") as file:
        write_array(file, array, dtype)
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("arrays")


@given(TYPES.flatmap(lambda dtype: arrays(dtype, st.integers(0, 30))), st.integers(1, 9))
def test_what_is_written_in_blocks_is_what_numpy_reads(
    folder: Path, array: np.ndarray, numbers: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "__defaults__", (numbers,))
        path = written(folder, array)
    for found in (np.load(path, allow_pickle=False), map_array(path)):
        assert found.dtype == array.dtype
        assert found.tobytes() == array.tobytes()


@given(arrays("i4", st.integers(1, 30)), st.integers(0, 30), st.integers(0, 30))
def test_a_slice_of_a_mapped_array_is_mapped_again_by_its_place(
    folder: Path, array: np.ndarray, start: int, stop: int
) -> None:
    part = np.asarray(map_array(written(folder, array)))[start:].view()[: max(0, stop - start)]
    place = place_of(part)
    if not part.size:
        assert place is None
        return
    assert place is not None
    again = map_place(place)
    assert (again.dtype, again.tolist()) == (array.dtype, array[start:stop].tolist())
    # And once more, of what was mapped by its place.
    last = place_of(again[-1:])
    assert last is not None
    assert map_place(last).tolist() == part[-1:].tolist()


def test_only_what_is_mapped_whole_and_read_only_has_a_place(tmp_path: Path) -> None:
    array = map_array(written(tmp_path, np.arange(9)))
    assert is_mapped(array[3:])
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 1
    assert place_of(array[::2]) is None
    assert place_of(array + 1) is None
    assert not is_mapped(array + 1)
    assert not is_mapped(np.arange(3))
    writable = np.load(tmp_path / "array.npy", mmap_mode="r+", allow_pickle=False)
    assert place_of(writable) is None
    assert not is_mapped(writable)


def replaced(path: Path) -> None:
    path.with_suffix(".new").write_bytes(path.read_bytes())
    path.with_suffix(".new").replace(path)


def rewritten(path: Path) -> None:
    content = path.read_bytes()
    with path.open("r+b") as file:
        file.write(content)
    os.utime(path, ns=(0, 0))


@pytest.mark.parametrize("change", [replaced, rewritten, Path.unlink])
def test_a_file_that_was_replaced_or_written_into_is_never_taken_for_the_mapped_one(
    change: Any, tmp_path: Path
) -> None:
    path = written(tmp_path, np.arange(9))
    array = map_array(path)
    place = place_of(array)
    assert place is not None
    change(path)
    assert place_of(array) is None
    with pytest.raises((ValueError, FileNotFoundError), match=r"was replaced|No such file"):
        map_place(place)
    assert array.tolist() == [*range(9)]


def test_no_objects_are_mapped(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([None] * 3), allow_pickle=True)
    with pytest.raises(ValueError, match="objects"):
        map_array(tmp_path / "a.npy")


@pytest.mark.parametrize("place", [0, 4, 9])
def test_a_checksum_of_each_block_shows_any_change(
    place: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "__defaults__", (4,))
    array = np.arange(10.0)[::-1]
    before = checksums(array)
    assert len(before) == 3
    array[place] += 1
    assert [place // 4] == [number for number, one in enumerate(checksums(array))
                            if one != before[number]]  # fmt: skip
    assert files.BLOCK_NUMBERS * 8 == 2**26
