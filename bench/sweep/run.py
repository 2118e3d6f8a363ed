"""`python -m skipzeros.bench.sweep.run`: `skipzeros run` that ends with whoever started it."""

from __future__ import annotations

import os
import runpy
import signal
import sys

from ..workers.keeper import end_with_parent


def main() -> None:
    """Have Linux end this process with its parent, and go on as `skipzeros`."""
    if sys.platform == "linux":
        end_with_parent(signal.SIGKILL)
        if os.getppid() == 1:  # the parent was quicker
            sys.exit(1)
    runpy.run_module("skipzeros", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
