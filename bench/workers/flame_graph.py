"""A flame graph of the passes of a network, by py-spy: apart from the clock, in its own process.

py-spy looks at that process from outside, many times a second, while it does nothing but train.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from ..networks.scenario import Scenario
from ..outcomes import BadInput, Failed, Status
from ..text.markdown import one_line
from .entry import Entry
from .limits import Limits
from .worker_sets import workers

SECONDS, RATE = 4, 200
# It samples a little less long than there are passes.
AROUND = 2.0


def profiler() -> str:
    """Return the path of py-spy.

    Raises:
        BadInput: it isn't installed, or this system has no way to profile a worker.
    """
    if sys.platform != "linux":
        raise BadInput("profile: works on Linux only")
    beside = Path(sys.executable).parent / "py-spy"
    found = shutil.which("py-spy") or (str(beside) if beside.is_file() else "")
    if not found:
        raise BadInput("profile: needs py-spy: pip install 'skipzeros[profile]'")
    return found


def flame_graph(entry: Entry, scenario: Scenario, limits: Limits, path: Path) -> None:
    """Write the flame graph of a network's passes, an SVG.

    It shows Python's functions, and those of compiled code that they call; one that was compiled
    at run time has no name, but an address.

    Raises:
        BadInput: the network can't be had as it was named, or py-spy is missing.
        Failed: the network failed, or py-spy did, such as for lack of a right.
    """
    program, said = profiler(), list[str]()

    def look_on(number: int) -> None:
        command = [
            program, "record", "--pid", str(number), "--native", "--rate", str(RATE),
            "--duration", str(SECONDS), "--format", "flamegraph", "--output", str(path),
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, errors="replace")
        if done.returncode:
            said.append(one_line(done.stderr.strip()) or f"exit code {done.returncode}")

    path.unlink(missing_ok=True)
    with workers([entry], scenario, limits) as started:
        (driver,) = started.drivers
        if driver.result.status == Status.UNKNOWN:
            driver.repeat(SECONDS + AROUND, look_on)
        reason = driver.result.reason
    if reason:
        raise Failed(f"{entry.name} can't be profiled: {reason}")
    if said or not path.is_file():
        raise Failed(f"py-spy can't profile {entry.name}: {' '.join(said) or 'it wrote nothing'}")
