"""What memory a container or a job may take on Linux, by its control group and those above it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
OWN = Path("/proc/self/cgroup")


def memory_limit() -> int | None:
    """Return the bytes that all processes of the group may take; None without a limit."""
    found = []
    for folder in _folders():
        for name in ("memory.max", "memory.limit_in_bytes"):  # version 2, and 1
            with suppress(OSError, ValueError):  # "max" is no number
                found.append(int((folder / name).read_text()))
    return min(found, default=None)


def killed_for_memory() -> int:
    """Return how many processes of the group the system has ended because memory was short."""
    for folder in _folders():
        for name in ("memory.events", "memory.oom_control"):
            with suppress(OSError, ValueError):
                told = dict(line.split() for line in (folder / name).read_text().splitlines())
                return int(told.get("oom_kill", 0))
    return 0


def _folders() -> Iterator[Path]:
    """Yield the folder of the own group, and those of the groups above it."""
    with suppress(OSError, ValueError):  # not of Linux, or of a kind of its own
        for line in OWN.read_text().splitlines():
            _, controllers, group = line.split(":", 2)
            if not controllers or "memory" in controllers.split(","):
                top = ROOT / "memory" if controllers else ROOT
                place = top / group.strip("/")
                # In a container the group may be named from outside, where it isn't to be seen.
                yield from [place, *(up for up in place.parents if up.is_relative_to(top))]
