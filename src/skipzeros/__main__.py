"""`python -m skipzeros` is `skipzeros`."""

from .bench.cli import main

main()
