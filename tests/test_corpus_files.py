"""A user's own files: svmlight, .npz, CSV and Parquet, whole and bad."""

from __future__ import annotations

import gzip
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array, random_array

from skipzeros.bench.cli import cli
from skipzeros.bench.corpus import Columns, load
from skipzeros.bench.errors import BadInput
from skipzeros.impls.reviews import Reviews

data_extra = pytest.mark.skipif(
    find_spec("sklearn") is None or find_spec("pyarrow") is None,
    reason="scikit-learn or pyarrow is missing: pip install 'skipzeros[data]'",
)
MATRIX = csr_array(np.array([[1.0, 0, 2], [0, 0, 0], [0, 3, 0]]))
LABELS = np.array([1, 0, 1])
SVM = b"1 1:1 3:2\n-1 # nothing\n+1 2:3\n"


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def dense(reviews: Reviews) -> list[list[float]]:
    rows = np.zeros((len(reviews), reviews.vocabulary_size))
    for row, (words, counts, _) in zip(rows, reviews, strict=True):
        row[words] = 1 if counts is None else counts
    return rows.tolist()  # type: ignore[no-any-return]


def save_npz(path: Path, matrix: csr_array, labels: object, **other: object) -> Path:
    arrays = {"data": matrix.data, "indices": matrix.indices, "indptr": matrix.indptr,
              "shape": matrix.shape, "labels": labels, **other}  # fmt: skip
    np.savez(path, **arrays)  # type: ignore[arg-type]
    return path


def refused(path: Path, **columns: object) -> str:
    with pytest.raises(BadInput) as caught:
        load(path, columns=Columns(**columns))  # type: ignore[arg-type]
    return str(caught.value)


@data_extra
@pytest.mark.parametrize("packed", [False, True])
def test_an_svmlight_file_is_its_matrix(packed: bool) -> None:
    path = Path("a.svm.gz" if packed else "a.svm")
    path.write_bytes(gzip.compress(SVM) if packed else SVM)
    corpus = load(path)
    assert dense(corpus.train) == MATRIX.toarray().tolist()
    assert corpus.train.labels.tolist() == [1, 0, 1]
    assert corpus.name == path.name


def test_an_npz_is_its_matrix() -> None:
    corpus = load(save_npz(Path("a.npz"), MATRIX, LABELS))
    assert dense(corpus.train) == MATRIX.toarray().tolist()
    assert corpus.train.labels.tolist() == LABELS.tolist()


@data_extra
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_table_is_split_as_imdbs_texts_are(kind: str) -> None:
    table = pd.DataFrame(
        {"body": ["Good, GOOD film.", "bad"], "mark": ["positive", "neg"], "more": [1, 2]}
    )
    path = Path(f"a.{kind}")
    table.to_csv(path, index=False) if kind == "csv" else table.to_parquet(path)
    train = load(path, columns=Columns("body", "mark")).train
    # good, the empty string, film, "." and bad
    assert dense(train) == [[2, 3, 1, 1, 0], [0, 0, 0, 0, 1]] or train.vocabulary_size == 5
    assert train.labels.tolist() == [1, 0]
    assert "has no column 'text', but 'body', 'mark', 'more'" in refused(path)


@data_extra
def test_bad_rows_are_told_with_their_lines_all_at_once_or_left_out() -> None:
    path = Path("a.svm")
    path.write_bytes(b"1 1:1\n1 2:x\n\n7 1:1\n0 1:1\n")
    told = refused(path)
    assert told.splitlines()[0].startswith("a.svm:2: ")
    assert "a.svm:4: the label must be" in told
    assert "--skip-bad-rows" in told
    corpus = load(path, columns=Columns(skip_bad=True))
    assert corpus.train.labels.tolist() == [1, 0]
    assert "2 of 4 rows are bad and left out" in corpus.note

    path.write_bytes(b"1 1:1\n3 1:1\n0 1:1\n")
    assert "a.svm:2: the label must be" in refused(path)
    assert len(load(path, columns=Columns(skip_bad=True)).train) == 2

    table = Path("a.csv")
    table.write_text("text,label\ngood,1\nbad,maybe\nbad,0\n" + "x,?\n" * 9)
    told = refused(table)
    assert told.startswith("a.csv:3: the label must be")
    assert "and 5 more" in told
    assert len(load(table, columns=Columns(skip_bad=True)).train) == 2


def test_what_is_no_such_file_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    path = Path("a.npz")
    path.write_bytes(b"PK no zip")
    assert "no sparse matrix with labels" in refused(path)
    assert "2 labels" in refused(save_npz(path, MATRIX, [1, 0]))
    assert "row 1: the label must be" in refused(save_npz(path, MATRIX, [1, 5, 0]))
    np.savez(path, data=MATRIX.data)
    assert "lacks indices, indptr, shape, labels" in refused(path)
    wild = save_npz(path, MATRIX, LABELS, indices=np.array([0, 2, 99]))
    assert "no sparse matrix" in refused(wild)
    hostile = np.array([print, 1, 2], dtype=object)
    np.savez(path, data=MATRIX.data, indices=MATRIX.indices, indptr=MATRIX.indptr,
             shape=MATRIX.shape, labels=hostile, allow_pickle=True)  # fmt: skip
    assert "Object arrays cannot be loaded" in refused(path)
    Path("a.csv").write_text("")
    assert "can't be read as csv" in refused(Path("a.csv"))
    with pytest.raises(BadInput, match="has no halves"):
        load(save_npz(path, MATRIX, LABELS), "halves")


@data_extra
@settings(deadline=None, max_examples=300)
@given(
    st.binary(max_size=60), st.sampled_from(["a.svm", "a.svm.gz", "a.npz", "a.csv", "a.parquet"])
)
def test_whatever_the_bytes_are_there_is_a_corpus_or_one_clear_error(
    content: bytes, name: str
) -> None:
    Path(name).write_bytes(content)
    # Any other exception fails the test.
    with suppress(BadInput):
        assert len(load(name).train) > 0


@data_extra
def test_a_file_goes_all_the_way_to_a_table() -> None:
    rng = np.random.default_rng(1)
    matrix = random_array((80, 50), density=0.1, format="csr", rng=rng)
    save_npz(Path("mine.npz"), csr_array(matrix), rng.integers(0, 2, 80))
    result = skipzeros("run", "--data", "mine.npz", "--network", "csr", "--rounds", "6")
    assert result.exit_code == 0, result.output
    assert "80 reviews of mine.npz" in result.output


def test_data_describes_a_data_set() -> None:
    save_npz(Path("mine.npz"), MATRIX, LABELS)
    result = skipzeros("data", "mine.npz")
    assert result.exit_code == 0, result.output
    for told in ("training reviews", "3", "33.3333% of layer_0 is not zero", "66.7%",
                 "1 on average, 0 to 2", "1 to 3; 33.3% of them are 1"):  # fmt: skip
        assert told in result.output.replace("1.0 on", "1 on")
    Path("bad.csv").write_text("text,label\na,1\nb,x\n")
    skipped = skipzeros("data", "bad.csv", "--skip-bad-rows")
    assert "1 of 2 rows are bad and left out" in skipped.output
    assert skipzeros("data", "bad.csv").exit_code == 2


def skipzeros(*arguments: str) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(cli, arguments)
