"""`skipzeros list`: the networks that there are."""

from __future__ import annotations

import inspect
import sys
from dataclasses import dataclass, field

from ..networks.registry import find
from ..records.documents import Document
from ..text.table import PROSE, print_table


@dataclass(frozen=True, kw_only=True)
class NetworkRow:
    """A network, built in or installed.

    Attributes:
        about: the first line of what its author says of it; empty where it could not be loaded.
        available: whether it can run here.
        reason: why it can't; empty where it can.
        accepts_counts: whether it takes counts beside presence.
        accepts_batches: whether it takes batches of more than one review.
        threads: the most that a call of it works in; None where it declares none.
        dtypes: the types of weights that it takes; none where it could not be loaded.
        definitions: the names of what a step may be for it.
    """

    network: str
    about: str = ""
    available: bool = False
    reason: str = ""
    accepts_counts: bool = False
    accepts_batches: bool = False
    threads: int | None = None
    dtypes: list[str]
    definitions: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class NetworksDocument(Document):
    """The networks that there are."""

    name = "list"
    of = "list"

    rows: list[NetworkRow]


def found() -> list[NetworkRow]:
    """Find every built-in and installed network with what it accepts."""
    rows = []
    for candidate in find():
        network = candidate.network
        if network is None:
            rows.append(NetworkRow(network=candidate.name, reason=candidate.problem, dtypes=[]))
            continue
        # The docstring of a network's file tells which waste it removes; its first line will do.
        about = inspect.getdoc(sys.modules[network.__module__]) or inspect.getdoc(network) or ""
        missing = network.unavailable() or ""
        rows.append(
            NetworkRow(
                network=candidate.name,
                about=about.partition("\n")[0].replace("``", ""),
                available=not missing,
                reason=missing,
                accepts_counts=network.accepts_counts,
                accepts_batches=network.accepts_batches,
                threads=network.threads,
                dtypes=[*network.dtypes],
                definitions=[*network.definitions],
            )
        )
    return rows


def list_networks() -> None:
    """Print every built-in and installed network with what it accepts."""
    rows = [
        (
            row.network,
            row.about,
            "counts" if row.accepts_counts else "presence",
            "yes" if row.accepts_batches else "",
            f"to {row.threads}" if row.threads else "",
            row.reason or ", ".join(row.dtypes),
            ", ".join(row.definitions),
        )
        if row.dtypes
        else (row.network, row.reason, "", "", "", "", "")
        for row in found()
    ]
    print_table(
        "Networks", ["network", PROSE, "input", "batches", "threads", "dtypes", "definitions"], rows
    )
