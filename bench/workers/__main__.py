"""The process of a worker: `python -m skipzeros.bench.workers [REVISION TOP COPY]`.

With the three arguments its network comes from the source tree of a revision: the tree is entered
before anything of skipzeros.impls is imported.
"""

from __future__ import annotations

import sys
from pathlib import Path

from .keeper import keep

try:
    # Before anything else is imported, so that the keeper stays small.
    keep()

    from ..networks.source_tree import Tree

    if len(sys.argv) > 1:
        revision, top, copy = sys.argv[1:]
        Tree(revision, Path(top).resolve(), Path(copy).resolve()).enter()

    from .worker import main

    main()
except (OSError, MemoryError, ImportError, RuntimeError) as error:
    from ..text.mishaps import mishap

    # One line, which becomes the reason that its network failed.
    if line := mishap(error):
        sys.exit(line)
    raise
