"""The machine that a figure was measured on, as passes.csv tells it."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import scipy
from threadpoolctl import threadpool_info

from ..networks.sandbox import sandbox

# The fields of a machine that two ratios must share to be comparable.
FINGERPRINT = ("cpu", "python", "numpy", "scipy", "blas", "numba")


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A machine, and the versions of what computes on it.

    Attributes:
        cpu: the name of the processor.
        cores: how many it has; 0 where nobody can tell.
        os: the operating system, and its version.
        python, numpy, scipy, blas: their versions.
        git_revision: the revision of the current folder, marked where files differ from it; empty
            outside of a repository.
        numba: its version; empty where it isn't installed.
        sandbox: what networks are confined by where they are confined; empty where there is none.
        machine: which one it is; see machine_id.
    """

    cpu: str
    cores: int
    os: str
    python: str
    numpy: str
    scipy: str
    blas: str
    git_revision: str
    numba: str
    sandbox: str
    machine: str


def machine(sandboxed: bool = True) -> Machine:
    """Return the machine that this process runs on.

    Args:
        sandboxed: whether networks were to be confined.
    """
    return Machine(
        cpu=_cpu(),
        cores=os.cpu_count() or 0,
        os=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        numpy=np.__version__,
        scipy=scipy.__version__,
        blas=_blas(),
        git_revision=_git_revision(),
        numba=_version("numba"),
        sandbox=sandbox() if sandboxed else "",
        machine=machine_id(),
    )


def machine_id() -> str:
    """Tell machines apart without naming them: 8 hexadecimal digits, others after a new start.

    $SKIPZEROS_MACHINE, a name, takes the place of what the system calls itself.
    """
    known = os.environ.get("SKIPZEROS_MACHINE", "")
    if not known:
        # Containers made from one image share the first, those on one machine the second.
        for path in (Path("/etc/machine-id"), Path("/proc/sys/kernel/random/boot_id")):
            known += path.read_text() if path.is_file() else ""
    return hashlib.sha256((known or platform.node()).encode()).hexdigest()[:8]


def _version(package: str) -> str:
    """Return the version of a package without importing it; empty where it isn't installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _blas() -> str:
    found = {
        f"{pool['internal_api']} {pool['version']}"
        for pool in threadpool_info()
        if pool["user_api"] == "blas"
    }
    return ", ".join(sorted(found))


def _git_revision() -> str:
    """Return the revision of the current folder; see Machine."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    try:
        # Without locks: git would write into .git, to find changed files faster next time.
        environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0"}
        answer = subprocess.run(
            command, capture_output=True, text=True, timeout=10, env=environment
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""
