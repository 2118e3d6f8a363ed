"""`skipzeros list`: the networks that there are."""

from __future__ import annotations

import inspect
import sys

from ..networks.registry import find
from ..text.table import PROSE, print_table


def list_networks() -> None:
    """Print every built-in and installed network with what it accepts."""
    rows = []
    for candidate in find():
        network = candidate.network
        if network is None:
            rows.append((candidate.name, candidate.problem, "", "", "", ""))
            continue
        # The docstring of a network's file tells which waste it removes; its first line will do.
        about = inspect.getdoc(sys.modules[network.__module__]) or inspect.getdoc(network) or ""
        rows.append(
            (
                candidate.name,
                about.partition("\n")[0].replace("``", ""),
                "counts" if network.accepts_counts else "presence",
                "yes" if network.accepts_batches else "",
                f"to {network.threads}" if network.threads else "",
                network.unavailable() or ", ".join(network.dtypes),
            )
        )
    print_table("Networks", ["network", PROSE, "input", "batches", "threads", "dtypes"], rows)
