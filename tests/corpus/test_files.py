"""A user's own files: svmlight, .npz, CSV and Parquet, whole and bad."""

from __future__ import annotations

import gzip
import pickle
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result
from damage import Trap
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array, random_array
from scipy.sparse import save_npz as save_scipy_npz

from skipzeros.bench.cli import cli
from skipzeros.bench.corpus import Reading, content, load, matrices
from skipzeros.bench.outcomes import BadInput
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


def save_npz(path: Path, matrix: csr_array, labels: object, /, **other: object) -> Path:
    arrays = {
        "data": matrix.data,
        "indices": matrix.indices,
        "indptr": matrix.indptr,
        "shape": matrix.shape,
        "labels": labels,
        **other,
    }
    np.savez(path, **arrays)  # type: ignore[arg-type]
    return path


def refused(path: Path, **reading: object) -> str:
    with pytest.raises(BadInput) as caught:
        load(path, reading=Reading(**reading))  # type: ignore[arg-type]
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
    train = load(path, reading=Reading("body", "mark")).train
    # good, the empty string, film, "." and bad
    assert dense(train) == [[2, 3, 1, 1, 0], [0, 0, 0, 0, 1]] or train.vocabulary_size == 5
    assert train.labels.tolist() == [1, 0]
    told = refused(path)
    assert "has no column 'label', but 'body' (such as 'Good, GOOD film.'), 'mark'" in told
    assert "name it with label_column" in told


