"""Signals that end the command in an orderly way: its workers end, and its folders are removed."""

from __future__ import annotations

import signal
import sys

# Of CPU time, for an orderly end: no more than this, and no more than a quarter of a short limit.
LAST_SECONDS = 5


class OutOfTime(BaseException):
    """The CPU time that this process may take is nearly used up."""

    def __str__(self) -> str:
        return "the limit of CPU time is reached; raise it (ulimit -t), or ask for less"


def listen() -> None:
    """Let these signals raise what ends the command."""
    signal.signal(signal.SIGTERM, _terminated)
    if sys.platform != "win32":
        signal.signal(signal.SIGXCPU, _out_of_time)
        _warn_before_the_limit()


def stop_listening() -> None:
    """Let nothing but the exit code tell how the command ended, though its time ends just now."""
    if sys.platform != "win32":
        signal.signal(signal.SIGXCPU, signal.SIG_IGN)


def _terminated(number: int, frame: object) -> None:
    # So that SIGTERM, as Ctrl-C does, ends our workers and removes our folders.
    raise SystemExit(128 + number)


def _out_of_time(number: int, frame: object) -> None:
    # It comes again with every second, and would disturb the end.
    signal.signal(number, signal.SIG_IGN)
    raise OutOfTime


def _warn_before_the_limit() -> None:
    """Have SIGXCPU come before SIGKILL: a shell's `ulimit -t` lets both come at once.

    Workers inherit it, so that it can be seen of what they died.
    """
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    if hard != resource.RLIM_INFINITY:
        before = hard - max(1, min(LAST_SECONDS, hard // 4))
        if soft == resource.RLIM_INFINITY or soft > before:
            resource.setrlimit(resource.RLIMIT_CPU, (before, hard))
