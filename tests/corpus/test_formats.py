"""Tables as people have them: every format, encoding, separator, packing and kind of label."""

from __future__ import annotations

import bz2
import gzip
import io
import itertools
import json
import lzma
import unicodedata
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from skipzeros.bench.corpus import Reading, load
from skipzeros.bench.corpus.split_text import split_text, split_words
from skipzeros.bench.corpus.words import ended, learn
from skipzeros.bench.outcomes import BadInput
from skipzeros.impls.reviews import Reviews

data_extra = pytest.mark.skipif(
    find_spec("pyarrow") is None, reason="pyarrow is missing: pip install 'skipzeros[data]'"
)
TEXTS = [
    'She said "wow", twice; a café, très bien.',
    "Two lines,\nand a tab\tthere | a bar",
    "Größe und Übermut: naïve",
    "plain words only",
    "",
    "El niño llegó mañana; qué más",
] * 3
RIGHT = [1, 0, 0, 1, 0, 1] * 3
LABELS = {
    "numbers": ([*RIGHT], ""),
    "texts": (["positive" if label else "negative" for label in RIGHT], ""),
    "classes": (["spam" if label else "ham" for label in RIGHT], "spam is positive"),
    "one and two": ([label + 1 for label in RIGHT], "2 is positive"),
    "bools": ([bool(label) for label in RIGHT], ""),
}
SEPARATORS = {",": "", ";": "semicolons", "\t": "tabs", "|": "bars"}
ENCODINGS = {
    "utf-8": "", "utf-8-sig": "", "utf-16": "UTF-16", "cp1252": "Latin-1", "latin-1": "Latin-1",
}  # fmt: skip
PACKED = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": zstandard.ZstdCompressor().compress,
}


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def same(left: Reviews, right: Reviews) -> bool:
    return left.vocabulary_size == right.vocabulary_size and all(
        np.array_equal(getattr(left, name), getattr(right, name))
        for name in ("indptr", "indices", "counts", "labels")
    )


def frame(kind: str) -> pd.DataFrame:
    return pd.DataFrame({"id": range(len(TEXTS)), "text": TEXTS, "label": LABELS[kind][0]})


EXPECTED = learn(map(split_text, TEXTS), [float(label) for label in RIGHT])[0]


@pytest.mark.parametrize(
    ("sep", "encoding", "kind"), [*itertools.product(SEPARATORS, ENCODINGS, LABELS)]
)
def test_a_file_of_lines_is_what_pandas_wrote(sep: str, encoding: str, kind: str) -> None:
    frame(kind).to_csv("a.csv", index=False, sep=sep, encoding=encoding)
    corpus = load("a.csv")
    assert same(corpus.train, EXPECTED)
    told = [SEPARATORS[sep], ENCODINGS[encoding], LABELS[kind][1]]
    assert all(part in corpus.note for part in told)
    assert ("read as" in corpus.note) == any(told[:2])


@pytest.mark.parametrize("kind", [*LABELS])
@pytest.mark.parametrize("packing", ["", *PACKED])
@pytest.mark.parametrize(
    "form", ["csv", "jsonl", "json", pytest.param("parquet", marks=data_extra),
             pytest.param("feather", marks=data_extra)]
)  # fmt: skip
def test_every_format_and_packing(form: str, packing: str, kind: str) -> None:
    table, content = frame(kind), io.BytesIO()
    if form == "csv":
        table.to_csv(content, index=False)
    elif form in ("jsonl", "json"):
        table.to_json(content, orient="records", lines=form == "jsonl")
    else:
        getattr(table, f"to_{form}")(content)
    written = PACKED[packing](content.getvalue()) if packing else content.getvalue()
    Path(f"a.{form}{packing}").write_bytes(written)
    assert same(load(f"a.{form}{packing}").train, EXPECTED)


def test_what_is_not_packed_is_told() -> None:
    for packing in PACKED:
        Path(f"a.csv{packing}").write_bytes(b"text,label\na,1\n")
        with pytest.raises(BadInput, match=f"not a whole {packing} file"):
            load(f"a.csv{packing}")


