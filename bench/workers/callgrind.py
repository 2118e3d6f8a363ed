"""What callgrind says of a pass: instructions, and the cache lines of a machine that it simulates.

Callgrind runs the worker's process, simulates its caches, and counts between two requests that the
worker makes. It knows of no time: neither how long memory takes, nor what a processor does at once.
"""

from __future__ import annotations

import platform
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from ...impls.reviews import Reviews
from ..networks.scenario import Scenario
from ..outcomes import Status
from ..text.mishaps import mishap
from .counting import MACHINES
from .entry import Entry
from .limits import Limits
from .room import Room
from .tool import Tool
from .worker_sets import workers

ALLOCATORS = ("malloc", "calloc", "realloc", "posix_memalign", "aligned_alloc", "memalign")
# Where instructions are.
INTERPRETER, ALLOCATOR, RUN_TIME = "the interpreter", "the allocator", "code made at run time"


@dataclass(frozen=True)
class Instructions:
    """What a pass over some reviews executes, as callgrind counts it.

    Attributes:
        executed: instructions.
        lines: cache lines that come into the first cache.
        from_memory: those of them that no cache has.
        allocations: how often memory is asked of the system's allocator, which Python's objects
            come from too while callgrind counts.
        places: the instructions by where they are: the interpreter, a library, the allocator, code
            made at run time.
    """

    executed: int
    lines: int
    from_memory: int
    allocations: int
    places: dict[str, int] = field(default_factory=dict)


def count_instructions(
    entry: Entry, reviews: Reviews, scenario: Scenario, limits: Limits
) -> Instructions | str:
    """Have callgrind count what a network does in a pass over some reviews.

    Returns:
        The counts; or why there are none.
    """
    if (program := shutil.which("valgrind")) is None:
        return "valgrind isn't installed"
    if platform.machine() not in MACHINES:
        return f"callgrind's requests are known for {', '.join(MACHINES)} only"
    if scenario.threads > 1:
        return "valgrind runs all threads on one core: leave out --threads"
    folder = Path(Room.of(entry).writable[0])
    tool = Tool(
        [
            program, "--tool=callgrind", "--cache-sim=yes", "--instr-atstart=no", "--vgdb=no",
            f"--log-file={folder / 'valgrind.%p'}",
            f"--callgrind-out-file={folder / 'callgrind.%p'}",
        ],
        # Python's own allocator is no function that callgrind could tell.
        {"PYTHONMALLOC": "malloc"},
    )  # fmt: skip
    with workers([entry], scenario, limits, tool=tool) as started:
        driver = started.drivers[0]
        running = None
        if driver.result.status == Status.UNKNOWN:
            running = driver.count(reviews, callgrind=True)
        if running is None:
            return driver.result.reason
        process = driver.process.clock.process
        if not running or process is None:
            return "valgrind doesn't run its process"
        path = folder / f"callgrind.{process.number}.1"
        try:
            with path.open(encoding="utf-8", errors="replace") as file:
                return parse(file)
        except (OSError, ValueError, KeyError, IndexError) as error:
            return mishap(error) or f"callgrind's file can't be read: {error}"
    return driver.result.reason


def parse(lines: Iterable[str]) -> Instructions:
    """Read a file of callgrind's.

    Raises:
        ValueError, KeyError, IndexError: it is none.
    """
    columns: dict[str, int] = {}
    self_, places = Counter[str](), Counter[str]()
    allocations = allocator = 0
    for kind, names, numbers in _lines(lines):
        if kind == "events":
            columns = {name: place for place, name in enumerate(names)}
        elif kind == "self":
            self_.update(dict(zip(columns, numbers, strict=False)))
            places[_place(names[0])] += numbers[columns["Ir"]]
        elif names[1] not in (*ALLOCATORS, "free") or names[0] in ALLOCATORS:
            continue
        else:
            allocations += numbers[0] * (names[1] != "free")
            allocator += numbers[1 + columns["Ir"]]
            # What the allocator executes is in the same library.
            places[_place(names[2])] -= numbers[1 + columns["Ir"]]
    if not columns:
        raise ValueError("it has no events")
    places[ALLOCATOR] += allocator
    return Instructions(
        self_["Ir"],
        self_["D1mr"] + self_["D1mw"],
        self_["DLmr"] + self_["DLmw"],
        allocations,
        {place: number for place, number in places.most_common() if number > 0},
    )


def _lines(lines: Iterable[str]) -> Iterator[tuple[str, list[str], list[int]]]:
    """Yield what the lines of a file mean, with the short names that it has for names undone.

    Yields:
        "events" with the names of what is counted; "self" with an object file and its numbers; and
        "call" with the caller, the called function and its object file, how often, and the numbers
        of the calls.
    """
    known: dict[tuple[str, str], str] = {}
    now = {"ob": "", "fn": "", "cob": "", "cfn": ""}
    times: int | None = None
    for line in lines:
        line = line.rstrip("\n")
        key, equals, value = line.partition("=")
        if line.startswith("events: "):
            yield "events", line.split()[1:], []
        elif equals and key in now:
            short, _, name = value.partition(" ")
            if not short.startswith("("):
                name = value
            elif name:
                known[key[-2:], short] = name
            else:
                name = known[key[-2:], short]
            now[key] = name
            if key == "ob":
                now["cob"] = name
        elif equals and key == "calls":
            times = int(value.split()[0])
        elif line[:1] in tuple("0123456789+-*"):
            numbers = [int(number) for number in line.split()[1:]]
            if times is None:
                yield "self", [now["ob"]], numbers
            else:
                called = now["cob"] or now["ob"]
                yield "call", [_plain(now["fn"]), _plain(now["cfn"]), called], [times, *numbers]
                times, now["cob"] = None, ""


def _plain(function: str) -> str:
    """Return the name of a function without its level of recursion or version of its symbol."""
    return function.partition("'")[0].partition("@")[0]


def _place(library: str) -> str:
    """Return where instructions are, from the object file that they came from."""
    path = PurePosixPath(library)
    if library in ("", "???"):
        return RUN_TIME
    if path.name.startswith(("python", "libpython")):
        return INTERPRETER
    parts = path.parts
    if "site-packages" in parts:
        return parts[parts.index("site-packages") + 1].partition(".")[0]
    return path.name.partition(".")[0]
