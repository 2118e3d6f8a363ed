"""What the traceback of a network's error tells: where it was raised, and whether on purpose."""

from __future__ import annotations

import dis
import sys
from pathlib import Path
from types import FrameType, TracebackType

# Whoever raises an error within these doesn't speak for the network.
LIBRARIES = {"numpy", "scipy", "pandas", "numba", "llvmlite", "torch", "jax", "skipzeros"}


def place(error: BaseException) -> str:
    """Return the line of the network's own file in which it was, as in " (mine.py:12)"."""
    own = [
        f" ({Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno})"
        for trace in _traces(error)
        if _is_own(trace.tb_frame)
    ]
    return own[-1] if own else ""


def on_purpose(error: BaseException) -> bool:
    """Say whether an error is a ValueError that a network raises itself, by a statement."""
    traces = _traces(error)
    if not isinstance(error, ValueError) or not traces:
        return False
    frame = traces[-1].tb_frame
    instruction = frame.f_code.co_code[traces[-1].tb_lasti]
    return dis.opname[instruction] == "RAISE_VARARGS" and _is_own(frame)


def _is_own(frame: FrameType) -> bool:
    package = str(frame.f_globals.get("__name__")).partition(".")[0]
    return package == "__main__" or package not in LIBRARIES | sys.stdlib_module_names


def _traces(error: BaseException) -> list[TracebackType]:
    traces, trace = [], error.__traceback__
    while trace is not None:
        traces.append(trace)
        trace = trace.tb_next
    return traces