class Piped:
    """Standard input with something in it."""

    def __init__(self, content: bytes) -> None:
        self.buffer = io.BytesIO(content)

    def isatty(self) -> bool:
        return False


@pytest.mark.parametrize("form", ["csv", "jsonl", "csv.gz", "svm"])
def test_what_is_piped_in_is_told_apart_by_its_content(
    form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = frame("numbers").to_csv(index=False).encode()
    if form == "jsonl":
        content = frame("numbers").to_json(orient="records", lines=True).encode()
    elif form == "csv.gz":
        content = gzip.compress(content)
    elif form == "svm":
        content = b"".join(b"%d 1:1 3:2\n" % label for label in RIGHT)
    monkeypatch.setattr("sys.stdin", Piped(content))
    corpus = load("-")
    assert corpus.name == "standard input"
    assert corpus.train.labels.tolist() == RIGHT
    assert "by its content" in corpus.note


def test_nothing_piped_in_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Piped(b""))
    with pytest.raises(BadInput, match="nothing was piped in"):
        load("-")


def test_letters_of_every_language_are_letters() -> None:
    assert split_text("Café. ÉTÉ 2") == ended(["café", ".", "", "été", "", ""])
    # Composed or not, it is one word.
    assert split_text("cafe\u0301") == split_text("caf\u00e9")
    assert split_text("हिन्दी") == ended(["हिन्दी"])


def rule_for_every_language(text: str) -> list[str]:
    kept = [
        letter if letter == "." or unicodedata.category(letter).startswith(("L", "M")) else " "
        for letter in unicodedata.normalize("NFC", text).lower()
    ]
    return "".join(kept).replace(".", " . ").split(" ")


@given(st.text(st.characters(exclude_categories=[])))
def test_a_text_that_is_not_ascii_is_split_by_its_letters(text: str) -> None:
    assert split_text(f"{text}é") == ended(rule_for_every_language(f"{text}é"))


@given(st.text(st.characters(max_codepoint=127)))
def test_a_text_of_ascii_is_split_as_imdbs_are(text: str) -> None:
    assert split_text(text) == split_words(text)


@pytest.mark.parametrize("name", ["cp1252", "cp1251", "utf-16-le"])
def test_an_encoding_that_is_named_is_taken(name: str) -> None:
    Path("a.csv").write_bytes("text,label\n\u0434\u0430,1\nfilm,0\n".encode(name, "replace"))
    corpus = load("a.csv", reading=Reading(encoding=name))
    assert len(corpus.train) == 2


def test_an_encoding_that_is_none_or_does_not_fit_is_told() -> None:
    Path("a.csv").write_bytes("text,label\nok,0\ncafé,1\n".encode("latin-1"))
    with pytest.raises(BadInput, match="encoding='klingon': there is none of that name"):
        load("a.csv", reading=Reading(encoding="klingon"))
    with pytest.raises(BadInput, match=r"a\.csv:3: not UTF-8"):
        load("a.csv", reading=Reading(encoding="utf-8"))


def test_backslashes_before_quotes_and_bare_quotes_between_tabs() -> None:
    Path("a.csv").write_text('text,label\n"she said \\"no, never\\"",1\n"b",0\n')
    corpus = load("a.csv")
    assert "quotes with a backslash" in corpus.note
    assert len(corpus.train) == 2
    Path("a.tsv").write_text('text\tlabel\n"open\t1\nb\t0\n')
    assert "quotes as text" in load("a.tsv").note


def test_a_file_that_is_no_table_at_all_is_told() -> None:
    Path("a.csv").write_text('"')
    for skip in (False, True):
        with pytest.raises(BadInput, match=r"^a\.csv:1: no row of a CSV: unexpected end of data"):
            load("a.csv", reading=Reading(skip_bad_rows=skip))


