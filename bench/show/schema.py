"""What `skipzeros schema` prints: which documents commands print with --json."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..records.documents import Document
from ..records.json_schema import about
from ..text.table import PROSE, print_table


@dataclass(frozen=True, kw_only=True)
class SchemaRow:
    """A document that a command prints with --json.

    Attributes:
        name: of its schema, as `skipzeros schema NAME` takes it.
        version: of its schema.
        command: that prints it.
        about: what it holds.
    """

    name: str
    version: int
    command: str
    about: str


@dataclass(frozen=True, kw_only=True)
class SchemaDocument(Document):
    """The documents that commands print with --json."""

    name = "schema"
    of = "schema"

    rows: list[SchemaRow]


def schema_document(kinds: Iterable[type[Document]]) -> SchemaDocument:
    """Return the names of schemas for other programs."""
    rows = [
        SchemaRow(name=kind.name, version=kind.version, command=kind.of, about=about(kind))
        for kind in kinds
    ]
    return SchemaDocument(files=[], notes=[], rows=rows)


def print_schemas(kinds: Iterable[type[Document]]) -> None:
    """Print a table of the names of schemas."""
    rows = [(row.name, str(row.version), row.command, row.about)
            for row in schema_document(kinds).rows]  # fmt: skip
    print_table("What --json prints", ["schema", "version", "command", PROSE], rows)
