"""CSV and Parquet files with a column of texts and one of labels."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pandas as pd

from ...impls.reviews import Reviews
from ..errors import BadInput
from .aclimdb import split_words
from .labels import NAMES, label_of
from .rows import BadRows, Columns
from .words import learn

SUFFIXES = (".csv", ".parquet")


def load_table(path: Path, columns: Columns) -> tuple[Reviews, str]:
    """The reviews of a file, with counts, and a sentence on what was left out.

    Texts are split as those of aclImdb are.

    Raises:
        BadInput: a column is missing, rows are bad, or the file is no such.
        OSError: the file can't be read.
    """
    table, first_line = _read(path), 2 if path.suffix.lower() == ".csv" else 1
    for name, option in ((columns.text, "--text-column"), (columns.label, "--label-column")):
        if name not in table:
            raise BadInput(
                f"{path}: has no column {name!r}, but {', '.join(map(repr, table.columns))}; "
                f"name it with {option}"
            )
    bad = BadRows(path, columns.skip_bad)
    texts, labels = [], []
    pairs = zip(table[columns.text], table[columns.label], strict=True)
    for line, (text, name) in enumerate(pairs, first_line):
        label = label_of(name)
        if label is None:
            bad.add(line, f"the label must be {NAMES}, not {str(name)[:40]!r}")
        elif not isinstance(text, str):
            bad.add(line, f"{columns.text} must be a text, not {str(text)[:40]!r}")
        else:
            texts.append(text)
            labels.append(label)
    told = bad.settle(len(table))
    if not texts:
        raise BadInput(f"{path}: holds no rows; write one for each review")
    return learn(map(split_words, texts), labels)[0], told


def _read(path: Path) -> pd.DataFrame:
    try:
        if path.suffix.lower() == ".csv":
            # As text, so that nothing is guessed: "1" is a text too. Blank lines count.
            return pd.read_csv(
                path, dtype=str, keep_default_na=False, skip_blank_lines=False, engine="c"
            )
        if find_spec("pyarrow") is None:
            raise BadInput(f"{path}: needs pyarrow: pip install 'skipzeros[data]'")
        return pd.read_parquet(path, engine="pyarrow")
    except (BadInput, OSError):
        raise
    except Exception as error:
        # A damaged file makes pandas and pyarrow raise many kinds.
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise BadInput(f"{path}: can't be read as {path.suffix[1:]} ({reason})") from None
