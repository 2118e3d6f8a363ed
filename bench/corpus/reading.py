"""How the user wants a source to be read; what isn't said is found out, and told."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

from ..outcomes import BadInput

_LABELS = ("positive", "negative", "drop")
_COLUMNS = ("text_column", "label_column", *_LABELS)
# What is taken by each kind of source, beside what every one takes.
TAKES = {
    "csv": ("sep", "encoding", "header", *_COLUMNS),
    "json": ("encoding", *_COLUMNS),
    "parquet": _COLUMNS,
    "feather": _COLUMNS,
    "svmlight": _LABELS,
    "npz": ("labels", *_LABELS),
    "npy": ("labels", *_LABELS),
    "folders": ("encoding", *_LABELS),
    "aclImdb": (),
    "reviews.txt": (),
    "synthetic": (),
}
_ALWAYS = ("skip_bad_rows", "test", "shuffle", "most_words", "least_reviews")


@dataclass(frozen=True)
class Reading:
    """How reviews are to be read.

    Attributes:
        text_column, label_column: the names of the columns with the texts and the labels; empty
            for what their usual names tell.
        skip_bad_rows: whether bad rows are left out; otherwise they are an error.
        sep: what stands between the columns of a file of lines, such as ";" or "tab".
        encoding: of a file of lines, as Python names it, such as "cp1252".
        header: whether the first row of such a file names the columns.
        positive, negative, drop: which labels are positive, which negative, and which rows are
            left out, as in "4,5" or ">=3".
        labels: a file with the labels of a matrix that has none.
        test: how many of the reviews are for testing, as in "20%" or "500".
        shuffle: the seed of an order in which all reviews are put first.
        most_words: how many words the vocabulary keeps at most: those in the most reviews.
        least_reviews: in how many reviews a word must be to be kept.
    """

    text_column: str = ""
    label_column: str = ""
    skip_bad_rows: bool = False
    sep: str = ""
    encoding: str = ""
    header: bool = True
    positive: str = ""
    negative: str = ""
    drop: str = ""
    labels: str | Path = ""
    test: str = ""
    shuffle: int | None = None
    most_words: int | None = None
    least_reviews: int | None = None

    def refuse_others(self, kind: str, where: str) -> None:
        """Refuse what is said of a source and means nothing to it.

        Args:
            kind: of the source, one of TAKES.
            where: the source, for the message.

        Raises:
            BadInput: something is said that a source of this kind doesn't take.
        """
        for field in fields(self):
            asked = getattr(self, field.name) != field.default
            if asked and field.name not in (*TAKES[kind], *_ALWAYS):
                raise BadInput(f"{field.name}: means nothing to {where}, which is {kind}")
