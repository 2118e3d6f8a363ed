"""Tables in Parquet and Feather, which pyarrow reads in batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any

from ..outcomes import BadInput
from ..text.markdown import reason
from .content import Content, most_of, too_much
from .table import Row, Table

# Few enough that one batch of the longest reviews fits into memory.
BATCH = 100
_BUFFER = 2**20


def arrow_rows(content: Content, path: Path, kind: str) -> Table:
    """Read a table of pyarrow's, and only the columns that are asked for.

    Args:
        kind: "parquet" or "feather".

    Raises:
        BadInput: pyarrow is missing, or the file is of another kind.
        OSError: the file can't be read.
    """
    if find_spec("pyarrow") is None:
        raise BadInput(f"{path}: needs pyarrow: pip install 'skipzeros[data]'")
    whole = None if content.is_on_disk else content.whole()
    content.head(1)  # any OSError after this line comes from what the file holds
    most = most_of(path.stat().st_size if whole is None else len(whole))
    with _faults(path, kind):
        names, batches = _opened(path if whole is None else BytesIO(whole), kind)
        first = next((batch for batch in batches(names) if len(batch)), None)
        sample = [] if first is None else [column[0].as_py() for column in first.columns]

    def rows(text_at: int, label_at: int) -> Iterator[Row]:
        wanted, size, numbers = [names[text_at], names[label_at]], 0, count(1)
        with _faults(path, kind):
            for batch in batches(wanted):
                size += batch.nbytes
                if size > most:
                    raise too_much(path, most)
                columns = (batch[name].to_pylist() for name in wanted)
                for text, label in zip(*columns, strict=True):
                    yield next(numbers), text, label

    return Table(names, sample, rows)


def _opened(source: Any, kind: str) -> tuple[list[str], Any]:
    """Open a file.

    Returns:
        The names of its columns, and what reads the batches of some of them.
    """
    if kind == "parquet":
        from pyarrow.parquet import ParquetFile

        # By default it would read groups of rows at once, and keep them to the end.
        table = ParquetFile(source, pre_buffer=False, buffer_size=_BUFFER)
        return table.schema_arrow.names, lambda names: table.iter_batches(BATCH, columns=names)
    from pyarrow import memory_map
    from pyarrow.ipc import open_file

    file = open_file(memory_map(str(source)) if isinstance(source, Path) else source)

    def batches(names: Sequence[str]) -> Iterator[Any]:
        for number in range(file.num_record_batches):
            whole = file.get_batch(number).select(names)
            yield from (whole.slice(start, BATCH) for start in range(0, len(whole), BATCH))

    return file.schema.names, batches


@contextmanager
def _faults(path: Path, kind: str) -> Iterator[None]:
    try:
        yield
    except (BadInput, MemoryError):
        raise
    except Exception as error:
        # A damaged file makes pyarrow raise many kinds.
        raise BadInput(
            f"{path}: can't be read as {kind} ({reason(error)}); write it anew"
        ) from None
