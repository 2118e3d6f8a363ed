"""`python -m skipzeros.bench.sweep`: does one job, a cell or a segment, and prints what came of it.

The job is a line of JSON on the standard input. Where that ends before the job does, whoever asked
is gone, and the job ends too.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from typing import Any

from .job import end, fingerprint, run_cell
from .segments import JOB, judge_segment


def main() -> None:
    """Read the job, do it, and print the answer as a line of JSON."""
    job = json.loads(sys.stdin.readline())
    running: list[Any] = []

    def end_with_input() -> None:
        sys.stdin.read()
        if running:
            end(running[0])
        os._exit(1)

    threading.Thread(target=end_with_input, daemon=True).start()
    if JOB in job:
        answer = judge_segment(job)
    else:
        answer = run_cell(job, running.append) if job else fingerprint()
    print(json.dumps(answer), flush=True)
    os._exit(0)


main()
