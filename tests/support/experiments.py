"""An experiment of a test: networks on reviews that were made for it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from skipzeros import Experiment, Reviews
from skipzeros.bench.corpus import Corpus
from skipzeros.bench.networks.registry import NamedNetwork


def experiment(
    networks: Sequence[tuple[str, str]],
    reviews: Reviews,
    *,
    data: str = "mine",
    out: Path = Path(),
    **options: Any,
) -> Experiment:
    """Every network judged at every step, on all of the reviews."""
    given = {"certify": None, "timeout": 60, "first": None, **options}
    return Experiment(
        networks=[NamedNetwork(*network) for network in networks],
        corpus=Corpus(data, reviews, reviews[:0]),
        out=out,
        **given,
    )