def test_only_as_many_columns_are_listed_as_a_line_has_room_for(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    names = [f"{letter * 40}" for letter in "abcdefgh"]
    path.write_text(",".join(names) + "\n" + ",".join(name.upper() for name in names) + "\n")
    with pytest.raises(BadInput) as refusal:
        load(path)
    told = str(refusal.value).removeprefix(str(path))
    assert names[0] in told
    assert ", ...;" in told
    assert len(told) < 300


@data_extra
def test_bad_rows_are_told_with_their_lines_all_at_once_or_left_out() -> None:
    path = Path("a.svm")
    path.write_bytes(b"1 1:1\n1 2:x\n\n1 3:1 3:2\n0 1:1\n")
    told = refused(path)
    assert told.splitlines()[0].startswith("a.svm:2: ")
    assert "a.svm:4: word 3 is there twice" in told
    assert "leave them out with skip_bad_rows" in told
    corpus = load(path, reading=Reading(skip_bad_rows=True))
    assert corpus.train.labels.tolist() == [1, 0]
    assert "2 of 4 rows are bad and left out" in corpus.note

    table = Path("a.csv")
    table.write_text("text,label\ngood,1\nbad,maybe\nbad,0\n" + "x,1\n" * 9 + "y,\n" * 9)
    told = refused(table)
    assert told.startswith("a.csv:3: the label must be a number, as most are, not 'maybe'")
    assert "a.csv:14: has no label" in told
    assert "and 5 more" in told
    corpus = load(table, reading=Reading(skip_bad_rows=True))
    assert len(corpus.train) == 11
    assert "10 of 21 rows are bad and left out" in corpus.note


def test_what_is_no_such_file_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    path = Path("a.npz")
    path.write_bytes(b"PK no zip")
    assert "no sparse matrix" in refused(path)
    assert "2 labels" in refused(save_npz(path, MATRIX, [1, 0]))
    assert "0 (1), 1 (1), 5 (1), not two classes" in refused(save_npz(path, MATRIX, [1, 5, 0]))
    np.savez(path, data=MATRIX.data)
    assert "lacks indices, indptr, shape;" in refused(path)
    wild = save_npz(path, MATRIX, LABELS, indices=np.array([0, 2, 99]))
    assert "no sparse matrix" in refused(wild)
    hostile = np.array([print, 1, 2], dtype=object)
    np.savez(
        path,
        data=MATRIX.data,
        indices=MATRIX.indices,
        indptr=MATRIX.indptr,
        shape=MATRIX.shape,
        labels=hostile,
        allow_pickle=True,
    )
    assert "Object arrays cannot be loaded" in refused(path)
    Path("a.csv").write_text("")
    assert "can't be read as csv" in refused(Path("a.csv"))
    with pytest.raises(BadInput, match="has no halves"):
        load(save_npz(path, MATRIX, LABELS), "halves")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_bad_row_is_told_with_the_line_in_which_it_begins(end: str) -> None:
    rows = ["text,label", '"two', 'lines, ""so"",', '",1', "", '"bad', '",maybe', "a,b,1", "c,1"]
    path = Path("a.csv")
    path.write_bytes(end.join([*rows, ""]).encode())
    assert refused(path).splitlines() == [
        "a.csv:6: the label must be a number, as most are, not 'maybe'",
        "a.csv:8: has 3 cells, the first row has 2; mend them, or leave them out with "
        "skip_bad_rows",
    ]
    corpus = load(path, reading=Reading(skip_bad_rows=True))
    assert corpus.train.labels.tolist() == [1, 1]
    assert "2 of 4 rows are bad and left out" in corpus.note


def test_a_quote_that_is_never_closed_is_told_with_its_line() -> None:
    path = Path("a.csv")
    path.write_text('text,label\nx,1\n"good,1\nbad,0\n')
    assert refused(path).startswith("a.csv:3: no row of a CSV: unexpected end of data")
    path.write_text('text,label\n"a" b,1\n"c",0\n')
    assert refused(path).startswith("a.csv:2: no row of a CSV: ")
    assert len(load(path, reading=Reading(skip_bad_rows=True)).train) == 1


def test_a_long_text_is_no_bad_row() -> None:
    # Longer than the csv module takes by itself.
    Path("a.csv").write_text(f"text,label\n{'word ' * 100_000},1\n")
    assert dense(load("a.csv").train) == [[100_000, 1]]


@data_extra
def test_columns_that_cannot_be_told_apart_or_are_not_there() -> None:
    path = Path("a.csv")
    path.write_text("text,label,text\na,1,b\n")
    assert refused(path) == "a.csv: has 2 columns 'text'; rename all but one"

    import pyarrow as pa
    from pyarrow import parquet

    twice = pa.table([["a"], ["b"], [1]], names=["text", "text", "label"])
    parquet.write_table(twice, "a.parquet")
    assert refused(Path("a.parquet")) == "a.parquet: has 2 columns 'text'; rename all but one"


@data_extra
def test_labels_of_a_parquet_file_are_of_any_type() -> None:
    for labels in ([1.0, 0.0], [True, False], [1, -1], ["pos", "neg"], pd.Categorical(["1", "0"])):
        pd.DataFrame({"text": ["a", "b"], "label": labels}).to_parquet("a.parquet")
        assert load("a.parquet").train.labels.tolist() == [1, 0]
    pd.DataFrame({"text": ["a", "b", None], "label": [1.0, np.nan, 0]}).to_parquet("a.parquet")
    told = refused(Path("a.parquet"))
    assert "a.parquet:2: has no label" in told
    assert "a.parquet:3: text must be a text or a list of words, not 'None'" in told


def test_scipys_own_files_need_labels_and_rows() -> None:
    path = Path("a.npz")
    save_scipy_npz(path, MATRIX)
    assert refused(path).startswith("a.npz: has no labels; give a file with one for each row")
    # What stands in the columns of a csc matrix would be read as reviews.
    csc = MATRIX.tocsc()
    save_npz(path, csc, LABELS, format=b"csc")
    assert refused(path) == "a.npz: holds no csr matrix; save m.tocsr() instead"
    save_npz(path, MATRIX, LABELS, format=b"csr")
    assert dense(load(path).train) == MATRIX.toarray().tolist()


@pytest.mark.parametrize("dtype", ["i1", "u8", "f2", ">f8", "g"])
def test_values_of_an_npz_are_of_any_width(dtype: str) -> None:
    path = save_npz(Path("a.npz"), MATRIX.astype(float), LABELS, data=MATRIX.data.astype(dtype))
    assert dense(load(path).train) == MATRIX.toarray().tolist()


def test_an_indptr_that_goes_back_is_not_followed() -> None:
    # scipy does, and reads and writes wherever it leads.
    for indptr in ([0, 10**9, 5, 0], [0, 2, 1, 3], [1, 2, 3, 3], [-1, 1, 2, 3], [0, 1, 2, 2]):
        path = save_npz(Path("a.npz"), MATRIX, LABELS, indptr=np.array(indptr))
        assert "indptr must rise from 0 to 3" in refused(path)


def test_a_pickle_in_an_npz_is_never_loaded() -> None:
    trap = np.array([Trap()] * 3)
    for name in ("data", "indices", "indptr", "shape", "labels", "format"):
        path = save_npz(Path("a.npz"), MATRIX, LABELS, **{name: trap})
        assert "Object arrays cannot be loaded" in refused(path)
    path.write_bytes(pickle.dumps(Trap()))
    refused(path)
    assert not Path("sprung").exists()


@data_extra
def test_what_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (matrices, content):
        monkeypatch.setattr(module, "MOST_BYTES", 10_000)
    monkeypatch.setattr(content, "MOST_TIMES", 1)
    Path("a.svm.gz").write_bytes(gzip.compress(SVM + b"\n" * 10_000))
    arrays = {"data": np.zeros(10_000), "indices": MATRIX.indices, "indptr": MATRIX.indptr}
    np.savez_compressed("a.npz", **arrays, shape=MATRIX.shape, labels=LABELS)
    pd.DataFrame({"text": ["word" * 10] * 1_000, "label": 1}).to_parquet("a.parquet")
    for name in ("a.svm.gz", "a.npz", "a.parquet"):
        assert Path(name).stat().st_size < 10_000
        assert "unpacks to more than 10,000 bytes; use a part of it" in refused(Path(name))


@data_extra
def test_what_is_packed_may_be_large_if_it_is_no_bomb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "MOST_BYTES", 100)
    rows = "".join(f"a{'b' * (number % 9)},{number % 2}\n" for number in range(1_000))
    Path("a.csv.gz").write_bytes(gzip.compress(f"text,label\n{rows}".encode()))
    assert len(load("a.csv.gz", reading=Reading(test="10%")).train) == 900
    pd.DataFrame({"text": ["word"] * 1_000, "label": 1}).to_parquet("a.parquet")
    assert len(load("a.parquet", reading=Reading(test="10%")).train) == 900
    # What is mostly made of nothing.
    Path("a.csv.gz").write_bytes(gzip.compress(f"text,label\n{'a,1' * 10**6}".encode()))
    assert "unpacks to more than " in refused(Path("a.csv.gz"))


