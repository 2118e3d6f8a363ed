"""A sparse matrix by way of the cache: the same reviews as when it is read as a whole."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.lib import format as npy
from scipy.sparse import csr_array, save_npz

from skipzeros.bench.arrays.files import is_mapped
from skipzeros.bench.corpus import Corpus, Reading, cache, large_npz, load
from skipzeros.bench.outcomes import BadInput

MATRIX = csr_array(np.array([[0, 2, 0, 300], [1, 0, 0, 0], [0, 0, 0, 0], [0, 1, 1, 9]]))


@pytest.fixture(autouse=True)
def all_are_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKIPZEROS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(large_npz, "LARGE", 0)
    monkeypatch.setattr(large_npz, "SETTLED_SECONDS", 0.0)


def saved(folder: Path, matrix: Any = MATRIX, labels: Any = None, packed: bool = False) -> Path:
    """A .npz with a matrix, and beside it its labels."""
    labels = np.arange(matrix.shape[0]) % 2 if labels is None else labels
    np.save(folder / "labels.npy", labels)
    save_npz(folder / "m.npz", matrix, compressed=packed)
    return folder / "m.npz"


def read(path: Path, **more: Any) -> Corpus:
    return load(path, reading=Reading(labels=path.with_name("labels.npy"), **more))


def same(left: Corpus, right: Corpus) -> bool:
    pairs = ((left.train, right.train), (left.test, right.test))
    return all(
        np.array_equal(getattr(one, part), getattr(other, part))
        and getattr(one, part).dtype == getattr(other, part).dtype
        for one, other in pairs
        for part in ("indptr", "indices", "counts", "labels")
    )


@given(st.lists(st.lists(st.sampled_from([0, 0, 1, 2, 300, 0.5]), min_size=4, max_size=4),
                min_size=1, max_size=5), st.booleans(),
       st.sampled_from(["f8", "i4", "u2", "f4"]))  # fmt: skip
def test_it_is_what_it_is_when_read_as_a_whole(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[float]], packed: bool, kind: str
) -> None:
    folder = tmp_path_factory.mktemp("matrix")
    path = saved(folder, csr_array(np.array(rows).astype(kind)), packed=packed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SKIPZEROS_CACHE", str(folder / "cache"))
        large, again = read(path), read(path)
        assert len([*(folder / "cache").iterdir()]) == 1
        patch.setattr(large_npz, "LARGE", 1 << 30)
        whole = read(path)
    assert same(large, whole)
    assert same(again, whole)
    assert large.note == whole.note


def test_it_is_mapped(tmp_path: Path) -> None:
    reviews = read(saved(tmp_path)).train
    assert is_mapped(reviews.indices)
    assert reviews.stored_counts is not None
    assert is_mapped(reviews.stored_counts)
    assert reviews.stored_counts.dtype == np.uint16


def unsorted() -> Any:
    matrix = MATRIX.copy()
    matrix.indices = matrix.indices[[1, 0, 2, 3, 4, 5]]
    return matrix


def with_zero() -> Any:
    matrix = MATRIX.copy()
    matrix.data[1] = 0
    return matrix


def repeated() -> Any:
    return csr_array((np.ones(3), np.array([1, 1, 0]), np.array([0, 2, 3])), shape=(2, 2))


@pytest.mark.parametrize("make", [unsorted, with_zero, repeated])
def test_what_is_not_canonical_is_read_as_a_whole(make: Any, tmp_path: Path) -> None:
    path = saved(tmp_path, make())
    found = read(path)
    assert not is_mapped(found.train.indices)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(large_npz, "LARGE", 1 << 30)
        assert same(found, read(path))
    # Nothing is left of the attempt.
    assert [*(tmp_path / "cache").iterdir()] == []


def test_a_changed_file_is_read_anew(tmp_path: Path) -> None:
    assert read(saved(tmp_path)).train.stored_counts is not None
    about = (tmp_path / "m.npz").stat()
    path = saved(tmp_path, MATRIX * 2)
    os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))
    counts = read(path).train.counts
    assert counts is not None
    assert counts.max() == 600


def test_labels_are_those_of_the_file_or_named_and_may_drop_rows(tmp_path: Path) -> None:
    path = saved(tmp_path, labels=np.array([3, 5, 4, 1]))
    found = read(path, positive="5", negative="1", drop="3,4").train
    assert found.labels.tolist() == [1, 0]
    assert found.indices.tolist() == [0, 1, 2, 3]
    arrays = {"data": MATRIX.data, "indices": MATRIX.indices, "indptr": MATRIX.indptr}
    np.savez(path, **arrays, shape=MATRIX.shape, format=b"csr", labels=np.array(list("nyyn")))
    found = load(path, reading=Reading(positive="y")).train
    assert is_mapped(found.indices)
    assert found.labels.tolist() == [0, 1, 1, 0]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.zeros(3), "4 rows, but 3 labels"),
        (np.array([0, 1, np.nan, 1]), "row 3 has no label"),
        (np.zeros((2, 2)), "no array of labels"),
    ],
)
def test_wrong_labels_are_refused_as_ever(labels: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=message):
        read(saved(tmp_path, labels=labels))


@pytest.mark.parametrize("part", ["indptr", "indices", "data", "shape", "format"])
@pytest.mark.parametrize("how", ["gone", "short", "objects", "wrong"])
def test_a_damaged_matrix_is_refused_as_when_read_as_a_whole(
    part: str, how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved(tmp_path)
    with np.load(path, allow_pickle=False) as found:
        arrays = dict(found)
    if how == "gone":
        del arrays[part]
    elif how == "short":
        arrays[part] = arrays[part][:-1] if arrays[part].ndim else np.array(b"cs")
    elif how == "objects":
        arrays[part] = np.full(arrays[part].shape, None)
    else:
        wrong = arrays[part].copy()
        wrong[...] = -7 if wrong.dtype.kind != "S" else b"coo"
        arrays[part] = wrong
    np.savez(path, **arrays)
    told = []
    for large in (0, 1 << 30):
        monkeypatch.setattr(large_npz, "LARGE", large)
        try:
            told.append(read(path).train.indices.tolist())
        except BadInput as error:
            told.append(str(error))
    assert told[0] == told[1]


@pytest.mark.parametrize("large", [0, 1 << 30])
@pytest.mark.parametrize("where", ["in the file", "beside it"])
def test_labels_of_no_bytes_and_any_number_are_refused(
    where: str, large: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(large_npz, "LARGE", large)
    path, labels = saved(tmp_path), io.BytesIO()
    about = {"descr": "<U0", "fortran_order": False, "shape": (1 << 62,)}
    npy.write_array_header_1_0(labels, about)
    if where == "in the file":
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr("labels.npy", labels.getvalue())
    else:
        (tmp_path / "labels.npy").write_bytes(labels.getvalue())
    with pytest.raises(BadInput, match=r"has the shape \(4611686018427387904,\) and dtype <U0|"
                       r"no array of labels"):  # fmt: skip
        load(path, reading=Reading(labels="" if "in" in where else path.with_name("labels.npy")))


def test_without_a_cache_it_is_read_as_a_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("SKIPZEROS_CACHE", str(tmp_path / "file" / "cache"))
    assert not is_mapped(read(saved(tmp_path)).train.indices)


def test_a_packed_one_that_would_fill_the_disk_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("large_npz", "matrices"):
        monkeypatch.setattr(f"skipzeros.bench.corpus.{module}.MOST_BYTES", 200)
    with pytest.raises(BadInput, match="unpacks to more than 200 bytes"):
        read(saved(tmp_path, packed=True))
    assert not (tmp_path / "cache").exists()
    # What isn't packed is as large already.
    assert is_mapped(read(saved(tmp_path)).train.indices)


def test_verify_knows_it(tmp_path: Path) -> None:
    read(saved(tmp_path))
    assert [entry.damaged for entry in cache.verify()] == [[]]
