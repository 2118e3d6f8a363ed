"""What a definition is written with: docs/definitions.md.

Example:
    >>> sorted(name for name in __all__ if name[0].isupper())
    ['Definition', 'Given', 'New', 'Number', 'PlainNetwork', 'Row']
"""

from __future__ import annotations

from .bench.definitions.bounded import (
    Number,
    dot,
    exp,
    log,
    reciprocal,
    relu,
    sigmoid,
    sqrt,
    tanh,
    where_positive,
)
from .bench.definitions.definition import Definition, New
from .bench.definitions.given import Given, Row
from .impls.network import PlainNetwork

__all__ = [
    "Definition",
    "Given",
    "New",
    "Number",
    "PlainNetwork",
    "Row",
    "dot",
    "exp",
    "log",
    "reciprocal",
    "relu",
    "sigmoid",
    "sqrt",
    "tanh",
    "where_positive",
]