@data_extra
@settings(max_examples=300)
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


def test_values_that_presence_drops_are_told() -> None:
    save_npz(Path("mine.npz"), csr_array(np.array([[0.25, 0], [1, 2], [0, 1]])), LABELS)
    arguments = ("check", "--data", "mine.npz", "--network", "csr", "--quick")
    told = skipzeros(*arguments)
    assert "such as 0.25, are no counts of words, and presence drops them; --input counts" in (
        told.output
    )
    assert "presence drops" not in skipzeros(*arguments, "--input", "counts").output


def test_labels_come_from_a_file_beside_a_matrix() -> None:
    save_scipy_npz("m.npz", MATRIX)
    np.save("m.npy", MATRIX.toarray())
    np.save("y.npy", LABELS)
    Path("y.txt").write_text("ham\nspam\nham\n")
    Path("y.csv").write_text("label\n1\n0\n1\n")
    for matrix in ("m.npz", "m.npy"):
        for labels, found in (("y.npy", [1, 0, 1]), ("y.txt", [0, 1, 0]), ("y.csv", [1, 0, 1])):
            train = load(matrix, reading=Reading(labels=labels)).train
            assert dense(train) == MATRIX.toarray().tolist()
            assert train.labels.tolist() == found
    assert "has no labels; give a file" in refused(Path("m.npy"))
    Path("y.txt").write_text("1\n0\n")
    assert "m.npy: 3 rows, but 2 labels" in refused(Path("m.npy"), labels="y.txt")
    assert "labels are in a .npy, .txt or .csv file" in refused(Path("m.npy"), labels="y.md")
    np.save("y.npy", np.zeros((3, 3)))
    assert "y.npy: no array of labels" in refused(Path("m.npy"), labels="y.npy")
    assert "can't be read" in refused(Path("m.npy"), labels="missing.npy")


@data_extra
def test_svmlight_as_people_have_it() -> None:
    Path("a.svm").write_bytes(b"# made\n-1 qid:1 5:1 3:2 # a\n+1 qid:1 3:1 9:1\n")
    Path("b.svm").write_bytes(b"-1 3:2 5:1\n+1 3:1 9:1\n")
    assert dense(load("a.svm").train) == dense(load("b.svm").train)
    assert load("b.svm").train.vocabulary_size == 9
    assert "words are counted from 1" in load("b.svm").note
    Path("b.svm").write_bytes(b"-1 0:2 5:1\n+1 3:1 9:1\n")
    corpus = load("b.svm")
    assert corpus.train.vocabulary_size == 10
    assert "words are counted from 0" in corpus.note
    Path("c.svm").write_bytes(b"0 1:1\n1,3 2:1 5:1\n2,1 3:1\n")
    told = refused(Path("c.svm"))
    assert told.startswith("c.svm:2: is multi-label (as in 2 of 3 rows)")


def test_data_describes_a_data_set() -> None:
    save_npz(Path("mine.npz"), MATRIX, LABELS)
    result = skipzeros("data", "mine.npz")
    assert result.exit_code == 0, result.output
    for told in (
        "training reviews",
        "3",
        "33.3333% of layer_0 is not zero",
        "66.7%",
        "1 on average, 0 to 2",
        "1 to 3; 33.3% of them are 1",
    ):
        assert told in result.output.replace("1.0 on", "1 on")
    Path("bad.csv").write_text("text,label\na,1\nb,x\n")
    skipped = skipzeros("data", "bad.csv", "--skip-bad-rows")
    assert "1 of 2 rows are bad and left out" in skipped.output
    stopped = skipzeros("data", "bad.csv")
    assert stopped.exit_code == 2
    assert "leave them out with --skip-bad-rows" in stopped.output


def skipzeros(*arguments: str) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(cli, arguments)