def test_a_separator_may_be_named() -> None:
    Path("a.txt").write_text("text:label\na;b:1\nc,d:0\n")
    assert load("a.txt", reading=Reading(sep=":")).train.labels.tolist() == [1, 0]
    with pytest.raises(BadInput, match="sep='::': must be one character, or tab"):
        load("a.txt", reading=Reading(sep="::"))


def test_columns_are_found_by_their_usual_names() -> None:
    for text, label in (("Review", "Sentiment"), ("BODY", "stars"), ("comment_text", "is_spam")):
        Path("a.csv").write_text(f"n,{text},{label}\n7,a b,1\n8,c,0\n")
        corpus = load("a.csv")
        assert corpus.train.labels.tolist() == [1, 0]
        assert f"'{text}' as the text, '{label}' as the label" in corpus.note
    Path("a.csv").write_text("title,rating,stars,review\nx,1,1,a\n")
    with pytest.raises(BadInput, match=r"the label may be 'rating' or 'stars'.*'title' \(such as"):
        load("a.csv")
    Path("a.csv").write_text("text,label,body,stars\na,1,b,5\nc,0,d,4\n")
    assert load("a.csv").train.labels.tolist() == [1, 0]


def test_a_missing_header_is_told_and_may_be_said() -> None:
    Path("a.csv").write_text("good film,spam\nbad film,ham\nbad film again,ham\n" * 2)
    with pytest.raises(BadInput, match=r"no header: the first row is 'good film', 'spam'; say"):
        load("a.csv")
    corpus = load("a.csv", reading=Reading(header=False))
    assert len(corpus.train) == 6
    assert "no header, column 1 as the text" in corpus.note
    Path("a.csv").write_text("1,x,good film\n0,y,bad film\n" * 2)
    reading = Reading(header=False, text_column="3", label_column="1")
    assert load("a.csv", reading=reading).train.labels.tolist() == [1, 0, 1, 0]


@pytest.mark.parametrize("form", ["jsonl", pytest.param("parquet", marks=data_extra)])
def test_lists_of_words_and_of_their_numbers(form: str) -> None:
    for lists, expected in (
        ([["good", "film", "good"], ["bad"], []], [[2, 1, 0], [0, 0, 1], [0, 0, 0]]),
        ([[2, 0, 2], [1], []], [[1, 0, 2], [0, 1, 0], [0, 0, 0]]),
    ):
        table = pd.DataFrame({"tokens": lists, "label": [1, 0, 1]})
        if form == "jsonl":
            table.to_json("a.jsonl", orient="records", lines=True)
        else:
            table.to_parquet("a.parquet")
        train = load(f"a.{form}").train
        found = np.zeros((3, 3))
        for row, (words, counts, _) in zip(found, train, strict=True):
            row[words] = counts
        assert found.tolist() == expected


def test_bad_lines_of_json_are_told() -> None:
    good = json.dumps({"text": "a", "label": 1})
    Path("a.jsonl").write_text(f'{good}\n{{"text": \n[1]\n{{"label": 1}}\n\n{good}\n')
    with pytest.raises(BadInput) as caught:
        load("a.jsonl")
    lines = str(caught.value).splitlines()
    assert [line.split(": ")[0] for line in lines] == ["a.jsonl:2", "a.jsonl:3", "a.jsonl:4"]
    corpus = load("a.jsonl", reading=Reading(skip_bad_rows=True))
    assert len(corpus.train) == 2


def test_what_means_nothing_to_a_source_is_told() -> None:
    Path("a.jsonl").write_text(json.dumps({"text": "a", "label": 1}))
    with pytest.raises(BadInput, match=r"^sep: means nothing to a\.jsonl, which is json$"):
        load("a.jsonl", reading=Reading(sep=";"))
    with pytest.raises(BadInput, match=r"^positive: means nothing to the data"):
        load(reading=Reading(positive="spam"))
    Path("reviews.txt").write_text("a\n")
    Path("labels.txt").write_text("positive\n")
    with pytest.raises(BadInput, match=r"^drop: means nothing to \., which is reviews\.txt$"):
        load(".", reading=Reading(drop="3"))
    assert len(load(".", reading=Reading(skip_bad_rows=True)).train) == 1


