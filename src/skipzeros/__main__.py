"""`python -m skipzeros` is `skipzeros`."""

import sys

if not sys.flags.safe_path:
    # The current folder, where a user's scipy.py would take the place of the installed one.
    del sys.path[0]

from .bench.cli import main

main()
