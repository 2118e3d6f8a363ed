"""Reviews for workers: what is mapped already stays where it is, and nobody can change it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from experiments import experiment
from hypothesis import given
from hypothesis import strategies as st

from skipzeros import Reviews
from skipzeros.bench.arrays.files import is_mapped
from skipzeros.bench.commands.check import check
from skipzeros.bench.corpus.cache import Key, cached
from skipzeros.bench.networks.sandbox import sandbox
from skipzeros.bench.workers import shared_reviews
from skipzeros.bench.workers.shared_reviews import PARTS, read_reviews, write_reviews

KEY = Key("rule", b"digest")


def kept(folder: Path, reviews: Reviews, key: Key = KEY) -> Reviews:
    """The reviews, mapped from a cache in a folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SKIPZEROS_CACHE", str(folder / "cache"))
        return cached(key, ["train"], lambda: {"train": reviews})["train"]


def same(left: Reviews, right: Reviews) -> bool:
    return left.vocabulary_size == right.vocabulary_size and all(
        (getattr(left, part) is None) == (getattr(right, part) is None)
        and np.array_equal(getattr(left, part), getattr(right, part))
        for part in PARTS
    )


def files_of(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("*.npy")}


@given(st.lists(st.lists(st.integers(1, 3), max_size=4), min_size=1, max_size=6),
       st.slices(6).filter(lambda part: part.step in (None, 1)),
       st.booleans(), st.booleans(), st.booleans())  # fmt: skip
def test_a_worker_reads_what_was_written_whether_mapped_or_not(
    tmp_path_factory: pytest.TempPathFactory,
    counts: list[list[int]],
    part: slice,
    mapped: bool,
    presence: bool,
    ones: bool,
) -> None:
    folder = tmp_path_factory.mktemp("shared")
    words = [[*range(len(review))] for review in counts]
    counts = [[1] * len(review) for review in counts] if ones else counts
    reviews = Reviews.from_lists(words, [1] * len(words), 9, counts)
    reviews = (kept(folder, reviews) if mapped else reviews)[part]
    reviews = reviews.presence() if presence else reviews
    shared = write_reviews(reviews, folder)
    found = read_reviews(folder)
    assert same(found, reviews)
    assert shared.nonzeros == len(reviews.indices)
    # The same folder serves once more for other reviews.
    write_reviews(reviews.presence(), folder)
    assert same(read_reviews(folder), reviews.presence())


def test_what_is_mapped_is_not_written_once_more(few_reviews: Reviews, tmp_path: Path) -> None:
    reviews = kept(tmp_path, few_reviews)
    for part, written in ((slice(None), set()), (slice(30), set()), (slice(7, 30), {"indptr.npy"})):
        write_reviews(reviews[part], tmp_path)
        assert files_of(tmp_path) == written
        found = read_reviews(tmp_path)
        assert same(found, reviews[part])
        assert all(map(is_mapped, (found.indptr, found.indices, found.labels)))
    write_reviews(few_reviews, tmp_path)
    assert files_of(tmp_path) == {f"{part}.npy" for part in PARTS}


@pytest.mark.parametrize("linked", [True, False])
def test_reviews_stay_what_they_were_whatever_becomes_of_the_cache(
    linked: bool, few_reviews: Reviews, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not linked:  # as across two disks
        monkeypatch.delattr(os, "link")
        monkeypatch.setattr(os, "link", refused, raising=False)
    reviews = kept(tmp_path, few_reviews)
    write_reviews(reviews, tmp_path)
    (entry,) = (tmp_path / "cache").iterdir()
    shutil.rmtree(entry)
    # Others under the same name.
    other = Reviews.from_lists([[0]] * 40, [1] * 40, 30, [[2]] * 40)
    assert len(kept(tmp_path, other)) == 40
    if linked:
        assert same(read_reviews(tmp_path), few_reviews)
    else:
        with pytest.raises(ValueError, match="was replaced or changed while it was in use"):
            read_reviews(tmp_path)
    # Ours are still mapped; since their file has no name any more they are written.
    write_reviews(reviews, tmp_path)
    assert files_of(tmp_path) == {f"{part}.npy" for part in PARTS}
    assert same(read_reviews(tmp_path), few_reviews)


def refused(*_: Any) -> None:
    raise OSError(18, "Invalid cross-device link")


def test_a_network_of_an_older_revision_gets_counts_as_it_knows_them(
    few_reviews: Reviews, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Older:
        trusted = staticmethod(lambda *arrays: arrays)

    write_reviews(kept(tmp_path, few_reviews), tmp_path)
    monkeypatch.setattr(shared_reviews, "Reviews", Older)
    found: Any = read_reviews(tmp_path)
    assert few_reviews.counts is not None
    assert found[2].dtype == np.float64
    assert found[2].tolist() == few_reviews.counts.tolist()


REACHES = """
import json
from pathlib import Path
from skipzeros.impls.add_reduce import AddReduce

class Mine(AddReduce):
    def prepare(self, reviews):
        mapped = reviews.indices
        while mapped is not None and not hasattr(mapped, "filename"):
            mapped = getattr(mapped, "base", None)
        if mapped is not None:
            {attempt}
        return super().prepare(reviews)
"""


@pytest.mark.skipif(not sandbox(), reason="this system has no sandbox")
@pytest.mark.parametrize(
    "attempt",
    [
        "Path(mapped.filename).open('r+b')",
        "Path(mapped.filename).unlink()",
        "Path(mapped.filename).write_bytes(b'')",
        "Path(mapped.filename).with_name('places.json').write_text('{}')",
        "next(Path('{cache}').glob('*/train_indices.npy')).open('r+b')",
        "next(Path('{cache}').glob('*/train_indices.npy')).unlink()",
        "next(Path('{cache}').iterdir()).rename('{cache}/other')",
    ],
)
def test_a_confined_network_reaches_the_cache_only_to_read(
    attempt: str, few_reviews: Reviews, tmp_path: Path
) -> None:
    reviews = kept(tmp_path, few_reviews).presence()
    attempt = attempt.replace("{cache}", str(tmp_path / "cache"))
    (tmp_path / "mine.py").write_text(REACHES.replace("{attempt}", attempt))
    networks = [("mine", f"{tmp_path / 'mine.py'}:Mine")]
    (result,) = check(experiment(networks, reviews, out=tmp_path))
    assert result.status == "failed"
    assert "PermissionError" in result.reason or "Permission denied" in result.reason
    assert same(kept(tmp_path, few_reviews), few_reviews)


@pytest.mark.parametrize("attempt", ["reviews.indices[0] = 0", "mapped[0] = 0",
                                     "mapped.flags.writeable = True"])  # fmt: skip
def test_mapped_reviews_cannot_be_written_into(
    attempt: str, few_reviews: Reviews, tmp_path: Path
) -> None:
    reviews = kept(tmp_path, few_reviews).presence()
    (tmp_path / "mine.py").write_text(REACHES.replace("{attempt}", attempt))
    networks = [("mine", f"{tmp_path / 'mine.py'}:Mine")]
    (result,) = check(experiment(networks, reviews, out=tmp_path))
    assert result.status == "failed"
    assert "ValueError" in result.reason
    assert same(kept(tmp_path, few_reviews), few_reviews)