@pytest.mark.parametrize("packing", [*PACKED])
@pytest.mark.parametrize("frames", [1, 2])
def test_a_packed_file_that_was_cut_off_is_told(packing: str, frames: int) -> None:
    rows = "".join(f"a{number} b{number % 97},{number % 2}\n" for number in range(40_000))
    halves = [f"text,label\n{rows[: len(rows) // 2]}", rows[len(rows) // 2 :]]
    parts = halves if frames == 2 else ["".join(halves)]
    content = b"".join(PACKED[packing](part.encode()) for part in parts)
    Path(f"a.csv{packing}").write_bytes(content)
    assert len(load(f"a.csv{packing}").train) == 39_000
    for share in (0.2, 0.5, 0.9, 0.999):
        Path(f"a.csv{packing}").write_bytes(content[: int(share * len(content))])
        with pytest.raises(BadInput, match=r"not a whole \.\w+ file|not whole"):
            load(f"a.csv{packing}")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("word", ["привет мир", "καλημέρα κόσμε", "こんにちは 世界", "hello world"])
def test_utf_16_without_a_mark_is_found_in_any_script(encoding: str, word: str) -> None:
    text = "text,label\n" + "".join(f"{word} {number},{number % 2}\n" for number in range(60))
    Path("a.csv").write_bytes(text.encode(encoding))
    corpus = load("a.csv")
    assert "read as: UTF-16" in corpus.note
    Path("b.csv").write_text(text, encoding="utf-8")
    assert same(corpus.train, load("b.csv").train)


def test_zeros_in_a_cell_are_no_utf_16() -> None:
    Path("a.csv").write_bytes(b"text,label\n" + b"\0" * 1000 + b"a,1\nb,0\n" * 20)
    assert len(load("a.csv").train) == 40


def test_lines_that_an_open_quote_swallows_are_counted() -> None:
    lines = [f"a{number},{number % 2}" for number in range(50)]
    lines[5] = '"' + lines[5]
    Path("a.csv").write_text("text,label\n" + "\n".join(lines) + "\n")
    corpus = load("a.csv", reading=Reading(skip_bad_rows=True))
    assert len(corpus.train) == 5
    assert "45 of 50 rows are bad and left out" in corpus.note


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        # Without the time, since it is part of the test's name.
        (
            "a.csv",
            gzip.compress(b"text,label\na,1\n", mtime=0),
            "a.csv: is packed; name it a.csv.gz",
        ),
        ("a.csv", b"PK\3\4rest", "a.csv: a workbook or a .zip, no .csv; save the sheet as .csv"),
    ],
)
def test_what_is_something_else_than_its_name_says_is_told(
    name: str, content: bytes, told: str
) -> None:
    Path(name).write_bytes(content)
    with pytest.raises(BadInput, match=told):
        load(name)


@pytest.mark.parametrize("encoding", ["undefined", "punycode", "none-such"])
def test_an_encoding_that_serves_for_no_file_is_told(encoding: str) -> None:
    Path("a.csv").write_text("text,label\na,1\n")
    with pytest.raises(BadInput, match=f"encoding='{encoding}': there is none of that name"):
        load("a.csv", reading=Reading(encoding=encoding))


def test_labels_beside_a_matrix_must_be_there() -> None:
    np.save("m.npy", np.eye(4))
    for name, content in (("l.csv", ""), ("l.csv", "label\n"), ("l.txt", "")):
        Path(name).write_text(content)
        with pytest.raises(BadInput, match=rf"{name}: holds no labels"):
            load("m.npy", reading=Reading(labels=name))
    np.save("l.npy", np.array([b"neg", b"pos", b"neg", b"pos"]))
    assert load("m.npy", reading=Reading(labels="l.npy")).train.labels.tolist() == [0, 1, 0, 1]
